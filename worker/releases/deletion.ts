import { eq, type SQL, sql } from 'drizzle-orm'
import { authorize } from '../access/authorization.ts'
import { record } from '../audit/record.ts'
import { commit } from '../database/client.ts'
import { guard, isGuardFailure } from '../database/guard.ts'
import { dashboardWithout } from '../deployments/dashboard.ts'
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
      ...dashboardWithout(db, { projectId, releaseId: id }),
      db.delete(deployments).where(eq(deployments.releaseId, id)),
      db.run(sql`DELETE FROM tasks WHERE id IN
        (SELECT value FROM json_each(${JSON.stringify(made.map(each => each.taskId))}))`),
      removeRelease(db, id),
      ...record(db, context, {
        spaceId,
        category: 'Deleted',
        message: `Deleted release ${version}`,
        documentIds: [id, projectId],
        details: { version, selectedPackages: release.selectedPackages },
      }),
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
