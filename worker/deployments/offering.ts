import { type Answer, DONE } from './answer.ts'
import type { Event, Offering } from './event.ts'
import type { Attempt } from './execution-state.ts'
import { endAttempt } from './lane.ts'
import { ABSENT_MS, BUSY_MS, LOCKED_RETRY_MS, UNCLAIMED_MS } from './patience.ts'
import type { Turn } from './turn.ts'
import { placeName } from './whereabouts.ts'

/** The hub has offered the attempt, or did so before; one that nobody takes has its patience. */
export const offered = (turn: Turn, offering: Offering): void => {
  const { state, now } = turn
  if (!['Pending', 'Offered'].includes(state.attempts[offering.attempt - 1]?.state ?? '')) return
  const attempt = turn.attempt(offering.attempt)
  attempt.state = 'Offered'
  attempt.fence = offering.fence
  attempt.runnerId = offering.runnerId
  // A session that had ended by then has no claim to it.
  if (attempt.claimedAt === null) attempt.epoch = offering.epoch ?? attempt.epoch
  attempt.offeredAt ??= now
  const waited = now - attempt.offeredAt
  const patience = offering.isConnected
    ? BUSY_MS
    : isRecent(offering.lastSeenAt, now)
      ? UNCLAIMED_MS
      : ABSENT_MS
  attempt.askAt = Math.min(attempt.offeredAt + patience, now + UNCLAIMED_MS / 2)
  if (waited < patience) return
  turn.do({ type: 'withdraw', attempt: attempt.number })
  endAttempt(turn, attempt, 'Failed', absence(turn, attempt, offering))
}

const isRecent = (lastSeenAt: number | null, now: number) =>
  lastSeenAt !== null && now - lastSeenAt < 5 * UNCLAIMED_MS

const absence = (turn: Turn, attempt: Attempt, offering: Offering): string => {
  const place = placeName(turn.state.plan, attempt)
  if (offering.refusing) return offering.refusing
  if (offering.isConnected)
    return `The runner of ${place} is connected but did not take its work within ${BUSY_MS / 60_000} minutes.`
  const seen =
    offering.lastSeenAt === null
      ? 'its runner has never connected'
      : `its runner was last seen ${new Date(offering.lastSeenAt).toISOString()}`
  return `No connection to ${place}: ${seen}. Check that the runner is running and can reach the server.`
}

/** Another deployment holds a target of this one: asked again in a while, and when it is told. */
export const locked = (
  turn: Turn,
  { holders, held = [] }: Extract<Event, { type: 'locked' }>,
): Answer => {
  const { state } = turn
  if (state.waitingFor !== holders) {
    turn.note('', 'wait', `Waiting: ${holders}`)
    turn.publish()
  }
  state.waitingFor = holders
  state.holders = held
  askAgain(turn, LOCKED_RETRY_MS)
  return DONE
}

/** Everything that waits is asked for again, then. */
export const askAgain = (turn: Turn, afterMs: number): void => {
  for (const { number, state } of turn.state.attempts)
    if (state === 'Pending' || state === 'Offered') turn.attempt(number).askAt = turn.now + afterMs
}
