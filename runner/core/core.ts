import type { Control, PollReply, SessionReply } from '../protocol/messages.ts'
import { advance } from './advance.ts'
import type { Effect, Event, Failure, Instant } from './events.ts'
import { failed } from './retry.ts'
import {
  type Attempt,
  draftOf,
  FIRST_BYTES_MS,
  MAX_ATTEMPTS,
  newAttempt,
  noRetry,
  type State,
} from './state.ts'

const RENEW_BEFORE_MS = 60_000
const SUPERSEDED_MS = 5_000
const ACQUIRE_TRIES = 6
/** A step that runs is not ended on one word: the server is asked, by a new session, what it wants.
 *  Only if it says the same again and again is it taken at its word. */
const MAX_REFUSALS = 3
const NOTHING_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/**
 * Everything the runner decides: state and event in, next state and effects out. `now` is a
 * monotonic clock in milliseconds; no wall clock of any machine takes part. What is due is worked
 * out by {@link advance} after every event, so an event only states what happened.
 */
export const step = (
  state: State,
  event: Event,
  instant: Instant,
): { state: State; effects: Effect[] } => {
  const draft = draftOf(state)
  const effects: Effect[] = []
  record(draft, event, instant, effect => effects.push(effect))
  advance(draft, instant.now, effect => effects.push(effect))
  return { state: draft, effects }
}

type Emit = (effect: Effect) => void

const record = (state: State, event: Event, instant: Instant, emit: Emit): void => {
  const { now, random } = instant
  switch (event.type) {
    case 'booted':
      for (const found of event.attempts) {
        const attempt = newAttempt(found.attempt, found.fence, found.phase, now)
        attempt.spooled = found.spooled
        if (found.result) attempt.result = found.result
        if (found.supervisor) attempt.supervisor = found.supervisor
        state.attempts[found.attempt] = attempt
        if (found.phase === 'accepted') emit({ type: 'prepare', attempt: found.attempt })
        if (found.phase === 'running' && found.supervisor)
          emit({ type: 'adopt', attempt: found.attempt, supervisor: found.supervisor })
      }
      return
    case 'woken':
      return
    case 'session-opened':
      state.opening = false
      state.draining = false
      state.sessionRetry = noRetry()
      state.pollRetry = noRetry()
      state.session = {
        token: event.reply.session,
        epoch: event.reply.epoch,
        renewAt:
          event.sentAt + Math.max(event.reply.ttlMs / 2, event.reply.ttlMs - RENEW_BEFORE_MS),
      }
      for (const told of event.reply.attempts) reconcile(state, told, now, emit)
      return
    case 'session-failed':
      state.opening = false
      state.sessionRetry = failed(state.sessionRetry, now, random, event.failure.retryAfterMs)
      return
    case 'poll-answered':
      state.polling = false
      state.pollRetry = noRetry()
      state.handled = state.handled.filter(id => !event.handled.includes(id))
      if (event.reply.superseded) state.pollRetry.at = now + SUPERSEDED_MS * (0.5 + random / 2)
      takeOffers(state, event.reply, now, emit)
      for (const control of event.reply.controls) obey(state, control, emit)
      return
    case 'poll-failed':
      state.polling = false
      if (!endsSession(state, event.epoch, event.failure))
        state.pollRetry = failed(state.pollRetry, now, random, event.failure.retryAfterMs)
      return
    default: {
      const attempt = state.attempts[event.attempt]
      if (attempt) recordAttempt(state, attempt, event, instant, emit)
      else if (event.type === 'prepared') emit({ type: 'forget', attempt: event.attempt })
    }
  }
}

