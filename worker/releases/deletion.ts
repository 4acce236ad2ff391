import { eq, type SQL, sql } from 'drizzle-orm'
import { authorize } from '../access/authorization.ts'
import { record } from '../audit/record.ts'
import { commit, type Database, type Write } from '../database/client.ts'
import { guard, isGuardFailure } from '../database/guard.ts'
import { deployments } from '../deployments/schema.ts'
import type { Context } from '../http/call.ts'
import { Problem } from '../http/problem.ts'
import { type ReleaseRow, removeRelease } from './store.ts'

/**
 * Takes a release away with its deployments and their tasks; packages and the audit record stay.
 * The dashboard shows again what stood there before.
 * @throws Problem `conflict` while one of its deployments waits or runs, `forbidden`
 */
export const deleteRelease = async (context: Context, release: ReleaseRow): Promise<void> => {
  const { db } = context
  const { id, spaceId, projectId, version } = release
  authorize(context.principal, 'ReleaseDelete', { spaceId, projectId })
  const made = await db
    .select({ id: deployments.id, taskId: deployments.taskId })
    .from(deployments)
    .where(eq(deployments.releaseId, id))
  try {
    await commit(db, [
      guard(db, hasEnded(id)),
      ...uncover(db, release),
      db.delete(deployments).where(eq(deployments.releaseId, id)),
      db.run(sql`DELETE FROM tasks WHERE id IN
        (SELECT value FROM json_each(${JSON.stringify(made.map(each => each.taskId))}))`),
      removeRelease(db, id),
      ...(await record(db, context, {
        spaceId,
        category: 'Deleted',
        message: `Deleted release ${version}`,
        documentIds: [id, projectId],
        details: { version, selectedPackages: release.selectedPackages },
      })),
    ])
  } catch (error) {
    if (!isGuardFailure(error)) throw error
    throw new Problem(
      'conflict',
      `A deployment of release ${version} waits or runs; cancel its task first.`,
    )
  }
}

const hasEnded = (releaseId: string): SQL => sql`NOT EXISTS (
  SELECT 1 FROM deployments JOIN tasks ON tasks.id = deployments.task_id
  WHERE deployments.release_id = ${releaseId}
    AND tasks.state NOT IN ('Success', 'Failed', 'Canceled', 'TimedOut'))`

/** Each cell of the dashboard that shows the release gets the newest deployment, and the newest
 *  success, of another one; without any the cell is empty. */
const uncover = (db: Database, { id, projectId }: ReleaseRow): Write[] => [
  db.run(sql`INSERT INTO dashboard (project_id, environment_id, space_id, deployment_id, release_id,
      release_version, channel_id, task_id, state, has_warnings, error_message, queued_at,
      started_at, completed_at)
    SELECT cell.project_id, cell.environment_id, cell.space_id, d.id, d.release_id, r.version,
      d.channel_id, t.id, t.state, t.has_warnings, t.error_message, t.queued_at, t.started_at,
      t.completed_at
    FROM dashboard AS cell
    JOIN deployments AS d ON d.id = (SELECT other.id FROM deployments AS other
      WHERE other.project_id = cell.project_id AND other.environment_id = cell.environment_id
        AND other.release_id <> ${id} ORDER BY other.number DESC LIMIT 1)
    JOIN tasks AS t ON t.id = d.task_id
    JOIN releases AS r ON r.id = d.release_id
    WHERE cell.project_id = ${projectId} AND cell.release_id = ${id}
    ON CONFLICT (project_id, environment_id) DO UPDATE SET deployment_id = excluded.deployment_id,
      release_id = excluded.release_id, release_version = excluded.release_version,
      channel_id = excluded.channel_id, task_id = excluded.task_id, state = excluded.state,
      has_warnings = excluded.has_warnings, error_message = excluded.error_message,
      queued_at = excluded.queued_at, started_at = excluded.started_at,
      completed_at = excluded.completed_at`),
  db.run(sql`DELETE FROM dashboard WHERE project_id = ${projectId} AND release_id = ${id}`),
  db.run(sql`UPDATE dashboard SET
      (success_deployment_id, success_release_id, success_version, success_at) =
      (SELECT d.id, d.release_id, r.version, t.completed_at FROM deployments AS d
        JOIN tasks AS t ON t.id = d.task_id JOIN releases AS r ON r.id = d.release_id
        WHERE d.project_id = dashboard.project_id AND d.environment_id = dashboard.environment_id
          AND d.release_id <> ${id} AND t.state = 'Success' ORDER BY d.number DESC LIMIT 1)
    WHERE project_id = ${projectId} AND success_release_id = ${id}`),
]
