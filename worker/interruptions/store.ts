import { and, asc, count, desc, eq, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import type { Page } from '../http/paging.ts'
import { notFound } from '../http/problem.ts'
import { type Reach, withinReach } from '../tasks/visibility.ts'
import { interruptions } from './schema.ts'

export type InterruptionRow = typeof interruptions.$inferSelect

export type InterruptionFilter = {
  ids?: string[]
  /** A task, deployment, project or environment. */
  regarding?: string[]
  isPending?: boolean
  /** Only what the caller may see. */
  reach?: Reach
}

/** Newest first. */
export const listInterruptions = async (
  db: Database,
  spaceId: string,
  filter: InterruptionFilter,
  page: Page,
): Promise<{ rows: InterruptionRow[]; total: number }> => {
  const columns = { project: interruptions.projectId, environment: interruptions.environmentId }
  const where = and(
    eq(interruptions.spaceId, spaceId),
    ...conditions(filter),
    withinReach(columns, filter.reach),
  )
  const [rows, totals] = await db.batch([
    db
      .select()
      .from(interruptions)
      .where(where)
      .orderBy(desc(interruptions.createdAt), desc(interruptions.id))
      .limit(page.take)
      .offset(page.skip),
    db.select({ total: count() }).from(interruptions).where(where),
  ])
  return { rows, total: totals[0]?.total ?? 0 }
}

const conditions = ({ ids, regarding, isPending }: InterruptionFilter): (SQL | undefined)[] => [
  ...(ids === undefined ? [] : [among(sql`${interruptions.id}`, ids)]),
  ...(regarding === undefined
    ? []
    : [
        or(
          among(sql`${interruptions.deploymentId}`, regarding),
          among(sql`${interruptions.taskId}`, regarding),
          among(sql`${interruptions.projectId}`, regarding),
          among(sql`${interruptions.environmentId}`, regarding),
        ),
      ]),
  ...(isPending ? [eq(interruptions.state, 'Pending')] : []),
]

const among = (column: SQL, values: string[]): SQL =>
  sql`${column} COLLATE NOCASE IN (SELECT value FROM json_each(${JSON.stringify(values)}))`

/** @throws Problem `not_found` */
export const getInterruption = async (
  db: Database,
  spaceId: string,
  id: string,
): Promise<InterruptionRow> => {
  const [row] = await db
    .select()
    .from(interruptions)
    .where(and(sql`${interruptions.id} = ${id} COLLATE NOCASE`, eq(interruptions.spaceId, spaceId)))
    .limit(1)
  if (!row) throw notFound(id)
  return row
}

/** What a deployment has asked so far, the oldest first. */
export const interruptionsOf = (db: Database, deploymentId: string): Promise<InterruptionRow[]> =>
  db
    .select()
    .from(interruptions)
    .where(eq(interruptions.deploymentId, deploymentId))
    .orderBy(asc(interruptions.createdAt), asc(interruptions.id))
    .limit(1_000)
