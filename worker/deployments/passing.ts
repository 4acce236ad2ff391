import { LOST_AFTER_MS } from '../../runner/protocol/limits.ts'
import { type Attempt, type Execution, isActive, isFinalStatus } from './execution-state.ts'
import { beginAttempt, endAttempt } from './lane.ts'
import { BUSY_MS, DISPATCH_RETRY_MS, LOCKED_RETRY_MS, TIME_OUT_SLACK_MS } from './patience.ts'
import { inWords } from './questions.ts'
import type { Turn } from './turn.ts'
import { nodeOf, placed, placeName } from './whereabouts.ts'

const NEVER = Number.POSITIVE_INFINITY

/** When time alone changes something, if nothing happens before; null: never. */
export const wakeAt = (execution: Execution): number | null => {
  if (isFinalStatus(execution.status)) return null
  let at = execution.delay?.at ?? NEVER
  for (const attempt of execution.attempts) at = Math.min(at, attemptDueAt(execution, attempt))
  for (const step of execution.steps)
    if (step.status === 'Running')
      for (const { retryAt } of step.lanes) at = Math.min(at, retryAt ?? NEVER)
  return Number.isFinite(at) ? at : null
}

const attemptDueAt = (execution: Execution, attempt: Attempt): number => {
  switch (attempt.state) {
    case 'Pending':
    case 'Offered':
      return attempt.askAt
    case 'Running':
      return Math.min(
        attempt.leaseExpiresAt ?? 0,
        attempt.stop ? attempt.stop.at + BUSY_MS : timeOutAt(execution, attempt),
      )
    case 'Unreachable':
      return (attempt.unreachableAt ?? 0) + LOST_AFTER_MS
    default:
      return NEVER
  }
}

/** Its runner counts from before the claim, so this side's count ends last. */
const timeOutAt = ({ plan }: Pick<Execution, 'plan'>, attempt: Attempt): number => {
  const { timeoutMs } = placed(plan, attempt).action
  return timeoutMs > 0 ? (attempt.claimedAt ?? 0) + timeoutMs + TIME_OUT_SLACK_MS : NEVER
}

/** What time alone does. */
export const pass = (turn: Turn): void => {
  const { state } = turn
  for (const { number } of state.attempts) passAttempt(turn, number)
  for (const [index, step] of state.steps.entries()) {
    if (step.status !== 'Running') continue
    for (const [at, { retryAt }] of step.lanes.entries()) {
      if (retryAt === null || retryAt > turn.now) continue
      const lane = turn.lane(index, at)
      beginAttempt(turn, { step: index, lane: at, action: lane.action })
    }
  }
}

const passAttempt = (turn: Turn, number: number): void => {
  const { state, now } = turn
  const found = state.attempts[number - 1]
  if (!found || !isActive(found) || attemptDueAt(state, found) > now) return
  const attempt = turn.attempt(number)
  if (attempt.state === 'Pending' || attempt.state === 'Offered') {
    const isHeld = state.key === 'held'
    attempt.askAt = now + (isHeld ? DISPATCH_RETRY_MS : LOCKED_RETRY_MS)
    if (isHeld) turn.dispatch()
    else turn.reclaim()
    return
  }
  if (attempt.state === 'Running' && (attempt.leaseExpiresAt ?? 0) <= now) {
    attempt.state = 'Unreachable'
    attempt.unreachableAt = now
    const place = placeName(state.plan, attempt)
    const text = `No word from ${place} for a minute. Waiting for it; nothing else is started there.`
    turn.note(nodeOf(state.plan, attempt), 'warning', text)
  }
  const isOverdue = attempt.stop !== null && now >= attempt.stop.at + BUSY_MS
  const isLost = now >= (attempt.unreachableAt ?? now) + LOST_AFTER_MS
  const isSilent = attempt.state === 'Unreachable'
  if (isOverdue || (isSilent && (isLost || attempt.stop?.why === 'cancel'))) lose(turn, attempt)
  else if (attempt.state === 'Running' && !attempt.stop && timeOutAt(state, attempt) <= now)
    stop(turn, attempt, 'time-out', timeOutReason(state, attempt))
}

export const timeOutReason = ({ plan }: Pick<Execution, 'plan'>, attempt: Attempt): string =>
  `It did not end within ${inWords(placed(plan, attempt).action.timeoutMs)}`

/** Its runner is told to end it; what it reports then is the outcome. */
export const stop = (
  turn: Turn,
  attempt: Attempt,
  why: 'cancel' | 'time-out',
  reason: string,
): void => {
  attempt.stop = { at: turn.now, why, reason }
  turn.do({ type: 'cancel', attempt: attempt.number, reason })
}

export const lose = (turn: Turn, attempt: Attempt): void => {
  const place = placeName(turn.state.plan, attempt)
  const what =
    attempt.state === 'Unreachable'
      ? `Contact to ${place} was lost`
      : `${place} was told to end this step and did not for ${inWords(BUSY_MS)}`
  endAttempt(
    turn,
    attempt,
    'Unknown',
    `${what}; whether this step ran to its end is unknown. Look at the machine before deploying again.`,
  )
}
