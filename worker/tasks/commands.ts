import { eq, sql } from 'drizzle-orm'
import { authorize } from '../access/authorization.ts'
import { record } from '../audit/record.ts'
import { commit } from '../database/client.ts'
import { guard, isGuardFailure } from '../database/guard.ts'
import { autoDeploy } from '../deployments/auto-deploy.ts'
import { dashboardState, dashboardSuccesses } from '../deployments/dashboard.ts'
import { deploymentObject } from '../deployments/object.ts'
import { deployments } from '../deployments/schema.ts'
import type { Context } from '../http/call.ts'
import { invalid } from '../http/problem.ts'
import { releases } from '../releases/schema.ts'
import { tasks } from './schema.ts'
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
  authorize(principal, 'TaskCancel', scopeOf(task))
  if (isFinal(task)) return task
  if (task.state === 'Queued') {
    if (await cancelWaiting(context, task)) return getTask(db, task.spaceId, task.id)
    // It has started, or somebody else has cancelled it.
    const now = await getTask(db, task.spaceId, task.id)
    if (isFinal(now)) return now
  }
  if (task.deploymentId) {
    await commit(db, recorded(context, task, 'TaskCanceled', 'Asked to cancel'))
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
      ...recorded(context, task),
    ])
    return true
  } catch (error) {
    if (isGuardFailure(error)) return false
    throw error
  }
}

const recorded = (context: Context, task: TaskRow, category = 'TaskCanceled', deed = 'Canceled') =>
  record(context.db, context, {
    spaceId: task.spaceId,
    category,
    message: `${deed} ${task.description}`,
    documentIds: [
      task.id,
      ...[task.deploymentId, task.projectId, task.environmentId].filter(id => id !== null),
    ],
  })

/**
 * Puts a waiting task before all others with its concurrency key, of what has not begun.
 * @throws Problem `not_found`, `forbidden`, `invalid` for a task that does not wait
 */
export const prioritizeTask = async (
  context: Context,
  spaceId: string | undefined,
  id: string,
): Promise<TaskRow> => {
  const { db, principal, now } = context
  const task = await getTask(db, spaceId, id)
  authorize(principal, 'TaskCancel', scopeOf(task))
  try {
    await commit(db, [
      guard(db, sql`SELECT state = 'Queued' FROM tasks WHERE id = ${task.id}`),
      db.run(sql`UPDATE tasks SET updated_at = ${now}, priority = 1 + (SELECT max(priority) FROM tasks
        WHERE concurrency_key = ${task.concurrencyKey} AND state = 'Queued') WHERE id = ${task.id}`),
      ...recorded(context, task, 'TaskPrioritized', 'Moved to the top of the queue:'),
    ])
  } catch (error) {
    if (!isGuardFailure(error)) throw error
    throw invalid(`${task.id} (${task.description}) does not wait in the queue any more.`)
  }
  return getTask(db, task.spaceId, task.id)
}

const EDITABLE = ['Success', 'Failed'] as const
export type EditableState = (typeof EDITABLE)[number]

/**
 * Says of a task that has ended what it came to, against its own report: for releases whose next
 * phase depends on it. Nothing runs, and the log stays.
 * @throws Problem `not_found`, `forbidden`, `invalid` for a task that has not ended
 */
export const changeTaskState = async (
  context: Context,
  spaceId: string | undefined,
  id: string,
  { state, reason }: { state: EditableState; reason: string },
): Promise<TaskRow> => {
  const { db, principal, now } = context
  const task = await getTask(db, spaceId, id)
  authorize(principal, 'TaskEdit', scopeOf(task))
  if (!isFinal(task))
    throw invalid(
      `${task.id} is ${task.state}; only the state of a task that has ended can be changed.`,
    )
  if (task.state === state) return task
  const errorMessage =
    state === 'Failed' ? `Marked as failed by ${principal.displayName}: ${reason}` : ''
  const conclusion = state === 'Failed' ? 'failed' : 'succeeded'
  const { deploymentId, projectId, environmentId } = task
  await commit(db, [
    db
      .update(tasks)
      .set({ state, errorMessage, conclusion, updatedAt: now })
      .where(eq(tasks.id, task.id)),
    ...(deploymentId ? [dashboardState(db, deploymentId, { state, errorMessage })] : []),
    ...(projectId && environmentId ? [dashboardSuccesses(db, projectId, environmentId)] : []),
    ...recorded(
      context,
      task,
      'TaskStateChanged',
      `Changed from ${task.state} to ${state} (${reason}):`,
    ),
  ])
  const release =
    state === 'Success' && deploymentId ? await releaseOf(context, deploymentId) : null
  if (release) context.defer(autoDeploy(context.env, release, now))
  return getTask(db, task.spaceId, task.id)
}

const releaseOf = async ({ db }: Context, deploymentId: string) => {
  const [found] = await db
    .select({ release: releases })
    .from(deployments)
    .innerJoin(releases, eq(releases.id, deployments.releaseId))
    .where(eq(deployments.id, deploymentId))
  return found?.release ?? null
}

const scopeOf = (task: TaskRow) => ({
  spaceId: task.spaceId,
  ...(task.projectId && { projectId: task.projectId }),
  ...(task.environmentId && { environmentId: task.environmentId }),
})
