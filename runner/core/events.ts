import type { JournalEntry, JournalledAttempt } from '../journal.ts'
import type { ProcessIdentity } from '../process/identity.ts'
import type {
  Absent,
  CompleteReply,
  Journalled,
  LogReply,
  PollReply,
  Report,
  SessionReply,
} from '../protocol/messages.ts'
import type { Refusal } from '../protocol/refusal.ts'
import type { Result } from '../result.ts'

/** `lost`: no answer, or none that can be understood: ask again. `refused`: the server said no. */
export type Failure =
  | { kind: 'lost'; retryAfterMs?: number }
  | { kind: 'refused'; error: Refusal['error']; next?: number; retryAfterMs?: number }

/** What was found of a journalled attempt when the runner came up. */
export type Recovered = Pick<JournalledAttempt, 'attempt' | 'fence' | 'supervisor'> & {
  phase: 'accepted' | 'running' | 'finished' | 'settled'
  spooled: number
  result?: Result
  /** How often its host was restarted while it ran; the newest one is not in the journal yet. */
  reboots?: number
  isRestarted?: true
}

/** A file of a result, by its digest. */
export type Artifact = NonNullable<Result['artifacts']>[number]

export type Event =
  | { type: 'booted'; attempts: Recovered[] }
  | { type: 'woken' }
  | { type: 'session-opened'; reply: SessionReply; sentAt: number }
  | { type: 'session-failed'; failure: Failure }
  | { type: 'poll-answered'; reply: PollReply; handled: string[] }
  | { type: 'poll-failed'; epoch: number; failure: Failure }
  /** A binding entry could not be written. Nothing else of the attempt was carried out after it. */
  | { type: 'journal-failed'; attempt: string; reason: string }
  /** What the machine is like now; with a `problem` no new work is taken. */
  | { type: 'inspected'; report: Report }
  /** The supervisor that was set aside for it went away before anything was started. */
  | { type: 'supervisor-gone'; attempt: string }
  | { type: 'prepared'; attempt: string; supervisor: ProcessIdentity }
  | {
      type: 'granted'
      attempt: string
      sentAt: number
      ttlMs: number
      logIntervalMs: number
      needsPackages: boolean
      /** So many restarts of its host it is to outlive. */
      maximumReboots?: number
    }
  | { type: 'acquired'; attempt: string }
  | { type: 'acquire-failed'; attempt: string; reason: string }
  | { type: 'claim-failed'; attempt: string; epoch: number; failure: Failure }
  | { type: 'launched'; attempt: string }
  | { type: 'spooled'; attempt: string; bytes: number }
  | { type: 'ended'; attempt: string; result: Result }
  | { type: 'log-answered'; attempt: string; sentAt: number; reply: LogReply }
  | { type: 'log-failed'; attempt: string; epoch: number; failure: Failure }
  /** An artifact has been handed in. */
  | { type: 'hand-in-answered'; attempt: string; sentAt: number }
  | { type: 'hand-in-failed'; attempt: string; epoch: number; failure: Failure }
  /** Settled for so long that its log need not be kept for the server any more. */
  | { type: 'expired'; attempt: string }
  | { type: 'absence-answered'; absent: Absent[] }
  | { type: 'absence-failed'; epoch: number; failure: Failure }
  | { type: 'complete-answered'; attempt: string; reply: CompleteReply }
  | { type: 'complete-failed'; attempt: string; epoch: number; failure: Failure }

/** Carried out in order; a `journal` is on disk before the next one begins. Every request is
 *  answered by exactly one event. */
export type Effect =
  | { type: 'journal'; entry: JournalEntry }
  | { type: 'open-session'; attempts: Journalled[] }
  | { type: 'poll'; accepted: string[]; handled: string[]; report?: Report }
  /** Have a supervisor at hand: answered by `prepared`. */
  | { type: 'prepare'; attempt: string }
  | { type: 'claim'; attempt: string; fence: number }
  /** Fetch and check the packages of its grant. */
  | { type: 'acquire'; attempt: string }
  /** Settle it before its start, with what it has of a log: answered by `ended`. */
  | { type: 'abandon'; attempt: string; outcome: 'canceled' | 'failed'; reason: string }
  /** Hand the grant to the prepared supervisor: `launched`, then `spooled`s, then `ended`. */
  | ({ type: 'launch'; attempt: string } & Before)
  /** Watch a supervisor of an earlier daemon: `spooled`s, then `ended`. */
  | { type: 'adopt'; attempt: string; supervisor: ProcessIdentity }
  /** Without `limit` bytes to send it only renews the lease. */
  | {
      type: 'upload'
      attempt: string
      fence: number
      offset: number
      limit: number
      /** What is sent must not be lost with the power: its log goes on after a restart. */
      isBinding?: true
    }
  /** Send a file that the step handed in, before its completion. */
  | { type: 'hand-in'; attempt: string; fence: number; artifact: Artifact }
  | { type: 'complete'; attempt: string; fence: number; from: number; result: Result }
  /** Tell that what was to be ended has ended. */
  | { type: 'report-absence'; absent: Absent[] }
  | { type: 'cancel'; attempt: string; reason: string }
  | { type: 'kill'; attempt: string }
  /** Delete spool, grant and whatever else is kept of it. */
  | { type: 'forget'; attempt: string }

/** What an attempt has behind it when its supervisor gets it: bytes of its log, and restarts of its
 *  host that it was declared to outlive. */
export type Before = { logged?: number; reboots?: number }

export type Instant = { now: number; random: number }
