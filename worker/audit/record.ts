import type { Database, Write } from '../database/client.ts'
import { nextNumbers } from '../database/ids.ts'
import type { Context } from '../http/call.ts'
import { eventDocuments, events } from './schema.ts'

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

/** The writes that record a deed; they go into the same commit as the change itself. */
export const record = async (
  db: Database,
  context: Pick<Context, 'principal' | 'origin' | 'now'>,
  deed: Deed,
): Promise<Write[]> => {
  const [sequence = 0] = await nextNumbers(db, 'Events', 1)
  return recordAs(db, context, deed, sequence)
}

/** The same with a number of the prefix `Events` that the caller has reserved already. */
export const recordAs = (
  db: Database,
  context: Pick<Context, 'principal' | 'origin' | 'now'>,
  deed: Deed,
  sequence: number,
): Write[] => {
  const { principal, origin, now } = context
  const documents = [...new Set(deed.documentIds)]
  return [
    db.insert(events).values({
      id: `Events-${sequence}`,
      sequence,
      spaceId: deed.spaceId,
      occurredAt: now,
      userId: principal.id,
      username: principal.username,
      category: deed.category,
      message: deed.message,
      documentIds: documents,
      details: deed.details ?? {},
      establishedWith: principal.establishedWith,
      userAgent: origin.userAgent,
      address: origin.address,
    }),
    ...documents.map(documentId =>
      db.insert(eventDocuments).values({ documentId, eventSequence: sequence }),
    ),
  ]
}
