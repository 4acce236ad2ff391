import { type Answer, DONE, gone } from './answer.ts'
import type { Event } from './event.ts'
import { type Attempt, isActive, isFinalStatus, isHalted, type LaneRun } from './execution-state.ts'
import { withdrawQuestion } from './interruptions.ts'
import { endAttempt, endLane } from './lane.ts'
import type { Oracle } from './oracle.ts'
import { lose, stop } from './passing.ts'
import { advance } from './progress.ts'
import type { Turn } from './turn.ts'

/** A second click on the same button is not a second decision, for this long, in milliseconds. */
const DOUBLE_CLICK_MS = 2_000

/**
 * Ends what runs, lets steps for a cancelled deployment and finalizers run, and nothing else. The
 * second time it ends those too.
 */
export const cancel = (
  turn: Turn,
  { by, reason }: Extract<Event, { type: 'cancel' }>,
  oracle: Oracle,
): Answer => {
  const { state } = turn
  if (isFinalStatus(state.status)) return gone(`The deployment has ended: ${state.status}.`)
  if (!state.cancel) {
    // Before its first step there is nothing to put right again.
    state.cancel = { by, reason, at: turn.now, isFinal: state.group === 0 }
    state.delay = null
    state.status = 'Cancelling'
    turn.note('', 'warning', reason)
    turn.record('DeploymentCancelling', reason)
  } else if (!state.cancel.isFinal && turn.now >= state.cancel.at + DOUBLE_CLICK_MS) {
    state.cancel = { ...state.cancel, isFinal: true }
    turn.note('', 'warning', `${reason}, a second time: finalizers end too`)
    turn.record('DeploymentCancelling', `${reason}, a second time`)
  } else return DONE
  halt(turn, reason)
  advance(turn, oracle)
  return DONE
}

/** Everything that the cancellation stops: attempts, questions, and tries that are waited for. */
const halt = (turn: Turn, reason: string): void => {
  const { state } = turn
  for (const { number, step } of state.attempts.filter(isActive))
    if (isHalted(state, step)) haltAttempt(turn, turn.attempt(number), reason)
  for (const [index, step] of state.steps.entries()) {
    if (step.status !== 'Running' || !isHalted(state, index)) continue
    for (const [at, lane] of step.lanes.entries())
      if (lane.status === 'Running' && !isAtWork(turn, lane)) haltLane(turn, index, at, reason)
  }
}

const haltAttempt = (turn: Turn, attempt: Attempt, reason: string): void => {
  if (attempt.state === 'Running') {
    if (attempt.stop?.why !== 'cancel') stop(turn, attempt, 'cancel', reason)
  } else if (attempt.state === 'Unreachable') lose(turn, attempt)
  else {
    if (attempt.state === 'Offered') turn.do({ type: 'withdraw', attempt: attempt.number })
    endAttempt(turn, attempt, 'Withdrawn', reason)
  }
}

const isAtWork = ({ state }: Turn, { attempts, action }: LaneRun): boolean => {
  const attempt = state.attempts[(attempts[action] ?? 0) - 1]
  return attempt !== undefined && isActive(attempt)
}

const haltLane = (turn: Turn, step: number, at: number, reason: string): void => {
  const { question, attempts, action } = turn.lane(step, at)
  const last = turn.state.attempts[(attempts[action] ?? 0) - 1]
  if (question !== null) withdrawQuestion(turn, question, reason)
  // What was asked about an unknown outcome stays unknown.
  const status = question !== null && last?.state === 'Unknown' ? 'Abandoned' : 'Canceled'
  endLane(turn, step, at, status, status === 'Abandoned' ? (last?.reason ?? reason) : reason)
}
