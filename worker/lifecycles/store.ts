import { and, asc, eq, sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { notFound } from '../http/problem.ts'
import { lifecycles } from './schema.ts'

export type LifecycleRow = typeof lifecycles.$inferSelect

/** The lifecycles of a space by name. */
export const listLifecycles = (db: Database, spaceId: string): Promise<LifecycleRow[]> =>
  db
    .select()
    .from(lifecycles)
    .where(eq(lifecycles.spaceId, spaceId))
    .orderBy(asc(lifecycles.name))
    .limit(10_000)

/** By id, slug or name. */
export const findLifecycle = async (
  db: Database,
  spaceId: string,
  reference: string,
): Promise<LifecycleRow | undefined> => {
  const [row] = await db
    .select()
    .from(lifecycles)
    .where(
      and(
        eq(lifecycles.spaceId, spaceId),
        sql`(${lifecycles.id} = ${reference} COLLATE NOCASE
          OR ${lifecycles.slug} = ${reference.toLowerCase()} OR ${lifecycles.name} = ${reference})`,
      ),
    )
    .limit(1)
  return row
}

/** @throws Problem `not_found` */
export const getLifecycle = async (
  db: Database,
  spaceId: string,
  reference: string,
): Promise<LifecycleRow> => {
  const row = await findLifecycle(db, spaceId, reference)
  if (!row) throw notFound(reference)
  return row
}
