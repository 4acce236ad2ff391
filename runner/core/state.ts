import type { ProcessIdentity } from '../process/identity.ts'
import { LEASE_TTL_MS, LOG_INTERVAL_MS } from '../protocol/limits.ts'
import type { Absent, Report } from '../protocol/messages.ts'
import type { Result } from '../result.ts'

/** How many attempts one runner carries at once; further offers wait at the server. */
export const MAX_ATTEMPTS = 50

/** Bytes that appear are sent this soon, in milliseconds: long enough that a step which ends at
 *  once sends its whole log with its completion. */
export const FIRST_BYTES_MS = 15

/** A rest of the log up to this many bytes rides in the completion. */
export const TAIL_BYTES = 262_144

/** Failures in a row, since when, and when the next try is due. */
export type Retry = { failures: number; since: number; at: number }

/**
 * - `accepted`: journalled, not granted. `acquiring`: granted, its packages are being fetched.
 * - `ready`: has all it needs but perhaps its supervisor.
 * - `starting`: journalled as such and handed over. `running`: the supervisor has it.
 * - `finished`: the outcome is known and must reach the server.
 * - `settled`: the server has the outcome; the spool is kept until its log is sealed.
 */
export type Phase =
  | 'accepted'
  | 'acquiring'
  | 'ready'
  | 'starting'
  | 'running'
  | 'finished'
  | 'settled'

export type Attempt = {
  attempt: string
  fence: number
  phase: Phase
  supervisor?: ProcessIdentity
  /** The request under way; there is one at a time. */
  busy?: 'claim' | 'upload' | 'hand-in' | 'complete'
  /** Packages are on their way; a failed way is tried again at `acquireRetry`. */
  isAcquiring?: boolean
  acquireRetry: Retry
  retry: Retry
  /** How often in a row the server did not know of it. */
  refusals: number
  ttlMs: number
  intervalMs: number
  /** When the last renewing request was sent. */
  renewedAt: number
  uploadAt: number
  acknowledged: number
  /** Bytes of whole records seen on disk. */
  spooled: number
  result?: Result
  /** How many of the result's artifacts the server has. */
  handedIn: number
  cancel?: string
  /** Of a step that expects its host to be restarted: how often it may be, and how often it was. */
  maximumReboots?: number
  reboots?: number
  /** Told to end it and forget it. */
  killed?: true
  /** Its log is safe, told before the answer to its completion came. */
  isSealed?: true
}

export type Session = { token: string; epoch: number; renewAt: number }

export type State = {
  session?: Session
  opening: boolean
  sessionRetry: Retry
  polling: boolean
  pollRetry: Retry
  draining: boolean
  /** How the machine was found when it was last looked at. */
  report?: Report
  handled: string[]
  /** Ended because the server wanted it: nothing of them runs here, which is news to it. */
  absent: Absent[]
  isReporting: boolean
  absenceRetry: Retry
  attempts: Record<string, Attempt>
}

export const noRetry = (): Retry => ({ failures: 0, since: 0, at: 0 })

export const initialState = (): State => ({
  opening: false,
  sessionRetry: noRetry(),
  polling: false,
  pollRetry: noRetry(),
  draining: false,
  handled: [],
  absent: [],
  isReporting: false,
  absenceRetry: noRetry(),
  attempts: {},
})

export const newAttempt = (attempt: string, fence: number, phase: Phase, now: number): Attempt => ({
  attempt,
  fence,
  phase,
  acquireRetry: noRetry(),
  retry: noRetry(),
  refusals: 0,
  ttlMs: LEASE_TTL_MS,
  intervalMs: LOG_INTERVAL_MS,
  renewedAt: now,
  uploadAt: 0,
  acknowledged: 0,
  spooled: 0,
  handedIn: 0,
})

/** A copy deep enough to be changed freely. */
export const draftOf = (state: State): State => ({
  ...state,
  handled: [...state.handled],
  absent: [...state.absent],
  attempts: Object.fromEntries(
    Object.entries(state.attempts).map(([id, attempt]) => [id, { ...attempt }]),
  ),
})
