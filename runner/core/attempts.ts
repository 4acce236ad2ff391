import type { Effect, Event, Failure, Instant } from './events.ts'
import { failed } from './retry.ts'
import { type Attempt, FIRST_BYTES_MS, noRetry, type State } from './state.ts'

const ACQUIRE_TRIES = 6
/** A step that runs is not ended on one word: the server is asked, by a new session, what it wants.
 *  Only if it says the same again and again is it taken at its word. */
const MAX_REFUSALS = 3
const NOTHING_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

export type Emit = (effect: Effect) => void

/** What an event about one attempt changes in it. */
export const recordAttempt = (
  state: State,
  attempt: Attempt,
  event: Extract<Event, { attempt: string }>,
  { now, random }: Instant,
  emit: Emit,
): void => {
  const isFailure = (name: string) => name.endsWith('-failed') && name !== 'journal-failed'
  if (isFailure(event.type) || event.type.endsWith('-answered') || event.type === 'granted')
    delete attempt.busy
  switch (event.type) {
    case 'journal-failed':
      state.report = { ...state.report, warnings: [], problem: event.reason }
      // Nothing was promised for an offer that is not in the journal: it stays with the server.
      if (attempt.phase === 'accepted') delete state.attempts[attempt.attempt]
      else if (attempt.phase === 'starting') endUnstarted(attempt, 'failed', event.reason, emit)
      return
    case 'prepared':
      attempt.supervisor = event.supervisor
      return
    case 'supervisor-gone':
      if (!isUnstarted(attempt)) return
      delete attempt.supervisor
      emit({ type: 'prepare', attempt: attempt.attempt })
      return
    case 'granted':
      attempt.retry = noRetry()
      // Held up for longer than the lease: whether it still stands only the server knows.
      if (now - event.sentAt >= event.ttlMs || attempt.phase !== 'accepted') return
      attempt.phase = event.needsPackages ? 'acquiring' : 'ready'
      attempt.renewedAt = event.sentAt
      attempt.ttlMs = event.ttlMs
      attempt.intervalMs = event.logIntervalMs
      if (event.maximumReboots) attempt.maximumReboots = event.maximumReboots
      if (attempt.cancel !== undefined) endUnstarted(attempt, 'canceled', attempt.cancel, emit)
      return
    case 'acquired':
      attempt.isAcquiring = false
      if (attempt.phase === 'acquiring') attempt.phase = 'ready'
      return
    case 'acquire-failed':
      attempt.isAcquiring = false
      if (attempt.phase !== 'acquiring') return
      attempt.acquireRetry = failed(attempt.acquireRetry, now, random)
      if (attempt.acquireRetry.failures < ACQUIRE_TRIES) return
      attempt.isAcquiring = true
      emit({
        type: 'abandon',
        attempt: attempt.attempt,
        outcome: 'failed',
        reason: event.reason,
      })
      return
    case 'launched':
      if (attempt.phase !== 'starting' || !attempt.supervisor) return
      attempt.phase = 'running'
      emit({
        type: 'journal',
        entry: { type: 'started', attempt: attempt.attempt, supervisor: attempt.supervisor },
      })
      return
    case 'spooled':
      if (attempt.spooled <= attempt.acknowledged)
        attempt.uploadAt = Math.max(attempt.uploadAt, now + FIRST_BYTES_MS)
      attempt.spooled = Math.max(attempt.spooled, event.bytes)
      return
    case 'ended':
      if (attempt.killed) {
        state.absent.push({ attempt: attempt.attempt, fence: attempt.fence })
        forget(state, attempt, emit)
      }
      if (attempt.killed || attempt.phase === 'settled') return
      attempt.phase = 'finished'
      attempt.result = event.result
      attempt.spooled = event.result.finalOffset
      return
    case 'log-answered':
      attempt.retry = noRetry()
      attempt.refusals = 0
      attempt.renewedAt = event.sentAt
      attempt.acknowledged = Math.max(attempt.acknowledged, event.reply.next)
      attempt.ttlMs = event.reply.ttlMs
      attempt.intervalMs = event.reply.intervalMs
      attempt.uploadAt = event.sentAt + event.reply.intervalMs
      if (event.reply.cancel) cancel(attempt, 'Canceled on the server', emit)
      return
    case 'complete-answered':
      attempt.retry = noRetry()
      if (!event.reply.accepted) {
        attempt.acknowledged = event.reply.next
        attempt.retry = failed(attempt.retry, now, random)
        return
      }
      attempt.acknowledged = event.reply.next
      attempt.phase = 'settled'
      if (event.reply.sealed || attempt.isSealed) forget(state, attempt, emit)
      else emit({ type: 'journal', entry: { type: 'settled', attempt: attempt.attempt } })
      return
    case 'hand-in-answered':
      attempt.retry = noRetry()
      attempt.renewedAt = event.sentAt
      attempt.handedIn += 1
      return
    case 'hand-in-failed':
      if (isUnwanted(event.failure)) leaveOut(attempt)
      else recordFailure(state, attempt, event, { now, random }, emit)
      return
    case 'expired':
      if (attempt.phase === 'settled') forget(state, attempt, emit)
      return
    case 'claim-failed':
    case 'log-failed':
    case 'complete-failed':
      recordFailure(state, attempt, event, { now, random }, emit)
      return
  }
}

