import { and, desc, eq, sql } from 'drizzle-orm'
import * as z from 'zod'
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

const texts = z.record(z.string(), z.string()).catch({})

/** What was answered when the project was last deployed to the environment, by variable id. */
export const lastAnswers = async (
  db: Database,
  projectId: string,
  environmentId: string,
): Promise<Record<string, string>> => {
  const [row] = await db
    .select({ request: deployments.request })
    .from(deployments)
    .where(and(eq(deployments.projectId, projectId), eq(deployments.environmentId, environmentId)))
    .orderBy(desc(deployments.number))
    .limit(1)
  return texts.parse((row?.request as { formValues?: unknown } | undefined)?.formValues)
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
