import { and, desc, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { notFound } from '../http/problem.ts'
import { events } from './schema.ts'

export type EventRow = typeof events.$inferSelect

export type EventFilter = {
  /** Where the caller may look; null stands for what belongs to no space. */
  spaceIds: (string | null)[]
  /** Every one of these is concerned. */
  regarding?: string[] | undefined
  /** At least one of these is concerned. */
  regardingAny?: string[] | undefined
  users?: string[] | undefined
  categories?: string[] | undefined
  /** Epoch milliseconds, inclusive. */
  from?: number | undefined
  to?: number | undefined
}

/** A page of the record, newest first. */
export const listEvents = async (
  db: Database,
  filter: EventFilter,
  page: { skip: number; take: number },
): Promise<{ rows: EventRow[]; total: number }> => {
  const where = matching(filter)
  const [rows, counted] = await db.batch([
    db
      .select()
      .from(events)
      .where(where)
      .orderBy(desc(events.sequence))
      .limit(page.take)
      .offset(page.skip),
    db.select({ total: sql<number>`count(*)` }).from(events).where(where),
  ])
  return { rows, total: counted[0]?.total ?? 0 }
}

/** @throws Problem `not_found` where the caller may not look, too */
export const getEvent = async (
  db: Database,
  id: string,
  spaceIds: (string | null)[],
): Promise<EventRow> => {
  const [row] = await db
    .select()
    .from(events)
    .where(and(sql`${events.id} = ${id} COLLATE NOCASE`, within(spaceIds)))
  if (!row) throw notFound(id)
  return row
}

const matching = (filter: EventFilter): SQL | undefined =>
  and(
    within(filter.spaceIds),
    ...(filter.regarding ?? []).map(id => concerning([id])),
    filter.regardingAny && concerning(filter.regardingAny),
    filter.users && oneOf(sql`${events.userId}`, filter.users),
    filter.categories && oneOf(sql`${events.category}`, filter.categories),
    filter.from === undefined ? undefined : sql`${events.occurredAt} >= ${filter.from}`,
    filter.to === undefined ? undefined : sql`${events.occurredAt} <= ${filter.to}`,
  )

const within = (spaceIds: (string | null)[]): SQL => {
  const list = JSON.stringify(spaceIds.filter(id => id !== null))
  const inSpaces = sql`${events.spaceId} IN (SELECT value FROM json_each(${list}))`
  return spaceIds.includes(null) ? sql`(${inSpaces} OR ${events.spaceId} IS NULL)` : inSpaces
}

const concerning = (ids: string[]): SQL =>
  sql`${events.sequence} IN (SELECT event_sequence FROM event_documents
    WHERE document_id IN (SELECT value FROM json_each(${JSON.stringify(ids)})))`

const oneOf = (column: SQL, values: string[]): SQL =>
  sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(values)}))`
