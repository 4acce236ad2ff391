import { and, eq, isNotNull, lte, sql } from 'drizzle-orm'
import { SYSTEM } from '../access/system-user.ts'
import { record } from '../audit/record.ts'
import { commit, type Database } from '../database/client.ts'
import { guard, isGuardFailure } from '../database/guard.ts'
import { dashboardState } from '../deployments/dashboard.ts'
import { tasks } from './schema.ts'
import type { TaskRow } from './store.ts'

const WHY = 'It was not started before its expiry.'

/** Ends what still waits though its time is over. @param limit how many at once */
export const expireTasks = async (db: Database, now: number, limit: number): Promise<void> => {
  const rows = await db
    .select()
    .from(tasks)
    .where(and(eq(tasks.state, 'Queued'), isNotNull(tasks.expiresAt), lte(tasks.expiresAt, now)))
    .limit(limit)
  for (const task of rows) await expire(db, task, now)
}

/** One that has started at the last moment goes on. */
const expire = async (db: Database, task: TaskRow, now: number): Promise<void> => {
  const { id, spaceId, description, deploymentId, projectId, environmentId } = task
  const change = { state: 'TimedOut', completedAt: now, errorMessage: WHY }
  const context = { principal: SYSTEM, origin: { userAgent: '', address: '' }, now }
  try {
    await commit(db, [
      guard(db, sql`SELECT state = 'Queued' FROM tasks WHERE id = ${id}`),
      db
        .update(tasks)
        .set({ ...change, conclusion: 'timed-out', updatedAt: now })
        .where(eq(tasks.id, id)),
      ...(deploymentId === null ? [] : [dashboardState(db, deploymentId, change)]),
      ...record(db, context, {
        spaceId,
        category: 'DeploymentTimedOut',
        message: `${description}: ${WHY}`,
        documentIds: [
          id,
          ...[deploymentId, projectId, environmentId].filter(each => each !== null),
        ],
      }),
    ])
  } catch (error) {
    if (!isGuardFailure(error)) throw error
  }
}
