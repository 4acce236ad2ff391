import { eq, sql } from 'drizzle-orm'
import type { Database, Write } from '../database/client.ts'
import { dashboard } from './schema.ts'

export type DashboardRow = typeof dashboard.$inferSelect

/** The newest deployment of a project to an environment, written with the deployment itself; what
 *  last succeeded there stays beside it. */
export const dashboardQueued = (
  db: Database,
  row: Pick<
    DashboardRow,
    | 'projectId'
    | 'environmentId'
    | 'spaceId'
    | 'deploymentId'
    | 'releaseId'
    | 'releaseVersion'
    | 'channelId'
    | 'taskId'
    | 'queuedAt'
  >,
): Write => {
  const current = {
    ...row,
    state: 'Queued',
    hasWarnings: false,
    errorMessage: '',
    startedAt: null,
    completedAt: null,
  }
  return db
    .insert(dashboard)
    .values(current)
    .onConflictDoUpdate({ target: [dashboard.projectId, dashboard.environmentId], set: current })
}

/** A transition of the deployment a cell shows; a cell that shows a newer one stays as it is. */
export const dashboardState = (
  db: Database,
  deploymentId: string,
  change: Partial<
    Pick<DashboardRow, 'state' | 'hasWarnings' | 'errorMessage' | 'startedAt' | 'completedAt'>
  >,
): Write => db.update(dashboard).set(change).where(eq(dashboard.deploymentId, deploymentId))

/** Remembers a success, also when a newer deployment already stands in the cell. */
export const dashboardSuccess = (
  db: Database,
  success: Pick<
    DashboardRow,
    'projectId' | 'environmentId' | 'deploymentId' | 'releaseId' | 'releaseVersion'
  > & {
    at: number
  },
): Write =>
  db
    .update(dashboard)
    .set({
      successDeploymentId: success.deploymentId,
      successReleaseId: success.releaseId,
      successVersion: success.releaseVersion,
      successAt: success.at,
    })
    .where(
      sql`${dashboard.projectId} = ${success.projectId}
        AND ${dashboard.environmentId} = ${success.environmentId}
        AND coalesce(${dashboard.successAt}, 0) <= ${success.at}`,
    )

/** After a finished deployment was given another state: the newest success there, or none. */
export const dashboardSuccesses = (db: Database, projectId: string, environmentId: string): Write =>
  db.run(sql`UPDATE dashboard SET
      (success_deployment_id, success_release_id, success_version, success_at) =
      (SELECT d.id, d.release_id, r.version, t.completed_at FROM deployments AS d
        JOIN tasks AS t ON t.id = d.task_id JOIN releases AS r ON r.id = d.release_id
        WHERE d.project_id = dashboard.project_id AND d.environment_id = dashboard.environment_id
          AND t.state = 'Success' ORDER BY t.completed_at DESC, d.number DESC LIMIT 1)
    WHERE project_id = ${projectId} AND environment_id = ${environmentId}`)

type Gone = { projectId: string } & ({ releaseId: string } | { deploymentId: string })

/** To be written before a release or a deployment goes: each cell that shows it gets the newest
 *  deployment, and the newest success, of what stays; without any the cell is empty. */
export const dashboardWithout = (db: Database, gone: Gone): Write[] =>
  'releaseId' in gone
    ? uncover(db, gone.projectId, gone.releaseId, 'release_id', 'release_id')
    : uncover(db, gone.projectId, gone.deploymentId, 'deployment_id', 'id')

/** `shown` is the column of a cell, `own` the one of a deployment, that holds what goes. */
const uncover = (
  db: Database,
  projectId: string,
  id: string,
  shown: 'release_id' | 'deployment_id',
  own: 'release_id' | 'id',
): Write[] => [
  db.run(sql`INSERT INTO dashboard (project_id, environment_id, space_id, deployment_id, release_id,
      release_version, channel_id, task_id, state, has_warnings, error_message, queued_at,
      started_at, completed_at)
    SELECT cell.project_id, cell.environment_id, cell.space_id, d.id, d.release_id, r.version,
      d.channel_id, t.id, t.state, t.has_warnings, t.error_message, t.queued_at, t.started_at,
      t.completed_at
    FROM dashboard AS cell
    JOIN deployments AS d ON d.id = (SELECT other.id FROM deployments AS other
      WHERE other.project_id = cell.project_id AND other.environment_id = cell.environment_id
        AND other.${sql.identifier(own)} <> ${id} ORDER BY other.number DESC LIMIT 1)
    JOIN tasks AS t ON t.id = d.task_id
    JOIN releases AS r ON r.id = d.release_id
    WHERE cell.project_id = ${projectId} AND cell.${sql.identifier(shown)} = ${id}
    ON CONFLICT (project_id, environment_id) DO UPDATE SET deployment_id = excluded.deployment_id,
      release_id = excluded.release_id, release_version = excluded.release_version,
      channel_id = excluded.channel_id, task_id = excluded.task_id, state = excluded.state,
      has_warnings = excluded.has_warnings, error_message = excluded.error_message,
      queued_at = excluded.queued_at, started_at = excluded.started_at,
      completed_at = excluded.completed_at`),
  db.run(
    sql`DELETE FROM dashboard WHERE project_id = ${projectId} AND ${sql.identifier(shown)} = ${id}`,
  ),
  db.run(sql`UPDATE dashboard SET
      (success_deployment_id, success_release_id, success_version, success_at) =
      (SELECT d.id, d.release_id, r.version, t.completed_at FROM deployments AS d
        JOIN tasks AS t ON t.id = d.task_id JOIN releases AS r ON r.id = d.release_id
        WHERE d.project_id = dashboard.project_id AND d.environment_id = dashboard.environment_id
          AND d.${sql.identifier(own)} <> ${id} AND t.state = 'Success' ORDER BY d.number DESC LIMIT 1)
    WHERE project_id = ${projectId} AND ${sql.identifier(`success_${shown}`)} = ${id}`),
]
