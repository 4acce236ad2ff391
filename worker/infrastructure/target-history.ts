import { sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'

export type EnvironmentDeployment = {
  deploymentId: string
  projectId: string
  project: string
  version: string
  environmentId: string
  environment: string
  state: string
  hasWarnings: boolean
  at: number
}

/** The newest deployments to any of these environments. By SQL alone: deployments stand above the
 *  infrastructure, whose code does not know them. */
export const deploymentsTo = async (
  db: Database,
  environmentIds: string[],
  limit: number,
): Promise<EnvironmentDeployment[]> => {
  const rows = await db.all<Omit<EnvironmentDeployment, 'hasWarnings'> & { hasWarnings: number }>(
    sql`SELECT d.id AS deploymentId, p.id AS projectId, p.name AS project, r.version AS version,
        e.id AS environmentId, e.name AS environment, t.state AS state,
        t.has_warnings AS hasWarnings,
        coalesce(t.completed_at, t.started_at, t.queued_at) AS at
      FROM deployments d JOIN tasks t ON t.id = d.task_id JOIN projects p ON p.id = d.project_id
        JOIN releases r ON r.id = d.release_id JOIN environments e ON e.id = d.environment_id
      WHERE d.environment_id IN (SELECT value FROM json_each(${JSON.stringify(environmentIds)}))
      ORDER BY d.number DESC LIMIT ${limit}`,
  )
  return rows.map(row => ({ ...row, hasWarnings: row.hasWarnings === 1 }))
}
