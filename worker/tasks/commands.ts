import { sql } from 'drizzle-orm'
import { authorize } from '../access/authorization.ts'
import { record } from '../audit/record.ts'
import { commit } from '../database/client.ts'
import { guard, isGuardFailure } from '../database/guard.ts'
import { dashboardState } from '../deployments/dashboard.ts'
import { deploymentObject } from '../deployments/object.ts'
import type { Context } from '../http/call.ts'
import { cancelQueued, getTask, isFinal, type TaskRow } from './store.ts'

/**
 * Asks for a task to end. One that waits ends at once; one that runs goes on to `Cancelling` and
 * ends when its runners have; cancelling what has ended changes nothing.
 * @throws Problem `not_found`, `forbidden`
 */
export const cancelTask = async (
  context: Context,
  spaceId: string | undefined,
  id: string,
): Promise<TaskRow> => {
  const { db, env, principal } = context
  const task = await getTask(db, spaceId, id)
  authorize(principal, 'TaskCancel', {
    spaceId: task.spaceId,
    ...(task.projectId && { projectId: task.projectId }),
    ...(task.environmentId && { environmentId: task.environmentId }),
  })
  if (isFinal(task)) return task
  if (task.state === 'Queued') {
    if (await cancelWaiting(context, task)) return getTask(db, task.spaceId, task.id)
    // It has started, or somebody else has cancelled it.
    const now = await getTask(db, task.spaceId, task.id)
    if (isFinal(now)) return now
  }
  if (task.deploymentId) {
    await commit(db, await recorded(context, task))
    const reply = await deploymentObject(env, task.deploymentId).requestCancel({
      by: principal.displayName,
      reason: `Canceled by ${principal.displayName}`,
    })
    const after = await getTask(db, task.spaceId, task.id)
    // The deployment knows before the row does.
    const isBehind = reply.type === 'cancelling' && after.state === 'Executing'
    return isBehind ? { ...after, state: 'Cancelling' } : after
  }
  return getTask(db, task.spaceId, task.id)
}

/** False when the task has started in the meantime. */
const cancelWaiting = async (context: Context, task: TaskRow): Promise<boolean> => {
  const { db, now } = context
  try {
    await commit(db, [
      guard(db, sql`SELECT state = 'Queued' FROM tasks WHERE id = ${task.id}`),
      cancelQueued(db, task.id, now),
      ...(task.deploymentId
        ? [dashboardState(db, task.deploymentId, { state: 'Canceled', completedAt: now })]
        : []),
      ...(await recorded(context, task)),
    ])
    return true
  } catch (error) {
    if (isGuardFailure(error)) return false
    throw error
  }
}

const recorded = (context: Context, task: TaskRow) =>
  record(context.db, context, {
    spaceId: task.spaceId,
    category: 'TaskCanceled',
    message: `Canceled ${task.description}`,
    documentIds: [
      task.id,
      ...[task.deploymentId, task.projectId, task.environmentId].filter(id => id !== null),
    ],
  })
