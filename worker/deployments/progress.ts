import {
  type Attempt,
  DISPATCH_RETRY_MS,
  isActive,
  isFinalStatus,
  type LaneRun,
  laneNode,
  nodeOf,
  type Progress,
  placed,
  placeName,
  stepNode,
} from './execution-state.ts'
import type { Turn } from './turn.ts'

/** Answers whether a condition's expression holds for a step, or for an action in a lane. Asked
 *  when the step or action is about to begin; must give the same answer for the same state. */
export type Oracle = (
  turn: Turn['state'],
  at: { step: number; lane: number | null; action: number | null },
) => { holds: boolean; why: string | null }

/** Begins whatever can begin, and ends what has come to its end. */
export const advance = (turn: Turn, oracle: Oracle): void => {
  const { state } = turn
  // Each round begins a later group or returns: as many rounds as there are groups.
  for (let round = 0; round <= state.plan.steps.length + 1; round++) {
    if (isFinalStatus(state.status)) return
    const current = stepsOf(turn, state.group)
    for (const index of current) advanceStep(turn, oracle, index)
    if (current.some(index => state.steps[index]?.status === 'Running')) return
    const next = state.plan.steps.find(step => step.group > state.group)
    if (!next || state.cancel) {
      finish(turn)
      return
    }
    state.group = next.group
    beginGroup(turn, oracle)
  }
  throw new Error('the plan did not come to rest')
}

const stepsOf = ({ state }: Turn, group: number): number[] =>
  state.plan.steps.flatMap((step, index) => (step.group === group ? [index] : []))

/** Conditions are asked once for the whole group: its members start together. */
const beginGroup = (turn: Turn, oracle: Oracle): void => {
  const reasons = stepsOf(turn, turn.state.group).map(
    index => [index, skipReason(turn, oracle, index)] as const,
  )
  for (const [index, reason] of reasons) {
    const planned = turn.state.plan.steps[index]
    if (!planned) continue
    const step = turn.step(index)
    step.startedAt = turn.now
    if (reason === null) {
      step.status = 'Running'
      continue
    }
    step.status = 'Skipped'
    step.endedAt = turn.now
    step.message = reason
    turn.note(stepNode(planned), 'info', `Skipped: ${reason}`)
  }
}

const skipReason = (turn: Turn, oracle: Oracle, index: number): string | null => {
  const { plan, error } = turn.state
  const step = plan.steps[index]
  if (!step || step.skip !== null) return step?.skip ?? null
  switch (step.condition) {
    case 'Success':
      return error === null ? null : 'A step before it failed.'
    case 'Failure':
      return error === null ? 'It runs only when a step before it failed.' : null
    case 'Always':
      return null
    case 'Cancelled':
      return 'It runs only when the deployment is cancelled.'
    case 'Variable': {
      const { holds, why } = oracle(turn.state, { step: index, lane: null, action: null })
      return holds ? null : `Its condition does not hold${why ? `: ${why}` : '.'}`
    }
  }
}

const advanceStep = (turn: Turn, oracle: Oracle, index: number): void => {
  const { plan, cancel } = turn.state
  const planned = plan.steps[index]
  if (!planned || turn.state.steps[index]?.status !== 'Running') return
  const lanes = () => turn.state.steps[index]?.lanes ?? []
  for (let at = 0; at < planned.lanes.length; at++) {
    const running = lanes().filter(({ status }) => status === 'Running').length
    const isHalted = planned.isRolling && lanes().some(({ status }) => status === 'Failed')
    if (cancel || isHalted || running >= planned.window) break
    if (lanes()[at]?.status === 'Pending') beginLane(turn, oracle, index, at)
  }
  if (lanes().some(({ status }) => status === 'Running')) return
  endStep(turn, index)
}

const beginLane = (turn: Turn, oracle: Oracle, step: number, at: number): void => {
  const lane = turn.lane(step, at)
  lane.status = 'Running'
  lane.startedAt = turn.now
  continueLane(turn, oracle, step, at)
}

/** Goes to the lane's next action that is to run; ends the lane when there is none. */
export const continueLane = (turn: Turn, oracle: Oracle, step: number, at: number): void => {
  const planned = turn.state.plan.steps[step]
  const lane = turn.lane(step, at)
  for (; planned && lane.action < planned.actions.length; lane.action++) {
    const action = planned.actions[lane.action]
    const place = { step, lane: at, action: lane.action }
    const asked =
      action?.condition === 'Variable' && action.skip === null && planned.actions.length > 1
        ? oracle(turn.state, place)
        : { holds: true, why: null }
    const skip = action?.skip ?? (asked.holds ? null : 'Its condition does not hold.')
    if (skip === null) {
      beginAttempt(turn, place)
      return
    }
    turn.note(nodeOf(turn.state.plan, place), 'info', `Skipped: ${skip}`)
  }
  endLane(turn, step, at, 'Success', null)
}