const recordAttempt = (
  state: State,
  attempt: Attempt,
  event: Extract<Event, { attempt: string }>,
  { now, random }: Instant,
  emit: Emit,
): void => {
  const isFailure = (name: string) => name.endsWith('-failed')
  if (isFailure(event.type) || event.type.endsWith('-answered') || event.type === 'granted')
    delete attempt.busy
  switch (event.type) {
    case 'prepared':
      attempt.supervisor = event.supervisor
      return
    case 'granted':
      attempt.retry = noRetry()
      // Held up for longer than the lease: whether it still stands only the server knows.
      if (now - event.sentAt >= event.ttlMs || attempt.phase !== 'accepted') return
      attempt.phase = event.needsPackages ? 'acquiring' : 'ready'
      attempt.renewedAt = event.sentAt
      attempt.ttlMs = event.ttlMs
      attempt.intervalMs = event.logIntervalMs
      if (attempt.cancel !== undefined) endUnstarted(attempt, attempt.cancel)
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
      emit({ type: 'abandon', attempt: attempt.attempt, reason: event.reason })
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
      if (attempt.killed) forget(state, attempt, emit)
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
      if (event.reply.sealed) forget(state, attempt, emit)
      else emit({ type: 'journal', entry: { type: 'settled', attempt: attempt.attempt } })
      return
    case 'claim-failed':
    case 'log-failed':
    case 'complete-failed':
      recordFailure(state, attempt, event, { now, random }, emit)
      return
  }
}

const recordFailure = (
  state: State,
  attempt: Attempt,
  event: Extract<Event, { type: 'claim-failed' | 'log-failed' | 'complete-failed' }>,
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

/** A refused credential means that the session is over, unless a newer one has begun meanwhile. */
const endsSession = (state: State, epoch: number, failure: Failure): boolean => {
  if (failure.kind !== 'refused' || failure.error !== 'unauthenticated') return false
  if (state.session?.epoch === epoch) delete state.session
  return true
}

const takeOffers = (state: State, reply: PollReply, now: number, emit: Emit): void => {
  for (const { attempt, fence } of reply.offers) {
    const known = state.attempts[attempt]
    const open = Object.values(state.attempts).filter(one => one.phase !== 'settled').length
    if (state.draining || open >= MAX_ATTEMPTS) return
    if (known && (known.phase !== 'accepted' || known.fence >= fence)) continue
    emit({ type: 'journal', entry: { type: 'accepted', attempt, fence } })
    if (known) known.fence = fence
    else {
      state.attempts[attempt] = newAttempt(attempt, fence, 'accepted', now)
      emit({ type: 'prepare', attempt })
    }
  }
}

const obey = (state: State, control: Control, emit: Emit): void => {
  if (!state.handled.includes(control.id) && state.handled.length < 100)
    state.handled.push(control.id)
  if (control.type === 'drain') state.draining = true
  else {
    const attempt = state.attempts[control.attempt]
    if (!attempt) return
    if (control.type === 'cancel') cancel(attempt, control.reason, emit)
    else if (attempt.phase === 'settled') forget(state, attempt, emit)
  }
}

const reconcile = (
  state: State,
  { attempt: id, instruction, next }: SessionReply['attempts'][number],
  now: number,
  emit: Emit,
): void => {
  const attempt = state.attempts[id]
  if (!attempt) return
  if (instruction === 'kill' || instruction === 'forget') {
    endAndForget(state, attempt, emit)
    return
  }
  attempt.acknowledged = next
  attempt.retry = noRetry()
  attempt.renewedAt = now
  if (attempt.phase === 'settled' && attempt.result) attempt.phase = 'finished'
}

const cancel = (attempt: Attempt, reason: string, emit: Emit): void => {
  if (attempt.cancel !== undefined) return
  attempt.cancel = reason
  if (attempt.phase === 'acquiring' || attempt.phase === 'ready') endUnstarted(attempt, reason)
  else if (attempt.phase === 'starting' || attempt.phase === 'running')
    emit({ type: 'cancel', attempt: attempt.attempt, reason })
}

/** Canceled between its claim and its start: nothing ran, nothing was said. */
const endUnstarted = (attempt: Attempt, reason: string): void => {
  attempt.phase = 'finished'
  attempt.result = {
    outcome: 'canceled',
    exitCode: null,
    signal: null,
    reason,
    finalOffset: 0,
    sha256: NOTHING_SHA256,
    warnings: false,
    outputs: null,
  }
}

const endAndForget = (state: State, attempt: Attempt, emit: Emit): void => {
  if (attempt.phase !== 'starting' && attempt.phase !== 'running') forget(state, attempt, emit)
  else if (!attempt.killed) {
    attempt.killed = true
    emit({ type: 'kill', attempt: attempt.attempt })
  }
}

const forget = (state: State, { attempt }: Attempt, emit: Emit): void => {
  delete state.attempts[attempt]
  emit({ type: 'journal', entry: { type: 'forgotten', attempt } })
  emit({ type: 'forget', attempt })
}
