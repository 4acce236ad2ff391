import { LEASE_TTL_MS, LOST_AFTER_MS } from '../../runner/protocol/limits.ts'
import { type Answer, DONE, declined, gone } from './answer.ts'
import type { Event } from './event.ts'
import {
  type Attempt,
  BUSY_MS,
  DISPATCH_RETRY_MS,
  type Execution,
  isActive,
  isFinalStatus,
  nodeOf,
  placeName,
} from './execution-state.ts'
import { askAgain, locked, offered } from './offering.ts'
import { advance, endAttempt, type Oracle } from './progress.ts'
import { claim, complete, reconcile, renew } from './report.ts'
import { type Effect, Turn } from './turn.ts'

export type Decision = {
  state: Execution
  effects: Effect[]
  answer: Answer
  /** What has to be stored anew, by number and by index. */
  touched: { attempts: ReadonlySet<number>; steps: ReadonlySet<number> }
}

/**
 * Everything that is decided about a running deployment: state and event in, next state and effects
 * out. Clocks are this side's only. Any event may come late, twice or out of order; what has ended
 * stays as it is, and a pair that cannot occur throws, since it is our defect.
 */
export const decide = (state: Execution, event: Event, now: number, oracle: Oracle): Decision => {
  const turn = new Turn(state, now)
  const answer = happen(turn, event, oracle)
  return { state: turn.state, effects: turn.effects, answer, touched: turn }
}

const happen = (turn: Turn, event: Event, oracle: Oracle): Answer => {
  switch (event.type) {
    case 'start':
      if (turn.state.group === 0) advance(turn, oracle)
      return DONE
    case 'abort':
      return abort(turn, event.reason, oracle)
    case 'offered':
      for (const offering of event.offerings) offered(turn, offering)
      turn.state.waitingFor = null
      advance(turn, oracle)
      return DONE
    case 'locked':
      return locked(turn, event.holders)
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
    case 'late-log':
    case 'key':
      return DONE
    case 'take':
    case 'answer':
      return declined('missing', 'There is no such interruption.')
    case 'cancel':
      return cancel(turn, event, oracle)
    case 'tick':
      for (const { number } of turn.state.attempts) pass(turn, number)
      advance(turn, oracle)
      return DONE
    case 'restart':
      for (const { number } of turn.state.attempts.filter(isActive)) giveGrace(turn, number)
      return DONE
  }
}

const abort = (turn: Turn, reason: string, oracle: Oracle): Answer => {
  const { state } = turn
  if (isFinalStatus(state.status)) return gone(`The deployment has ended: ${state.status}.`)
  for (const { number } of state.attempts.filter(isActive)) {
    if (state.attempts[number - 1]?.state === 'Running')
      turn.do({ type: 'cancel', attempt: number, reason })
    endAttempt(turn, turn.attempt(number), 'Failed', reason)
  }
  state.error ??= reason
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

const cancel = (
  turn: Turn,
  { by, reason }: Extract<Event, { type: 'cancel' }>,
  oracle: Oracle,
): Answer => {
  const { state } = turn
  if (isFinalStatus(state.status)) return gone(`The deployment has ended: ${state.status}.`)
  if (state.cancel) return DONE
  state.cancel = { by, reason, at: turn.now, isFinal: false }
  state.status = 'Cancelling'
  turn.note('', 'warning', reason)
  turn.publish()
  for (const { number } of state.attempts.filter(isActive)) {
    const attempt = turn.attempt(number)
    if (attempt.state === 'Running') turn.do({ type: 'cancel', attempt: number, reason })
    else if (attempt.state === 'Unreachable') lose(turn, attempt)
    else {
      if (attempt.state === 'Offered') turn.do({ type: 'withdraw', attempt: number })
      endAttempt(turn, attempt, 'Withdrawn', reason)
    }
  }
  advance(turn, oracle)
  return DONE
}

const lose = (turn: Turn, attempt: Attempt): void =>
  endAttempt(
    turn,
    attempt,
    'Unknown',
    `Contact to ${placeName(turn.state.plan, attempt)} was lost; whether this step ran to its end is unknown. ` +
      'Look at the machine before deploying again.',
  )

/** What time alone does to an attempt. */
const pass = (turn: Turn, number: number): void => {
  const { state, now } = turn
  const found = state.attempts[number - 1]
  if (!found || !isActive(found)) return
  if (found.state === 'Pending' || found.state === 'Offered') {
    if (found.askAt > now) return
    turn.attempt(number).askAt = now + DISPATCH_RETRY_MS
    turn.dispatch()
    return
  }
  const attempt = turn.attempt(number)
  if (attempt.state === 'Running' && (attempt.leaseExpiresAt ?? 0) <= now) {
    attempt.state = 'Unreachable'
    attempt.unreachableAt = now
    const place = placeName(state.plan, attempt)
    const text = `No word from ${place} for a minute. Waiting for it; nothing else is started there.`
    turn.note(nodeOf(state.plan, attempt), 'warning', text)
  }
  const isOverdue = state.cancel !== null && now >= state.cancel.at + BUSY_MS
  const isLost = now >= (attempt.unreachableAt ?? now) + LOST_AFTER_MS
  const isSilent = attempt.state === 'Unreachable'
  if (isOverdue || (isSilent && (isLost || state.cancel))) lose(turn, attempt)
}