const beginAttempt = (turn: Turn, place: { step: number; lane: number; action: number }): void => {
  const attempt = turn.addAttempt({
    ...place,
    state: 'Pending',
    fence: null,
    runnerId: null,
    epoch: null,
    offeredAt: null,
    askAt: turn.now + DISPATCH_RETRY_MS,
    claimedAt: null,
    leaseExpiresAt: null,
    unreachableAt: null,
    endedAt: null,
    exitCode: null,
    reason: null,
    hasWarnings: false,
    isGraced: false,
    stop: null,
    isGone: false,
    evidence: null,
    hasLateLog: false,
  })
  turn.lane(place.step, place.lane).attempts[place.action] = attempt.number
  const { lane, action } = placed(turn.state.plan, place)
  const target = lane.targetId === null ? undefined : turn.state.plan.targets[lane.targetId]
  if (action.poolId === null && target?.runnerId === null) {
    const reason = `Target ${target.name} has no runner. Register one on that machine.`
    endAttempt(turn, attempt, 'Failed', reason)
  } else turn.dispatch()
}

const CONCLUSION: Partial<Record<Attempt['state'], Progress>> = {
  Succeeded: 'Success',
  Canceled: 'Canceled',
  Withdrawn: 'Canceled',
}

/** The attempt is over, for good. */
export const endAttempt = (
  turn: Turn,
  attempt: Attempt,
  state: Exclude<Attempt['state'], 'Pending' | 'Offered' | 'Running' | 'Unreachable'>,
  reason: string | null,
): void => {
  if (!isActive(attempt)) throw new Error(`attempt ${attempt.number} is ${attempt.state} already`)
  attempt.state = state
  attempt.reason = reason
  attempt.endedAt = turn.now
  attempt.leaseExpiresAt = null
  const lane = turn.lane(attempt.step, attempt.lane)
  if (attempt.hasWarnings) lane.hasWarnings = true
  if (state === 'Succeeded') {
    lane.action++
    return
  }
  const { plan, cancel } = turn.state
  // A runner that ends a step which nobody here cancelled has not done what was asked of it.
  const wasAsked = cancel !== null || state === 'Withdrawn'
  const conclusion = CONCLUSION[state]
  const outcome = conclusion === 'Canceled' && wasAsked ? 'Canceled' : 'Failed'
  if (reason !== null && outcome === 'Failed') turn.note(nodeOf(plan, attempt), 'fatal', reason)
  if (outcome === 'Failed' && !cancel) {
    const { step } = placed(plan, attempt)
    turn.state.error ??= `Step ${step.number} (${step.name}) failed on ${placeName(plan, attempt)}: ${reason ?? 'no reason was given'}`
  }
  endLane(turn, attempt.step, attempt.lane, outcome, reason)
}

const endLane = (
  turn: Turn,
  step: number,
  at: number,
  status: Progress,
  message: string | null,
): void => {
  const lane = turn.lane(step, at)
  lane.status = status
  lane.endedAt = turn.now
  lane.message = message
}

const endStep = (turn: Turn, index: number): void => {
  const step = turn.step(index)
  for (const lane of step.lanes) if (lane.status === 'Pending') leaveOut(turn, lane)
  step.status = conclude(step.lanes)
  step.hasWarnings = step.lanes.some(({ hasWarnings }) => hasWarnings)
  step.endedAt = turn.now
  if (step.hasWarnings) turn.state.hasWarnings = true
  const planned = turn.state.plan.steps[index]
  for (const [at, lane] of step.lanes.entries()) {
    const place = planned?.lanes[at]
    if (planned && place && lane.status === 'Skipped')
      turn.note(laneNode(planned, place), 'info', `Not started: ${lane.message}`)
  }
}

const leaveOut = (turn: Turn, lane: LaneRun): void => {
  lane.status = turn.state.cancel ? 'Canceled' : 'Skipped'
  lane.message = turn.state.cancel ? 'The deployment was canceled.' : 'The step failed elsewhere.'
}

const conclude = (lanes: LaneRun[]): Progress => {
  const has = (status: Progress) => lanes.some(lane => lane.status === status)
  if (has('Failed')) return 'Failed'
  return has('Canceled') ? 'Canceled' : 'Success'
}

const finish = (turn: Turn): void => {
  const { state } = turn
  for (const [index, step] of state.steps.entries()) {
    if (step.status === 'Running') endStep(turn, index)
    if (step.status !== 'Pending') continue
    const left = turn.step(index)
    left.status = 'Canceled'
    for (const lane of left.lanes) lane.status = 'Canceled'
  }
  state.status = state.cancel ? 'Canceled' : state.error === null ? 'Success' : 'Failed'
  state.endedAt = turn.now
  const [level, text] = state.cancel
    ? CLOSING.Canceled
    : CLOSING[state.error === null ? 'Success' : 'Failed']
  turn.note('', level, text)
  turn.publish()
  turn.do({ type: 'finished' })
}

const CLOSING = {
  Success: ['info', 'The deployment succeeded.'],
  Failed: ['error', 'The deployment failed.'],
  Canceled: ['warning', 'The deployment was canceled.'],
} as const
