import type { Attempt } from './execution-state.ts'
import type { Lane, Plan, PlannedAction, PlannedStep } from './plan.ts'

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
/** Where output goes that came after the end of its attempt. */
export const lateNodeOf = (plan: Plan, at: Pick<Attempt, 'step' | 'lane' | 'action'>): string =>
  `${nodeOf(plan, at)}${LATE}`
const LATE = '/late'
export const isLateNode = (node: string): boolean => node.endsWith(LATE)
/** `Step 2: Migrate`; without a number for what the process does not have. */
export const stepTitle = ({ number, name }: Pick<PlannedStep, 'number' | 'name'>): string =>
  number === 0 ? name : `Step ${number}: ${name}`
export const stepNode = (step: PlannedStep): string => `${step.number}`
export const laneNode = (step: PlannedStep, lane: Lane): string =>
  `${step.number}/${lane.targetId ?? 'worker'}`

/** The target that it is about, by name. */
export const targetName = (
  plan: Plan,
  at: Pick<Attempt, 'step' | 'lane' | 'action'>,
): string | undefined => {
  const { targetId } = placed(plan, at).lane
  return targetId === null ? undefined : plan.targets[targetId]?.name
}

/** `web-1`, or `a worker of Default Worker Pool`. */
export const placeName = (plan: Plan, at: Pick<Attempt, 'step' | 'lane' | 'action'>): string => {
  const { lane, action } = placed(plan, at)
  const target = lane.targetId === null ? undefined : plan.targets[lane.targetId]
  if (target && action.poolId === null) return target.name
  const pool = action.poolId === null ? undefined : plan.pools[action.poolId]
  return `a worker of ${pool?.name ?? action.poolId}${target ? ` for ${target.name}` : ''}`
}
