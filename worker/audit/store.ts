import { and, count, desc, eq, or, type SQL, sql } from 'drizzle-orm'
import type { RoleGrant } from '../access/principal.ts'
import type { Database } from '../database/client.ts'
import { notFound } from '../http/problem.ts'
import { events } from './schema.ts'

export type EventRow = typeof events.$inferSelect

export type EventFilter = {
  /** The grants by which the caller may look; each may be narrowed to projects and environments. */
  grants: RoleGrant[]
  /** Only what belongs to this space. */
  spaceId?: string | undefined
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

export const countEvents = async (db: Database): Promise<number> => {
  const [row] = await db.select({ total: count() }).from(events)
  return row?.total ?? 0
}

/** The categories of the latest rows, for a choice; not worth reading the whole record. */
export const listCategories = async (db: Database): Promise<string[]> => {
  const rows = await db.all<{ category: string }>(sql`
    SELECT DISTINCT category FROM
      (SELECT category FROM events ORDER BY sequence DESC LIMIT ${LATEST}) ORDER BY category`)
  return rows.map(({ category }) => category)
}

const LATEST = 1_000

/** @throws Problem `not_found` where the caller may not look, too */
export const getEvent = async (
  db: Database,
  id: string,
  filter: Pick<EventFilter, 'grants' | 'spaceId'>,
): Promise<EventRow> => {
  const [row] = await db
    .select()
    .from(events)
    .where(and(eq(events.sequence, sequenceOf(id)), matching(filter)))
  if (!row) throw notFound(id)
  return row
}

/** `Events-12`, in any case; anything else is the id of none. */
const sequenceOf = (id: string): number => Number(/^events-([1-9]\d{0,14})$/i.exec(id)?.[1] ?? 0)

const matching = (filter: EventFilter): SQL | undefined =>
  and(
    or(sql`0`, ...filter.grants.map(reachedBy)),
    filter.spaceId === undefined ? undefined : eq(events.spaceId, filter.spaceId),
    ...(filter.regarding ?? []).map(id => concerning([id])),
    filter.regardingAny && concerning(filter.regardingAny),
    filter.users && oneOf(sql`${events.userId}`, filter.users),
    filter.categories && oneOf(sql`${events.category}`, filter.categories),
    filter.from === undefined ? undefined : sql`${events.occurredAt} >= ${filter.from}`,
    filter.to === undefined ? undefined : sql`${events.occurredAt} <= ${filter.to}`,
  )

/** A grant for all spaces reaches what belongs to none as well. */
const reachedBy = ({ spaceId, projectIds, environmentIds }: RoleGrant): SQL | undefined =>
  and(
    spaceId === null ? sql`1` : eq(events.spaceId, spaceId),
    projectIds.length === 0 ? undefined : concerning(projectIds),
    environmentIds.length === 0 ? undefined : concerning(environmentIds),
  )

const concerning = (ids: string[]): SQL =>
  sql`${events.sequence} IN (SELECT event_sequence FROM event_documents
    WHERE document_id IN (SELECT value FROM json_each(${JSON.stringify(ids)})))`

const oneOf = (column: SQL, values: string[]): SQL =>
  sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(values)}))`