/** Nothing of it has run, nor will before it is launched. */
export const isUnstarted = ({ phase }: Attempt): boolean =>
  phase === 'accepted' || phase === 'acquiring' || phase === 'ready'

const recordFailure = (
  state: State,
  attempt: Attempt,
  event: Extract<
    Event,
    { type: 'claim-failed' | 'log-failed' | 'hand-in-failed' | 'complete-failed' }
  >,
  { now, random }: Instant,
  emit: Emit,
): void => {
  const { failure, epoch } = event
  if (endsSession(state, epoch, failure)) return
  if (failure.kind === 'refused' && failure.error === 'gap' && failure.next !== undefined) {
    const progress = failure.next !== attempt.acknowledged
    attempt.acknowledged = failure.next
    if (progress) return
  }
  attempt.retry = failed(attempt.retry, now, random, failure.retryAfterMs)
  if (failure.kind !== 'refused' || failure.error === 'unavailable') return
  if (failure.error === 'stale' || failure.error === 'gone') {
    // It was said to a session that has ended meanwhile: the new one asks again.
    if (state.opening || state.session?.epoch !== epoch) return
    attempt.refusals += 1
    const mayRun = attempt.phase === 'starting' || attempt.phase === 'running'
    if (mayRun && attempt.refusals < MAX_REFUSALS) delete state.session
    else endAndForget(state, attempt, emit)
  } else if (event.type === 'claim-failed' && failure.error !== 'too_large')
    endAndForget(state, attempt, emit)
}

/** Refused for what it is: to send it again would change nothing, and the outcome matters more. */
const isUnwanted = (failure: Failure): boolean =>
  failure.kind === 'refused' &&
  ['invalid', 'too_large', 'digest', 'forbidden'].includes(failure.error)

const leaveOut = (attempt: Attempt): void => {
  const artifacts = attempt.result?.artifacts
  if (attempt.result && artifacts)
    attempt.result = {
      ...attempt.result,
      warnings: true,
      artifacts: artifacts.filter((_, at) => at !== attempt.handedIn),
    }
}

/** A refused credential means that the session is over, unless a newer one has begun meanwhile. */
export const endsSession = (state: State, epoch: number, failure: Failure): boolean => {
  if (failure.kind !== 'refused' || failure.error !== 'unauthenticated') return false
  if (state.session?.epoch === epoch) delete state.session
  return true
}

export const cancel = (attempt: Attempt, reason: string, emit: Emit): void => {
  if (attempt.cancel !== undefined) return
  attempt.cancel = reason
  if (attempt.phase === 'acquiring' || attempt.phase === 'ready')
    endUnstarted(attempt, 'canceled', reason, emit)
  else if (attempt.phase === 'starting' || attempt.phase === 'running')
    emit({ type: 'cancel', attempt: attempt.attempt, reason })
}

/** Ended between its claim and its start: nothing ran. What was said until then is its log. */
const endUnstarted = (
  attempt: Attempt,
  outcome: 'canceled' | 'failed',
  reason: string,
  emit: Emit,
): void => {
  attempt.phase = 'finished'
  if (attempt.spooled > 0) {
    emit({ type: 'abandon', attempt: attempt.attempt, outcome, reason })
    return
  }
  attempt.result = {
    outcome,
    exitCode: null,
    signal: null,
    reason,
    finalOffset: 0,
    sha256: NOTHING_SHA256,
    warnings: false,
    outputs: null,
  }
}

export const endAndForget = (state: State, attempt: Attempt, emit: Emit): void => {
  if (attempt.phase !== 'starting' && attempt.phase !== 'running') forget(state, attempt, emit)
  else if (!attempt.killed) {
    attempt.killed = true
    emit({ type: 'kill', attempt: attempt.attempt })
  }
}

export const forget = (state: State, { attempt }: Attempt, emit: Emit): void => {
  delete state.attempts[attempt]
  emit({ type: 'journal', entry: { type: 'forgotten', attempt } })
  emit({ type: 'forget', attempt })
}
