import { and, eq, lte, sql } from 'drizzle-orm'
import { record } from '../audit/record.ts'
import { commit, type Database, type Write } from '../database/client.ts'
import { guard, isGuardFailure } from '../database/guard.ts'
import { tasks } from '../tasks/schema.ts'
import { dashboardState, dashboardSuccess } from './dashboard.ts'
import type { Inputs } from './inputs.ts'
import type { Publication } from './storage.ts'

const CATEGORY: Record<string, string> = {
  Executing: 'DeploymentStarted',
  Cancelling: 'DeploymentCancelling',
  Success: 'DeploymentSucceeded',
  Failed: 'DeploymentFailed',
  Canceled: 'DeploymentCanceled',
  TimedOut: 'DeploymentTimedOut',
}

const SYSTEM = {
  kind: 'user',
  id: 'users-system',
  username: 'system',
  displayName: 'System',
  email: '',
  isService: true,
  grants: [],
  establishedWith: 'Host',
} as const

/**
 * Tells libSQL of a change: task, dashboard and audit record in one transaction. Told twice it
 * changes nothing, since the task remembers how far it has heard.
 */
export const publishState = async (
  db: Database,
  inputs: Inputs,
  publication: Publication,
): Promise<void> => {
  const { sequence, state, at, startedAt, completedAt, errorMessage, hasWarnings } = publication
  const change = { state, startedAt, completedAt, errorMessage, hasWarnings }
  const { task, project, environment, release } = inputs
  const writes: Write[] = [
    guard(db, sql`SELECT state_sequence < ${sequence} FROM tasks WHERE id = ${task.id}`),
    db
      .update(tasks)
      .set({ ...change, stateSequence: sequence, updatedAt: at })
      .where(eq(tasks.id, task.id)),
    dashboardState(db, inputs.id, change),
    ...(state === 'Success' && completedAt !== null
      ? [
          dashboardSuccess(db, {
            projectId: project.id,
            environmentId: environment.id,
            deploymentId: inputs.id,
            releaseId: release.id,
            releaseVersion: release.version,
            at: completedAt,
          }),
        ]
      : []),
    ...(await record(
      db,
      { principal: { ...SYSTEM, grants: [] }, origin: { userAgent: '', address: '' }, now: at },
      {
        spaceId: inputs.space.id,
        category: CATEGORY[state] ?? `Deployment${state}`,
        message: `${task.description}: ${state}${errorMessage ? `. ${errorMessage}` : ''}`,
        documentIds: [inputs.id, task.id, release.id, project.id, environment.id],
      },
    )),
  ]
  try {
    await commit(db, writes)
  } catch (error) {
    if (!isGuardFailure(error)) throw error
  }
}

export const publishSeal = (db: Database, taskId: string, key: string): Promise<unknown> =>
  db.update(tasks).set({ logKey: key }).where(eq(tasks.id, taskId)).execute()

/** The deployment that may start now that a task with this key has ended. */
export const nextQueued = async (
  db: Database,
  concurrencyKey: string,
  now: number,
): Promise<string | undefined> => {
  const [row] = await db
    .select({ deploymentId: tasks.deploymentId })
    .from(tasks)
    .where(
      and(
        eq(tasks.concurrencyKey, concurrencyKey),
        eq(tasks.state, 'Queued'),
        lte(tasks.eligibleAt, now),
      ),
    )
    .orderBy(tasks.number)
    .limit(1)
  return row?.deploymentId ?? undefined
}
