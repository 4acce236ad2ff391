import { type SQL, sql } from 'drizzle-orm'
import type { PlanPool, PlanTarget } from './plan.ts'

export type TargetRow = {
  id: string
  name: string
  runner_id: string | null
  is_disabled: number
  health_status: string
  tags: string
  hostname: string | null
}
export type PoolRow = {
  id: string
  name: string
  is_default: number
  worker_id: string | null
  worker_name: string | null
  runner_id: string | null
  runner_space_id: string | null
  health_status: string | null
}

/** @param environment a query for the environment's id */
export const selectTargets = (environment: SQL): SQL => sql`
  SELECT t.id, t.name, r.id AS runner_id, t.is_disabled, t.health_status, json_extract(r.facts, '$.hostname') AS hostname,
    (SELECT json_group_array(tag) FROM target_tags WHERE target_id = t.id) AS tags
  FROM target_environments AS te JOIN targets AS t ON t.id = te.target_id
    LEFT JOIN runners AS r ON r.id = t.runner_id AND r.revoked_at IS NULL
  WHERE te.environment_id = (${environment})`

/** A pool without an enabled worker of its own is served by the installation's shared ones.
 *  @param space a query for the space's id */
export const selectPools = (space: SQL): SQL => sql`
  SELECT p.id, p.name, p.is_default, w.id AS worker_id, w.name AS worker_name, w.health_status,
    r.id AS runner_id, r.space_id AS runner_space_id
  FROM worker_pools AS p LEFT JOIN workers AS w ON w.is_disabled = 0 AND CASE
      WHEN EXISTS (SELECT 1 FROM worker_pool_members AS m JOIN workers AS own ON own.id = m.worker_id
        WHERE m.pool_id = p.id AND own.is_disabled = 0)
      THEN w.id IN (SELECT worker_id FROM worker_pool_members WHERE pool_id = p.id)
      ELSE w.is_shared = 1 END
    LEFT JOIN runners AS r ON r.id = w.runner_id AND r.revoked_at IS NULL
  WHERE p.space_id = (${space}) ORDER BY p.sort_order, p.id, w.id`

export const toTargets = (rows: TargetRow[]): PlanTarget[] =>
  rows.map(target => ({
    id: target.id,
    name: target.name,
    runnerId: target.runner_id,
    isDisabled: target.is_disabled === 1,
    healthStatus: target.health_status,
    tags: JSON.parse(target.tags) as string[],
  }))

export const toPools = (rows: PoolRow[]): PlanPool[] => {
  const pools = new Map<string, PlanPool>()
  for (const row of rows) {
    const pool = pools.get(row.id) ?? {
      id: row.id,
      name: row.name,
      isDefault: row.is_default === 1,
      workers: [],
    }
    pools.set(row.id, pool)
    if (row.worker_id !== null)
      pool.workers.push({
        id: row.worker_id,
        name: row.worker_name ?? row.worker_id,
        runnerId: row.runner_id,
        ...(row.runner_space_id !== null && { spaceId: row.runner_space_id }),
        healthStatus: row.health_status ?? 'Unknown',
      })
  }
  return [...pools.values()]
}
