import { and, asc, eq, sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { notFound } from '../http/problem.ts'
import { listEnvironments } from '../infrastructure/environment-store.ts'
import { type Phase, phasesOf } from './progression.ts'
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

/**
 * The phases a release has to pass, as they stand today: those of its channel's lifecycle, else of
 * its project's. Lifecycles are not part of what a release froze.
 */
export const releasePhases = async (
  db: Database,
  spaceId: string,
  release: { projectId: string; channelId: string },
): Promise<Phase[]> => {
  const [found, environments] = await Promise.all([
    db.all<{ phases: string }>(sql`SELECT l.phases AS phases FROM projects p
      LEFT JOIN channels c ON c.id = ${release.channelId} AND c.project_id = p.id
      JOIN lifecycles l ON l.id = coalesce(c.lifecycle_id, p.lifecycle_id)
      WHERE p.id = ${release.projectId} AND p.space_id = ${spaceId}`),
    listEnvironments(db, spaceId),
  ])
  const phases: unknown = JSON.parse(found[0]?.phases ?? '[]')
  return phasesOf({ phases }, environments)
}
