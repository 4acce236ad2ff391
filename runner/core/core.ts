import type { Absent, Control, PollReply, SessionReply } from '../protocol/messages.ts'
import { advance } from './advance.ts'
import { cancel, type Emit, endAndForget, endsSession, forget, recordAttempt } from './attempts.ts'
import type { Effect, Event, Instant } from './events.ts'
import { failed } from './retry.ts'
import { draftOf, MAX_ATTEMPTS, newAttempt, noRetry, type State } from './state.ts'

const RENEW_BEFORE_MS = 60_000
const SUPERSEDED_MS = 5_000

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
        if (found.reboots) attempt.reboots = found.reboots
        if (found.isRestarted)
          emit({ type: 'journal', entry: { type: 'restarted', attempt: found.attempt } })
        if (found.phase === 'accepted') emit({ type: 'prepare', attempt: found.attempt })
        if (found.phase === 'running' && found.supervisor)
          emit({ type: 'adopt', attempt: found.attempt, supervisor: found.supervisor })
      }
      return
    case 'woken':
      return
    case 'inspected':
      state.report = event.report
      return
    case 'session-opened':
      state.opening = false
      state.draining = false
      state.sessionRetry = noRetry()
      state.pollRetry = noRetry()
      // The list that this session began with has said it.
      state.absent = []
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
    case 'absence-answered':
      state.isReporting = false
      state.absenceRetry = noRetry()
      state.absent = state.absent.filter(one => !isAmong(one, event.absent))
      return
    case 'absence-failed':
      state.isReporting = false
      if (!endsSession(state, event.epoch, event.failure))
        state.absenceRetry = failed(state.absenceRetry, now, random, event.failure.retryAfterMs)
      return
    default: {
      const attempt = state.attempts[event.attempt]
      if (attempt) recordAttempt(state, attempt, event, instant, emit)
      else if (event.type === 'prepared') emit({ type: 'forget', attempt: event.attempt })
    }
  }
}

const isAmong = ({ attempt, fence }: Absent, list: readonly Absent[]): boolean =>
  list.some(one => one.attempt === attempt && one.fence === fence)

const takeOffers = (state: State, reply: PollReply, now: number, emit: Emit): void => {
  for (const { attempt, fence } of reply.offers) {
    const known = state.attempts[attempt]
    const open = Object.values(state.attempts).filter(one => one.phase !== 'settled').length
    if (state.draining || state.report?.problem !== undefined || open >= MAX_ATTEMPTS) return
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
    else if (attempt.phase === 'finished') attempt.isSealed = true
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
