import { eq, sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { tasks } from '../tasks/schema.ts'
import { deployments } from './schema.ts'

/** Where each of the releases has succeeded. */
export const successesByRelease = async (
  db: Database,
  releaseIds: string[],
): Promise<Map<string, Set<string>>> => {
  const rows = await db
    .selectDistinct({
      releaseId: deployments.releaseId,
      environmentId: deployments.environmentId,
    })
    .from(deployments)
    .innerJoin(tasks, eq(tasks.id, deployments.taskId))
    .where(
      sql`${tasks.state} = 'Success' AND ${deployments.releaseId} IN
        (SELECT value FROM json_each(${JSON.stringify(releaseIds)}))`,
    )
  const successes = new Map<string, Set<string>>()
  for (const { releaseId, environmentId } of rows) {
    const known = successes.get(releaseId) ?? new Set()
    known.add(environmentId)
    successes.set(releaseId, known)
  }
  return successes
}

/** The newest deployment of each of the releases to each environment. */
export const latestByRelease = async (db: Database, releaseIds: string[]) =>
  db
    .select({ deployment: deployments, task: tasks })
    .from(deployments)
    .innerJoin(tasks, eq(tasks.id, deployments.taskId))
    .where(
      sql`${deployments.releaseId} IN (SELECT value FROM json_each(${JSON.stringify(releaseIds)}))
        AND NOT EXISTS (SELECT 1 FROM deployments AS newer
          WHERE newer.release_id = ${deployments.releaseId}
            AND newer.environment_id = ${deployments.environmentId}
            AND newer.number > ${deployments.number})`,
    )
    .limit(5_000)
