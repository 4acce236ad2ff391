import { and, asc, eq, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { notFound } from '../http/problem.ts'
import { runners } from '../runners/schema.ts'
import { workerPools, workers } from './schema.ts'

export type PoolRow = typeof workerPools.$inferSelect
export type WorkerRow = Awaited<ReturnType<typeof selectWorkers>>[number]

/** The pools of a space in sort order. */
export const listPools = (db: Database, spaceId: string): Promise<PoolRow[]> =>
  db
    .select()
    .from(workerPools)
    .where(eq(workerPools.spaceId, spaceId))
    .orderBy(asc(workerPools.sortOrder), asc(workerPools.name))
    .limit(1_000)

/** By id, slug or name; null is the default pool.
 *  @throws Problem `not_found` */
export const getPool = async (
  db: Database,
  spaceId: string,
  reference: string | null,
): Promise<PoolRow> => {
  const [row] = await db
    .select()
    .from(workerPools)
    .where(
      and(
        eq(workerPools.spaceId, spaceId),
        reference === null
          ? eq(workerPools.isDefault, true)
          : sql`(${workerPools.id} = ${reference} COLLATE NOCASE
              OR ${workerPools.slug} = ${reference.toLowerCase()}
              OR ${workerPools.name} = ${reference})`,
      ),
    )
    .limit(1)
  if (!row) throw notFound(reference ?? 'default worker pool')
  return row
}

const selectWorkers = (db: Database, where: SQL | undefined) =>
  db
    .select({
      id: workers.id,
      spaceId: workers.spaceId,
      name: workers.name,
      slug: workers.slug,
      runnerId: workers.runnerId,
      isDisabled: workers.isDisabled,
      healthStatus: workers.healthStatus,
      statusSummary: workers.statusSummary,
      createdAt: workers.createdAt,
      runnerFacts: runners.facts,
      lastSeenAt: runners.lastSeenAt,
      poolIds: sql<string>`(SELECT json_group_array(pool_id) FROM worker_pool_members
        WHERE worker_id = workers.id)`.mapWith(
        value => JSON.parse(String(value ?? '[]')) as string[],
      ),
    })
    .from(workers)
    .leftJoin(runners, eq(runners.id, workers.runnerId))
    .where(where)
    .orderBy(asc(workers.name))
    .limit(10_000)

export const listWorkers = (db: Database, spaceId: string): Promise<WorkerRow[]> =>
  selectWorkers(db, eq(workers.spaceId, spaceId))

/** The members of a pool, disabled and unhealthy ones too; null is the default pool. */
export const listPoolWorkers = (
  db: Database,
  spaceId: string,
  poolId: string | null,
): Promise<WorkerRow[]> =>
  selectWorkers(
    db,
    and(
      eq(workers.spaceId, spaceId),
      poolId === null
        ? sql`workers.id IN (SELECT m.worker_id FROM worker_pool_members m
            JOIN worker_pools p ON p.id = m.pool_id
            WHERE p.space_id = ${spaceId} AND p.is_default = 1)`
        : sql`workers.id IN (SELECT worker_id FROM worker_pool_members WHERE pool_id = ${poolId})`,
    ),
  )

/** By id or name.
 *  @throws Problem `not_found` */
export const getWorker = async (
  db: Database,
  spaceId: string,
  reference: string,
): Promise<WorkerRow> => {
  const [row] = await selectWorkers(
    db,
    and(
      eq(workers.spaceId, spaceId),
      sql`(workers.id = ${reference} COLLATE NOCASE OR workers.name = ${reference})`,
    ),
  )
  if (!row) throw notFound(reference)
  return row
}
