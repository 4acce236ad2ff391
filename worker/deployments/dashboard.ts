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
