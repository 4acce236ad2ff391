import { and, asc, eq, sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { notFound } from '../http/problem.ts'
import { environments } from './schema.ts'

export type EnvironmentRow = typeof environments.$inferSelect

/** A space has at most this many environments; lists are read whole. */
export const MAX_ENVIRONMENTS = 1_000

/** The environments of a space in sort order. */
export const listEnvironments = (db: Database, spaceId: string): Promise<EnvironmentRow[]> =>
  db
    .select()
    .from(environments)
    .where(eq(environments.spaceId, spaceId))
    .orderBy(asc(environments.sortOrder), asc(environments.name))
    .limit(MAX_ENVIRONMENTS)

/** By id, slug or name; an id goes before a slug, a slug before a name. */
export const findEnvironment = async (
  db: Database,
  spaceId: string,
  reference: string,
): Promise<EnvironmentRow | undefined> => {
  const lower = reference.toLowerCase()
  const [row] = await db
    .select()
    .from(environments)
    .where(
      and(
        eq(environments.spaceId, spaceId),
        sql`(${environments.id} = ${reference} COLLATE NOCASE OR ${environments.slug} = ${lower}
          OR ${environments.name} = ${reference})`,
      ),
    )
    .orderBy(
      sql`CASE WHEN lower(${environments.id}) = ${lower} THEN 0
        WHEN ${environments.slug} = ${lower} THEN 1 ELSE 2 END`,
    )
    .limit(1)
  return row
}

/** @throws Problem `not_found` */
export const getEnvironment = async (
  db: Database,
  spaceId: string,
  reference: string,
): Promise<EnvironmentRow> => {
  const row = await findEnvironment(db, spaceId, reference)
  if (!row) throw notFound(reference)
  return row
}
