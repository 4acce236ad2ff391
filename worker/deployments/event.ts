import type { CompleteRequest, Journalled } from '../../runner/protocol/messages.ts'
import type { Choice, Responder } from '../interruptions/interruption.ts'
import type { Holder } from '../runners/locks.ts'

/** Who reports on an attempt: the session's runner and epoch, the fence it was given. */
export type Reporter = { attempt: number; fence: number; runnerId: string; epoch: number }

/** What the hub says of an attempt it was asked to offer. */
export type Offering = {
  attempt: number
  fence: number
  runnerId: string
  /** The runner's session at that time; an older one cannot claim it. */
  epoch?: number
  /** Why the runner takes no work now, if it does not. */
  refusing?: string
  /** The runner holds a poll or did moments ago. */
  isConnected: boolean
  lastSeenAt: number | null
}

export type Event =
  | { type: 'start' }
  /** What it begins with cannot be read now. */
  | { type: 'unread' }
  /** It cannot be carried out at all. */
  | { type: 'abort'; reason: string }
  | { type: 'offered'; offerings: Offering[] }
  /** Other deployments hold targets of this one; nothing was offered. `holders`: in words. */
  | { type: 'locked'; holders: string; held?: Holder[] }
  | { type: 'undispatched' }
  | ({ type: 'claim' } & Reporter)
  | ({ type: 'renew' } & Reporter)
  | ({ type: 'complete' } & Reporter &
      Pick<CompleteRequest, 'outcome' | 'exitCode' | 'reason' | 'warnings'>)
  /** Its runner was told to end it: nothing of it runs there. */
  | ({ type: 'absent' } & Reporter)
  | ({ type: 'reconcile' } & Reporter & Pick<Journalled, 'state' | 'reason'>)
  /** Log bytes of an attempt that has ended: its runner has it still. `isNew`: not here yet. */
  | ({ type: 'late-log'; isNew: boolean } & Reporter)
  /** The second time it ends finalizers too. */
  | { type: 'cancel'; by: string; reason: string }
  /** Somebody makes an interruption, by its number, their own. */
  | { type: 'take'; interruption: number; by: Responder; teamIds: string[]; takeOver: boolean }
  /** Somebody who took it answers an interruption. */
  | {
      type: 'answer'
      interruption: number
      by: Responder
      teamIds: string[]
      choice: Choice
      notes: string
    }
  /** The concurrency key was asked back; null: it is held again. */
  | { type: 'key'; waitsFor: string | null }
  /** Time has passed. */
  | { type: 'tick' }
  /** The object came up again: no lease may lapse for the time it was away. */
  | { type: 'restart' }
