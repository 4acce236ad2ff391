import { sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { environmentResource } from './environment.ts'
import type { EnvironmentRow } from './environment-store.ts'

type Counted = { environmentId: string; healthStatus: string; isDisabled: number; total: number }

/** Counts of targets by environment and health; a target in two environments counts in both. */
export const summarize = async (environments: EnvironmentRow[], db: Database, spaceId: string) => {
  const rows = await db.all<Counted>(sql`
    SELECT e.environment_id AS environmentId, t.health_status AS healthStatus,
      t.is_disabled AS isDisabled, count(*) AS total
    FROM targets t JOIN target_environments e ON e.target_id = t.id
    WHERE t.space_id = ${spaceId} GROUP BY 1, 2, 3`)
  const EnvironmentSummaries = environments.map(environment => {
    const own = rows.filter(row => row.environmentId === environment.id)
    const health: Record<string, number> = {}
    for (const { healthStatus, isDisabled, total } of own)
      if (!isDisabled) health[healthStatus] = (health[healthStatus] ?? 0) + total
    return {
      Environment: environmentResource(environment),
      TotalMachines: sum(own),
      TotalDisabledMachines: sum(own.filter(row => row.isDisabled)),
      MachineHealthStatusSummaries: health,
    }
  })
  return {
    TotalMachines: EnvironmentSummaries.reduce((total, each) => total + each.TotalMachines, 0),
    TotalDisabledMachines: EnvironmentSummaries.reduce(
      (total, each) => total + each.TotalDisabledMachines,
      0,
    ),
    EnvironmentSummaries,
  }
}

const sum = (rows: Counted[]) => rows.reduce((total, row) => total + row.total, 0)
