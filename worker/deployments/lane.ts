import {
  type Attempt,
  type Execution,
  isActive,
  isHalted,
  type LaneRun,
  type Progress,
} from './execution-state.ts'
import { ask } from './interruptions.ts'
import type { Oracle } from './oracle.ts'
import { DISPATCH_RETRY_MS } from './patience.ts'
import type { ManualStep } from './plan.ts'
import { guidance, inWords, lostBefore, mayRerun, uncertainty } from './questions.ts'
import type { Turn } from './turn.ts'
import { nodeOf, placed, placeName, targetName } from './whereabouts.ts'

export type Place = Pick<Attempt, 'step' | 'lane' | 'action'>
type Ended = Exclude<Attempt['state'], 'Pending' | 'Offered' | 'Running' | 'Unreachable'>

/** Goes to the lane's next action that is to run; ends the lane when there is none. */
export const continueLane = (turn: Turn, oracle: Oracle, step: number, at: number): void => {
  const planned = turn.state.plan.steps[step]
  const lane = turn.lane(step, at)
  for (; planned && lane.action < planned.actions.length; lane.action++) {
    const action = planned.actions[lane.action]
    const place = { step, lane: at, action: lane.action }
    const asked =
      action?.condition === 'Variable' && action.skip === null && planned.actions.length > 1
        ? oracle.holds(turn.state, place)
        : { holds: true, why: null }
    const skip = action?.skip ?? (asked.holds ? null : unmet(asked.why))
    if (skip === null) {
      if (action?.manual) askToProceed(turn, oracle, place, action.manual)
      else beginAttempt(turn, place)
      return
    }
    turn.note(nodeOf(turn.state.plan, place), 'info', `Skipped: ${skip}`)
  }
  endLane(turn, step, at, 'Success', null)
}

/** In words, why a condition kept something from running. */
export const unmet = (why: string | null): string =>
  `Its condition does not hold${why === null ? '.' : `: ${why}`}`

const askToProceed = (turn: Turn, oracle: Oracle, place: Place, manual: ManualStep): void => {
  const { action } = placed(turn.state.plan, place)
  const target = targetName(turn.state.plan, place)
  ask(turn, place, {
    kind: 'manual',
    attempt: null,
    title: target === undefined ? action.name : `${action.name} on ${target}`,
    instructions: oracle.text(turn.state, place, manual.instructions),
    choices: ['Proceed', 'Abort'],
    responsibleTeamIds: manual.responsibleTeamIds,
    freesKey: !manual.blocksOthers,
  })
}

/** The action at hand is done, or taken as done. */
export const passAction = (lane: LaneRun): void => {
  lane.action++
  lane.retries = 0
  lane.repeats = 0
}

export const beginAttempt = (turn: Turn, { step, lane: at, action: index }: Place): void => {
  const { state } = turn
  const place = { step, lane: at, action: index }
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
  const run = turn.lane(step, at)
  run.attempts[index] = attempt.number
  run.retryAt = null
  const { lane, action } = placed(state.plan, place)
  const target = lane.targetId === null ? undefined : state.plan.targets[lane.targetId]
  if (action.poolId === null && target?.runnerId === null) {
    const reason = `Target ${target.name} has no runner. Register one on that machine.`
    endAttempt(turn, attempt, 'Failed', reason)
  } else if (state.key === 'held') turn.dispatch()
  else {
    state.key = 'wanted'
    turn.reclaim()
  }
}

/** The attempt is over, for good. After a success it is for the caller to go on. */
export const endAttempt = (
  turn: Turn,
  attempt: Attempt,
  state: Ended,
  reason: string | null,
): void => {
  if (!isActive(attempt)) throw new Error(`attempt ${attempt.number} is ${attempt.state} already`)
  attempt.state = state
  attempt.reason = reason
  attempt.endedAt = turn.now
  attempt.leaseExpiresAt = null
  const lane = turn.lane(attempt.step, attempt.lane)
  if (state === 'Succeeded') {
    if (attempt.hasWarnings) lane.hasWarnings = true
    passAction(lane)
  } else if (isHalted(turn.state, attempt.step)) endHalted(turn, attempt)
  else if (state === 'Unknown') beUncertain(turn, attempt)
  else fail(turn, attempt)
}

