import { and, asc, count, eq, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import type { Page } from '../http/paging.ts'
import { notFound } from '../http/problem.ts'
import { type Reach, withinReach } from '../tasks/visibility.ts'
import { artifacts } from './schema.ts'

export type ArtifactRow = typeof artifacts.$inferSelect

export type ArtifactFilter = {
  /** A task, deployment, project, environment or release. */
  regarding?: string | undefined
  partialName?: string | undefined
  /** Only what the caller may see; undefined: all. */
  reach?: Reach | undefined
}

/** A page of the files that steps handed in, in the order in which they came. */
export const listArtifacts = async (
  db: Database,
  spaceId: string,
  filter: ArtifactFilter,
  page: Page,
): Promise<{ rows: ArtifactRow[]; total: number }> => {
  const columns = { project: artifacts.projectId, environment: artifacts.environmentId }
  const where = and(
    eq(artifacts.spaceId, spaceId),
    filter.regarding === undefined ? undefined : concerns(filter.regarding),
    filter.partialName === undefined
      ? undefined
      : sql`instr(lower(${artifacts.name}), ${filter.partialName.toLowerCase()}) > 0`,
    withinReach(columns, filter.reach),
  )
  const [rows, counted] = await db.batch([
    db
      .select()
      .from(artifacts)
      .where(where)
      .orderBy(asc(artifacts.number))
      .limit(page.take)
      .offset(page.skip),
    db.select({ total: count() }).from(artifacts).where(where),
  ])
  return { rows, total: counted[0]?.total ?? 0 }
}

const concerns = (id: string): SQL | undefined =>
  or(
    eq(artifacts.taskId, id),
    eq(artifacts.deploymentId, id),
    eq(artifacts.projectId, id),
    eq(artifacts.environmentId, id),
    sql`${artifacts.deploymentId} IN (SELECT id FROM deployments WHERE release_id = ${id})`,
  )

/** @throws Problem `not_found` */
export const getArtifact = async (
  db: Database,
  spaceId: string,
  id: string,
): Promise<ArtifactRow> => {
  const [row] = await db
    .select()
    .from(artifacts)
    .where(and(eq(artifacts.spaceId, spaceId), eq(artifacts.id, id)))
  if (!row) throw notFound(id)
  return row
}

/** What one attempt has handed in so far. */
export const listArtifactsOf = (db: Database, attempt: string): Promise<ArtifactRow[]> =>
  db.select().from(artifacts).where(eq(artifacts.attempt, attempt)).limit(1_000)
