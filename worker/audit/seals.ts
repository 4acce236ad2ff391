import { asc, desc, gt, lte, sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { failedWith } from '../database/guard.ts'
import { auditKey, type Seal, type StoredEvent, sealOf } from './link.ts'
import { auditSeals, events } from './schema.ts'

/** How many rows are sealed by one write, at most. */
const BATCH = 500
/** In one tick, at most; the rest waits for the next. */
const BATCHES = 20

/** A row as it is stored, for a query. */
export const STORED = {
  sequence: events.sequence,
  spaceId: events.spaceId,
  occurredAt: events.occurredAt,
  userId: events.userId,
  username: events.username,
  category: events.category,
  message: events.message,
  documentIds: sql<string>`${events.documentIds}`,
  details: sql<string>`${events.details}`,
  establishedWith: events.establishedWith,
  userAgent: events.userAgent,
  address: events.address,
  nonce: events.nonce,
  mac: events.mac,
}

/**
 * Seals the rows that are younger than the last seal, in their order. Sealing is no part of the
 * change itself: a seal needs the one before, which would take a round trip within each transaction.
 * Two at once are safe: the second finds its rows sealed. Answers how many it sealed.
 */
export const sealEvents = async (db: Database, masterKey: string): Promise<number> => {
  let count = 0
  for (let batch = 0; batch < BATCHES; batch++) {
    const sealed = await sealBatch(db, masterKey)
    count += sealed
    if (sealed < BATCH) break
  }
  return count
}

const sealBatch = async (db: Database, masterKey: string): Promise<number> => {
  const [heads, rows] = await db.batch([
    db.select().from(auditSeals).orderBy(desc(auditSeals.sequence)).limit(1),
    db
      .select(STORED)
      .from(events)
      .where(gt(events.sequence, sql`(SELECT coalesce(max(sequence), 0) FROM audit_seals)`))
      .orderBy(asc(events.sequence))
      .limit(BATCH),
  ])
  const seals = sealsAfter(masterKey, heads[0]?.hash ?? '', rows)
  if (seals.length === 0) return 0
  try {
    await db.run(sql`INSERT INTO audit_seals (sequence, hash)
      SELECT value ->> 'sequence', value ->> 'hash' FROM json_each(${JSON.stringify(seals)})`)
    return seals.length
  } catch (error) {
    if (failedWith(error, 'sealed already')) return 0
    throw error
  }
}

const sealsAfter = (masterKey: string, before: string, rows: StoredEvent[]): Seal[] => {
  const key = auditKey(masterKey)
  let hash = before
  return rows.map(row => {
    hash = sealOf(key, hash, row.sequence, row)
    return { sequence: row.sequence, hash }
  })
}

/** The last seal there is, or the last up to some row. */
export const lastSeal = async (db: Database, upTo?: number): Promise<Seal | undefined> => {
  const [seal] = await db
    .select()
    .from(auditSeals)
    .where(upTo === undefined ? undefined : lte(auditSeals.sequence, upTo))
    .orderBy(desc(auditSeals.sequence))
    .limit(1)
  return seal
}
