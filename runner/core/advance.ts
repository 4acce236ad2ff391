import { LOG_CHUNK_BYTES, MAX_ABSENT } from '../protocol/limits.ts'
import type { Journalled } from '../protocol/messages.ts'
import type { Effect } from './events.ts'
import { type Attempt, type State, TAIL_BYTES } from './state.ts'

/** Settled attempts in a session request; each asks an object at the server. */
const MAX_SETTLED = 100

/** Begins, in `state`, whatever is due at `now`, and says so. Asking twice begins nothing twice. */
export const advance = (state: State, now: number, emit: (effect: Effect) => void): void => {
  if (sessionDue(state, now)) {
    state.opening = true
    emit({ type: 'open-session', attempts: listed(state) })
  }
  if (!state.session) return
  for (const attempt of Object.values(state.attempts)) advanceAttempt(attempt, now, emit)
  if (state.absent.length > 0 && !state.isReporting && now >= state.absenceRetry.at) {
    state.isReporting = true
    emit({ type: 'report-absence', absent: state.absent.slice(0, MAX_ABSENT) })
  }
  if (pollDue(state, now)) {
    state.polling = true
    emit({
      type: 'poll',
      accepted: Object.values(state.attempts)
        .filter(one => ['accepted', 'acquiring', 'ready', 'starting'].includes(one.phase))
        .slice(0, 100)
        .map(one => one.attempt),
      handled: [...state.handled],
      ...(state.report && { report: state.report }),
    })
  }
}

/** When there will be something to do, if nothing happens before. */
export const wakeAt = (state: State): number => {
  const times: number[] = []
  if (!state.session && !state.opening) times.push(state.sessionRetry.at)
  if (state.session) {
    if (!state.opening && !state.polling)
      times.push(Math.max(state.session.renewAt, state.sessionRetry.at))
    if (!state.polling && !state.opening) times.push(state.pollRetry.at)
    if (state.absent.length > 0 && !state.isReporting) times.push(state.absenceRetry.at)
    for (const attempt of Object.values(state.attempts)) {
      times.push(attemptDueAt(attempt))
      if (attempt.phase === 'acquiring' && !attempt.isAcquiring) times.push(attempt.acquireRetry.at)
    }
  }
  return Math.min(...times)
}

const sessionDue = (state: State, now: number) =>
  !state.opening &&
  now >= state.sessionRetry.at &&
  (!state.session || (now >= state.session.renewAt && !state.polling))

/** None is begun while the session is about to change: the new epoch would end it. */
const pollDue = (state: State, now: number) =>
  !state.polling &&
  !state.opening &&
  now >= state.pollRetry.at &&
  state.session !== undefined &&
  (now < state.session.renewAt || now < state.sessionRetry.at)

const advanceAttempt = (attempt: Attempt, now: number, emit: (effect: Effect) => void): void => {
  const { attempt: id, fence } = attempt
  if (attempt.phase === 'acquiring' && !attempt.isAcquiring && now >= attempt.acquireRetry.at) {
    attempt.isAcquiring = true
    emit({ type: 'acquire', attempt: id })
  }
  if (attempt.phase === 'ready' && attempt.supervisor) {
    attempt.phase = 'starting'
    const { supervisor, maximumReboots, reboots, spooled } = attempt
    const entry = { attempt: id, supervisor, ...(maximumReboots && { maximumReboots }) }
    emit({ type: 'journal', entry: { type: 'starting', ...entry } })
    const before = { ...(spooled > 0 && { logged: spooled }), ...(reboots && { reboots }) }
    emit({ type: 'launch', attempt: id, ...before })
  }
  if (now < attemptDueAt(attempt)) return
  if (attempt.phase === 'accepted') {
    attempt.busy = 'claim'
    emit({ type: 'claim', attempt: id, fence })
    return
  }
  const unsent = attempt.spooled - attempt.acknowledged
  if (attempt.phase === 'finished' && attempt.result && unsent <= TAIL_BYTES) {
    const artifact = attempt.result.artifacts?.[attempt.handedIn]
    if (artifact) {
      attempt.busy = 'hand-in'
      emit({ type: 'hand-in', attempt: id, fence, artifact })
      return
    }
    attempt.busy = 'complete'
    emit({
      type: 'complete',
      attempt: id,
      fence,
      from: attempt.acknowledged,
      result: attempt.result,
    })
    return
  }
  const limit = Math.max(0, Math.min(unsent, LOG_CHUNK_BYTES))
  attempt.busy = 'upload'
  const isBinding = attempt.maximumReboots !== undefined && limit > 0
  emit({
    type: 'upload',
    attempt: id,
    fence,
    offset: attempt.acknowledged,
    limit,
    ...(isBinding && { isBinding }),
  })
}

const attemptDueAt = (attempt: Attempt): number => {
  const { phase, busy, retry, spooled, acknowledged, killed } = attempt
  if (busy || killed || phase === 'settled') return Number.POSITIVE_INFINITY
  if (phase === 'accepted' || phase === 'finished') return retry.at
  const renewal = attempt.renewedAt + attempt.ttlMs / 3
  const unsent = spooled - acknowledged
  if (unsent <= 0) return Math.max(retry.at, renewal)
  if (unsent >= LOG_CHUNK_BYTES) return retry.at
  return Math.max(retry.at, Math.min(renewal, attempt.uploadAt))
}

/** All whose outcome is still open; of the others, which only wait for their seal, the newest. */
const listed = ({ attempts }: State): Journalled[] => {
  const all = Object.values(attempts)
  const open = all.filter(({ phase }) => phase !== 'settled')
  const settled = all.filter(({ phase }) => phase === 'settled').slice(-MAX_SETTLED)
  return [...open, ...settled].map(journalled)
}

const journalled = (attempt: Attempt): Journalled => {
  const { phase, result } = attempt
  const common = {
    attempt: attempt.attempt,
    fence: attempt.fence,
    acknowledged: attempt.acknowledged,
  }
  if (phase === 'starting' || phase === 'running') return { ...common, state: phase }
  if (phase === 'accepted' || phase === 'acquiring' || phase === 'ready')
    return { ...common, state: 'accepted' }
  if (result?.outcome !== 'unknown') return { ...common, state: 'finished' }
  return { ...common, state: 'unknown', ...(result.reason && { reason: result.reason }) }
}
