import { LEASE_TTL_MS } from '../../runner/protocol/limits.ts'
import { type Answer, DONE, gone } from './answer.ts'
import { answer } from './answering.ts'
import { cancel } from './cancellation.ts'
import { delayStart, endDelay } from './delay.ts'
import type { Event } from './event.ts'
import { type Execution, isActive, isFinalStatus } from './execution-state.ts'
import { take } from './interruptions.ts'
import { keyAnswered, restKey } from './key.ts'
import { abandonAttempt } from './lane.ts'
import { askAgain, locked, offered } from './offering.ts'
import type { Oracle } from './oracle.ts'
import { pass } from './passing.ts'
import { DISPATCH_RETRY_MS } from './patience.ts'
import { advance } from './progress.ts'
import { absent, claim, complete, lateLog, reconcile, renew } from './report.ts'
import { type Effect, Turn } from './turn.ts'

/** What has to be stored anew, by number and by index. */
export type Touched = Pick<Turn, 'attempts' | 'steps' | 'lanes' | 'interruptions'>

export type Decision = {
  state: Execution
  effects: Effect[]
  answer: Answer
  touched: Touched
}

/**
 * Everything that is decided about a running deployment: state and event in, next state and effects
 * out. Clocks are this side's only. Any event may come late, twice or out of order; what has ended
 * stays as it is, and a pair that cannot occur throws, since it is our defect.
 */
export const decide = (state: Execution, event: Event, now: number, oracle: Oracle): Decision => {
  const turn = new Turn(state, now)
  const answer = happen(turn, event, oracle)
  restKey(turn)
  return { state: turn.state, effects: turn.effects, answer, touched: turn }
}

const happen = (turn: Turn, event: Event, oracle: Oracle): Answer => {
  switch (event.type) {
    case 'start':
      endDelay(turn)
      if (turn.state.group === 0) advance(turn, oracle)
      return DONE
    case 'unread':
      return delayStart(turn)
    case 'abort':
      return abort(turn, event.reason, oracle)
    case 'offered':
      for (const offering of event.offerings) offered(turn, offering)
      if (turn.state.waitingFor !== null && turn.state.key === 'held') goOn(turn)
      advance(turn, oracle)
      return DONE
    case 'locked':
      return locked(turn, event)
    case 'undispatched':
      askAgain(turn, DISPATCH_RETRY_MS)
      return DONE
    case 'claim':
      return claim(turn, event)
    case 'renew':
      return renew(turn, event)
    case 'complete':
      return complete(turn, event, oracle)
    case 'reconcile':
      return reconcile(turn, event)
    case 'absent':
      return absent(turn, event, oracle)
    case 'late-log':
      return lateLog(turn, event)
    case 'cancel':
      return cancel(turn, event, oracle)
    case 'take':
      return take(turn, event)
    case 'answer':
      return answer(turn, event, oracle)
    case 'key':
      return keyAnswered(turn, event.waitsFor)
    case 'tick':
      pass(turn)
      advance(turn, oracle)
      return DONE
    case 'restart':
      for (const { number } of turn.state.attempts.filter(isActive)) giveGrace(turn, number)
      return DONE
  }
}

/** It waits for nobody any more. */
const goOn = (turn: Turn): void => {
  turn.state.waitingFor = null
  turn.state.holders = []
  turn.publish()
}

const abort = (turn: Turn, reason: string, oracle: Oracle): Answer => {
  const { state } = turn
  if (isFinalStatus(state.status)) return gone(`The deployment has ended: ${state.status}.`)
  for (const { number } of state.attempts.filter(isActive)) {
    if (state.attempts[number - 1]?.state === 'Running')
      turn.do({ type: 'cancel', attempt: number, reason })
    abandonAttempt(turn, turn.attempt(number), reason)
  }
  state.delay = null
  state.error ??= reason
  state.cause ??= 'failed'
  turn.note('', 'fatal', reason)
  state.group = Number.MAX_SAFE_INTEGER
  advance(turn, oracle)
  return DONE
}

/** Once per silence: an object that sleeps until its alarm comes up again for it, and must not take
 *  that for the server's own absence for ever. */
const giveGrace = (turn: Turn, number: number): void => {
  if (turn.state.attempts[number - 1]?.isGraced) return
  const attempt = turn.attempt(number)
  attempt.isGraced = true
  if (attempt.state === 'Running') attempt.leaseExpiresAt = turn.now + LEASE_TTL_MS
  if (attempt.state === 'Offered') attempt.offeredAt = turn.now
  if (attempt.state === 'Unreachable') attempt.unreachableAt = turn.now
}
