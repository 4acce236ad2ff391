import type {
  Choice,
  InterruptionKind,
  InterruptionState,
  Responder,
} from '../interruptions/interruption.ts'
import type { Holder } from '../runners/locks.ts'
import type { Delay } from './delay.ts'
import { type Kept, keptLanes } from './kept.ts'
import type { Plan, PlannedStep } from './plan.ts'

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
  /** Of the session that claimed it, or that last named it. */
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
  /** Its runner has been told to end it. */
  stop: { at: number; why: 'cancel' | 'time-out'; reason: string } | null
  /** Of one whose end is unknown: its runner has said that it is not running any more. */
  isGone: boolean
  /** What a runner reported after the attempt had ended without it. */
  evidence: string | null
  /** Log bytes came after the end; they are kept apart. */
  hasLateLog: boolean
}

/** `Abandoned`: given up, and nobody knows whether it ran to its end. */
export type Progress =
  | 'Pending'
  | 'Running'
  | 'Success'
  | 'Failed'
  | 'Skipped'
  | 'Canceled'
  | 'Abandoned'

export type LaneRun = {
  status: Progress
  /** Index of the action that runs or runs next. */
  action: number
  /** The newest attempt of each action; null for one that was skipped or has not begun. */
  attempts: (number | null)[]
  /** How often the action at hand was tried again by itself since somebody last had it run. */
  retries: number
  /** How often a person had the action at hand run again. */
  repeats: number
  /** When the action at hand is tried again; null: nothing waits for that. */
  retryAt: number | null
  /** The interruption that must be answered before it goes on, by number. */
  question: number | null
  /** An earlier deployment did it. */
  isKept: boolean
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

/** A question to people, and what became of it. Never renumbered or dropped. */
export type Interruption = {
  /** `Interruptions-12-3` is number 3. */
  number: number
  kind: InterruptionKind
  step: number
  lane: number
  action: number
  /** What it asks about; null for a manual step. */
  attempt: number | null
  title: string
  /** Markdown, evaluated. */
  instructions: string
  choices: Choice[]
  responsibleTeamIds: string[]
  /** Others may deploy while only questions like this one are waited for. */
  freesKey: boolean
  responsible: Responder | null
  state: InterruptionState
  createdAt: number
  endedAt: number | null
  answer: Choice | null
  notes: string
  answeredBy: Responder | null
}

/** What the deployment made of how it ended. */
export type Conclusion =
  | 'succeeded'
  | 'with-warnings'
  /** A step failed, and every failure was dealt with by a later step for failures. */
  | 'handled'
  | 'failed'
  /** Somebody chose that it fails. */
  | 'aborted'
  | 'timed-out'
  /** Nobody knows whether some step ran to its end. */
  | 'unknown'
  | 'canceled'

/** Whether this deployment is the one that may work under its concurrency key: given away while
 *  only people are waited for, and wanted back after their answer. */
export type KeyState = 'held' | 'free' | 'wanted'

export type Cancel = {
  by: string
  reason: string
  at: number
  /** It was cancelled a second time: finalizers end too. */
  isFinal: boolean
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
  interruptions: Interruption[]
  /** A failure asks a person before it counts. */
  guidedFailure: boolean
  /** Targets that a person took out of the rest of the deployment. */
  excludedTargetIds: string[]
  /** The first failure that nothing handled, in words, and what kind of failure it was. */
  error: string | null
  cause: 'failed' | 'aborted' | 'timed-out' | null
  /** Null before the end. */
  conclusion: Conclusion | null
  hasWarnings: boolean
  cancel: Cancel | null
  key: KeyState
  /** Whom it waits for, as last told by the hub or, for its key, by the gate. */
  waitingFor: string | null
  /** Who holds the targets that it waits for. */
  holders: Holder[]
  /** It cannot begin yet: the database does not answer. */
  delay: Delay | null
  /** The failed deployment that it goes on from. */
  resumedFrom: string | null
  startedAt: number
  endedAt: number | null
  /** Grows with every change that others should hear of. */
  sequence: number
}

export type BeginOptions = {
  guidedFailure?: boolean
  /** What an earlier deployment of the same release did, and this one need not do again. */
  kept?: Kept | null
}

export const beginExecution = (
  deployment: string,
  plan: Plan,
  now: number,
  { guidedFailure = false, kept = null }: BeginOptions = {},
): Execution => ({
  deployment,
  status: 'Executing',
  plan,
  group: 0,
  steps: plan.steps.map(step => ({
    status: 'Pending',
    hasWarnings: false,
    lanes: keptLanes(step, kept, now),
    startedAt: null,
    endedAt: null,
    message: null,
  })),
  attempts: [],
  interruptions: [],
  guidedFailure,
  excludedTargetIds: [],
  error: null,
  cause: null,
  conclusion: null,
  hasWarnings: false,
  cancel: null,
  key: 'held',
  waitingFor: null,
  holders: [],
  delay: null,
  resumedFrom: kept?.deployment ?? null,
  startedAt: now,
  endedAt: null,
  sequence: 1,
})

export const isFinalStatus = (status: Status): boolean =>
  status !== 'Executing' && status !== 'Cancelling'

/** A step that somebody's cancelling the deployment has stopped, or keeps from beginning. */
export const isHalted = ({ plan, cancel }: Pick<Execution, 'plan' | 'cancel'>, step: number) => {
  if (!cancel) return false
  const planned = plan.steps[step]
  return cancel.isFinal || !planned || !runsAfterCancel(planned)
}

/** What still runs once the deployment has been cancelled. */
export const runsAfterCancel = ({ isFinalizer, condition }: PlannedStep): boolean =>
  isFinalizer || condition === 'Cancelled'

export const isActive = ({ state }: Attempt): boolean =>
  state === 'Pending' || state === 'Offered' || state === 'Running' || state === 'Unreachable'

export const attemptName = (deployment: string, number: number) => `${deployment}:${number}`
export const attemptNumber = (name: string): number => Number(name.slice(name.lastIndexOf(':') + 1))

export const interruptionNumber = (id: string): number => Number(id.slice(id.lastIndexOf('-') + 1))
