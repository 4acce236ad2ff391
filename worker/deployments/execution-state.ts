import { LOST_AFTER_MS, OFFER_TTL_MS } from '../../runner/protocol/limits.ts'
import type { Lane, Plan, PlannedAction, PlannedStep } from './plan.ts'

export type AttemptState =
  | 'Pending'
  | 'Offered'
  | 'Running'
  | 'Unreachable'
  | 'Succeeded'
  | 'Failed'
  | 'Canceled'
  | 'TimedOut'
  | 'Withdrawn'
  | 'Unknown'

/** One try of one action in one lane. Its fence orders it among all attempts of its runner. */
export type Attempt = {
  /** `Deployments-12:7` is number 7; attempts are never renumbered or dropped. */
  number: number
  step: number
  lane: number
  action: number
  state: AttemptState
  fence: number | null
  runnerId: string | null
  /** Of the session that claimed it. */
  epoch: number | null
  offeredAt: number | null
  /** When the hub is asked (again) about it, while it waits. */
  askAt: number
  claimedAt: number | null
  leaseExpiresAt: number | null
  unreachableAt: number | null
  endedAt: number | null
  exitCode: number | null
  reason: string | null
  hasWarnings: boolean
  /** It was given more time once because this side had been away. */
  isGraced: boolean
  /** What a runner reported after the attempt had ended without it. */
  evidence: string | null
}

export type Progress = 'Pending' | 'Running' | 'Success' | 'Failed' | 'Skipped' | 'Canceled'

export type LaneRun = {
  status: Progress
  /** Index of the action that runs or runs next. */
  action: number
  /** The newest attempt of each action; null for one that was skipped or has not begun. */
  attempts: (number | null)[]
  hasWarnings: boolean
  startedAt: number | null
  endedAt: number | null
  message: string | null
}

export type StepRun = {
  status: Progress
  hasWarnings: boolean
  lanes: LaneRun[]
  startedAt: number | null
  endedAt: number | null
  message: string | null
}

export type Status = 'Executing' | 'Cancelling' | 'Success' | 'Failed' | 'Canceled' | 'TimedOut'

/** Everything that is decided about a running deployment; plain JSON, so that it can be stored,
 *  compared and replayed. */
export type Execution = {
  deployment: string
  status: Status
  plan: Plan
  /** The group of steps under way; 0 before the first. */
  group: number
  steps: StepRun[]
  attempts: Attempt[]
  /** The first failure that nothing handled, in words. */
  error: string | null
  hasWarnings: boolean
  cancel: { by: string; reason: string; at: number } | null
  /** Whom it waits for, as last told by the hub. */
  waitingFor: string | null
  startedAt: number
  endedAt: number | null
  /** Grows with every change that others should hear of. */
  sequence: number
}

/** A target that has not been heard of is given this long to take its work, in milliseconds. */
export const ABSENT_MS = 10_000
/** One that was heard of lately but does not take it: two offers' worth. */
export const UNCLAIMED_MS = 2 * OFFER_TTL_MS
/** How long a runner that is there may leave an offer lying: it is full, or draining. */
export const BUSY_MS = LOST_AFTER_MS
/** How often the hub is asked again while a lock is held by another deployment. */
export const LOCKED_RETRY_MS = 15_000
/** How soon the hub is asked again when it did not answer. */
export const DISPATCH_RETRY_MS = 5_000

export const beginExecution = (deployment: string, plan: Plan, now: number): Execution => ({
  deployment,
  status: 'Executing',
  plan,
  group: 0,
  steps: plan.steps.map(step => ({
    status: 'Pending',
    hasWarnings: false,
    lanes: step.lanes.map(() => ({
      status: 'Pending',
      action: 0,
      attempts: step.actions.map(() => null),
      hasWarnings: false,
      startedAt: null,
      endedAt: null,
      message: null,
    })),
    startedAt: null,
    endedAt: null,
    message: null,
  })),
  attempts: [],
  error: null,
  hasWarnings: false,
  cancel: null,
  waitingFor: null,
  startedAt: now,
  endedAt: null,
  sequence: 1,
})

export const isFinalStatus = (status: Status): boolean =>
  status !== 'Executing' && status !== 'Cancelling'

export const isActive = ({ state }: Attempt): boolean =>
  state === 'Pending' || state === 'Offered' || state === 'Running' || state === 'Unreachable'

export const attemptName = (deployment: string, number: number) => `${deployment}:${number}`
export const attemptNumber = (name: string): number => Number(name.slice(name.lastIndexOf(':') + 1))

export type Placed = { step: PlannedStep; lane: Lane; action: PlannedAction }

/** What an attempt is about. */
export const placed = (plan: Plan, at: Pick<Attempt, 'step' | 'lane' | 'action'>): Placed => {
  const step = plan.steps[at.step]
  const lane = step?.lanes[at.lane]
  const action = step?.actions[at.action]
  if (!step || !lane || !action)
    throw new Error(`the plan has no step ${at.step}, lane ${at.lane}, action ${at.action}`)
  return { step, lane, action }
}

/** Where an attempt's log belongs in the task's tree: step, lane and, where a step has several
 *  actions, action: `2/Machines-3/1`. */
export const nodeOf = (plan: Plan, at: Pick<Attempt, 'step' | 'lane' | 'action'>): string => {
  const { step, lane } = placed(plan, at)
  const node = laneNode(step, lane)
  return step.actions.length > 1 ? `${node}/${at.action + 1}` : node
}
export const stepNode = (step: PlannedStep): string => `${step.number}`
export const laneNode = (step: PlannedStep, lane: Lane): string =>
  `${step.number}/${lane.targetId ?? 'worker'}`

/** `web-1`, or `a worker of Default Worker Pool`. */
export const placeName = (plan: Plan, at: Pick<Attempt, 'step' | 'lane' | 'action'>): string => {
  const { lane, action } = placed(plan, at)
  const target = lane.targetId === null ? undefined : plan.targets[lane.targetId]
  if (target && action.poolId === null) return target.name
  const pool = action.poolId === null ? undefined : plan.pools[action.poolId]
  return `a worker of ${pool?.name ?? action.poolId}${target ? ` for ${target.name}` : ''}`
}

/** When time alone changes something, if nothing happens before; null: never. */
export const wakeAt = (execution: Execution): number | null => {
  let at = Number.POSITIVE_INFINITY
  for (const attempt of execution.attempts) at = Math.min(at, attemptDueAt(execution, attempt))
  return Number.isFinite(at) ? at : null
}

const attemptDueAt = ({ cancel }: Execution, attempt: Attempt): number => {
  switch (attempt.state) {
    case 'Pending':
    case 'Offered':
      return attempt.askAt
    case 'Running':
      return Math.min(
        attempt.leaseExpiresAt ?? 0,
        cancel ? cancel.at + BUSY_MS : Number.POSITIVE_INFINITY,
      )
    case 'Unreachable':
      return (attempt.unreachableAt ?? 0) + LOST_AFTER_MS
    default:
      return Number.POSITIVE_INFINITY
  }
}
