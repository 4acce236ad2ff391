import { type Answer, DONE, declined } from './answer.ts'
import type { Event } from './event.ts'
import { type Interruption, isFinalStatus } from './execution-state.ts'
import { settle } from './interruptions.ts'
import { beginAttempt, continueLane, endLane, failLane, passAction } from './lane.ts'
import type { Oracle } from './oracle.ts'
import { advance } from './progress.ts'
import type { Turn } from './turn.ts'
import { placed, targetName } from './whereabouts.ts'

/** Somebody's answer to a question: written down, and done. */
export const answer = (
  turn: Turn,
  event: Extract<Event, { type: 'answer' }>,
  oracle: Oracle,
): Answer => {
  if (isRepeat(turn, event)) return DONE
  if (isFinalStatus(turn.state.status))
    return declined('conflict', `The deployment has ended: ${turn.state.status}.`)
  const refusal = settle(turn, event)
  if (refusal) return refusal
  carryOut(turn, turn.interruption(event.interruption), event, oracle)
  advance(turn, oracle)
  return DONE
}

/** The same answer by the same person, sent again. */
const isRepeat = (
  { state }: Turn,
  {
    interruption,
    by,
    choice,
  }: { interruption: number } & Pick<Extract<Event, { type: 'answer' }>, 'by' | 'choice'>,
) => {
  const found = state.interruptions[interruption - 1]
  return found?.state === 'Submitted' && found.answer === choice && found.answeredBy?.id === by.id
}

const carryOut = (
  turn: Turn,
  question: Interruption,
  { by, choice, notes }: Extract<Event, { type: 'answer' }>,
  oracle: Oracle,
): void => {
  const { step, lane: at } = question
  const lane = turn.lane(step, at)
  const asked = turn.state.attempts[(question.attempt ?? 0) - 1]
  const reason = asked?.reason ?? 'no reason was given'
  switch (choice) {
    case 'Retry':
    case 'RunAgain':
      lane.repeats++
      lane.retries = 0
      beginAttempt(turn, question)
      return
    case 'Ignore':
    case 'MarkSucceeded':
      lane.hasWarnings = true
      passAction(lane)
      continueLane(turn, oracle, step, at)
      return
    case 'Proceed':
      passAction(lane)
      continueLane(turn, oracle, step, at)
      return
    case 'ExcludeMachine':
      exclude(turn, question, by.displayName)
      return
    case 'Fail':
      failLane(turn, question, reason, 'aborted')
      return
    case 'MarkFailed':
      failLane(turn, question, `${by.displayName} marked it as failed. ${reason}`, 'failed')
      return
    case 'Abort':
      failLane(
        turn,
        question,
        `${by.displayName} aborted${notes === '' ? '.' : `: ${notes}`}`,
        'aborted',
      )
  }
}

/** The target has no further part in this deployment. */
const exclude = (turn: Turn, question: Interruption, by: string): void => {
  const { state } = turn
  const { targetId } = placed(state.plan, question).lane
  if (targetId === null) throw new Error('only a target can be excluded')
  state.excludedTargetIds = [...state.excludedTargetIds, targetId]
  const lane = turn.lane(question.step, question.lane)
  lane.hasWarnings = true
  const name = targetName(state.plan, question)
  endLane(
    turn,
    question.step,
    question.lane,
    'Skipped',
    `${by} took ${name} out of the deployment.`,
  )
}
