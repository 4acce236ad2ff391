import { type Database, masterKeyOf, type Write } from '../database/client.ts'
import type { Context } from '../http/call.ts'
import { auditKey, macOf } from './link.ts'
import { printable } from './printable.ts'
import { events } from './schema.ts'

export type Deed = {
  spaceId: string | null
  /** Created, Modified, Deleted, DeploymentQueued, … */
  category: string
  message: string
  /** Ids of all that the deed concerns; the record is found by any of them. */
  documentIds: string[]
  /** Before and after, without secrets. */
  details?: unknown
}

/** The write that records a deed; it goes into the same commit as the change itself. */
export const record = (
  db: Database,
  { principal, origin, now }: Pick<Context, 'principal' | 'origin' | 'now'>,
  deed: Deed,
): Write[] => {
  const documentIds = [...new Set(deed.documentIds)]
  const details = deed.details ?? {}
  const row = {
    spaceId: deed.spaceId,
    occurredAt: now,
    userId: principal.id,
    username: printable(principal.username),
    category: deed.category,
    message: printable(deed.message),
    establishedWith: principal.establishedWith,
    userAgent: printable(origin.userAgent),
    address: printable(origin.address),
    nonce: crypto.randomUUID(),
  }
  const mac = macOf(auditKey(masterKeyOf(db)), {
    ...row,
    documentIds: JSON.stringify(documentIds),
    details: JSON.stringify(details),
  })
  return [db.insert(events).values({ ...row, documentIds, details, mac })]
}