const HALTED: Partial<Record<Ended, Progress>> = {
  Canceled: 'Canceled',
  Withdrawn: 'Canceled',
  Unknown: 'Abandoned',
}

/** The deployment was cancelled: nobody is asked, and nothing is tried again. */
const endHalted = (turn: Turn, attempt: Attempt): void => {
  const { state, reason } = attempt
  // A runner that ends a step which nobody here stopped has not done what was asked of it.
  const wasAsked = attempt.stop !== null || state !== 'Canceled'
  const status = (wasAsked && HALTED[state as Ended]) || 'Failed'
  if (reason !== null && status !== 'Canceled')
    turn.note(nodeOf(turn.state.plan, attempt), 'fatal', reason)
  endLane(turn, attempt.step, attempt.lane, status, reason)
}

const fail = (turn: Turn, attempt: Attempt): void => {
  const { plan, guidedFailure, cancel } = turn.state
  const { step, action } = placed(plan, attempt)
  const lane = turn.lane(attempt.step, attempt.lane)
  const reason = attempt.reason ?? 'no reason was given'
  const node = nodeOf(plan, attempt)
  const lost = attempt.claimedAt === null ? lostBefore(turn.state, attempt) : undefined
  if (lost && !cancel) {
    turn.note(node, 'error', reason)
    const question = uncertainty(turn.state, lost, lane)
    ask(turn, attempt, { ...question, instructions: `It could not be run again. ${reason}` })
  } else if (lane.retries < action.retries.max) {
    lane.retries++
    const waitMs = action.retries.backoffMs * lane.retries
    const when = waitMs === 0 ? 'now' : `in ${inWords(waitMs)}`
    const count = `${lane.retries} of ${action.retries.max}`
    turn.note(node, 'error', `${reason}. It is tried again ${when} (${count}).`.replace('..', '.'))
    lane.retryAt = turn.now + waitMs
    if (waitMs === 0) beginAttempt(turn, attempt)
  } else if (guidedFailure && !step.isFinalizer && !cancel) {
    turn.note(node, 'error', reason)
    ask(turn, attempt, guidance(turn.state, attempt, lane))
  } else failLane(turn, attempt, reason, attempt.state === 'TimedOut' ? 'timed-out' : 'failed')
}

/** Whether it ran to its end nobody knows: people are asked, unless it does no harm to run twice. */
const beUncertain = (turn: Turn, attempt: Attempt): void => {
  const { state } = turn
  const node = nodeOf(state.plan, attempt)
  turn.note(node, 'error', attempt.reason ?? 'Whether this step ran to its end is unknown.')
  if (attempt.isGone && mayRerun(state, attempt)) runSafely(turn, attempt)
  else ask(turn, attempt, uncertainty(state, attempt, turn.lane(attempt.step, attempt.lane)))
}

/** The old one is not running, and the action is declared to be safe to run again. */
export const runSafely = (turn: Turn, attempt: Attempt): void => {
  const node = nodeOf(turn.state.plan, attempt)
  const text = 'Its runner says that it is not running any more; it is safe to run again.'
  turn.note(node, 'info', text)
  beginAttempt(turn, attempt)
}

/** The place has failed and nothing more is tried there. */
export const failLane = (
  turn: Turn,
  at: Place,
  reason: string,
  cause: NonNullable<Execution['cause']>,
): void => {
  const { state } = turn
  const { step, lane, action } = placed(state.plan, at)
  turn.note(nodeOf(state.plan, at), 'fatal', reason)
  if (!state.cancel && state.error === null) {
    const isNowhere = lane.targetId === null && action.poolId === null
    const where = isNowhere ? '' : ` on ${placeName(state.plan, at)}`
    const name = step.number === 0 ? step.name : `Step ${step.number} (${step.name})`
    state.error = `${name} failed${where}: ${reason}`
    state.cause = cause
  }
  endLane(turn, at.step, at.lane, 'Failed', reason)
}

export const endLane = (
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
  lane.retryAt = null
}

/** Ended from outside, together with the whole deployment. */
export const abandonAttempt = (turn: Turn, attempt: Attempt, reason: string): void => {
  attempt.state = 'Failed'
  attempt.reason = reason
  attempt.endedAt = turn.now
  attempt.leaseExpiresAt = null
  endLane(turn, attempt.step, attempt.lane, 'Failed', reason)
}
