import { eq, sql } from 'drizzle-orm'
import { recordAs } from '../audit/record.ts'
import { commit, type Database, type Write } from '../database/client.ts'
import { guard, isGuardFailure } from '../database/guard.ts'
import { nextNumbers } from '../database/ids.ts'
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
 * Tells libSQL of changes, in order: task, dashboard and audit records in one transaction. Told
 * twice they change nothing, since the task remembers how far it has heard.
 */
export const publishStates = async (
  db: Database,
  inputs: Inputs,
  publications: Publication[],
): Promise<void> => {
  const [first] = publications
  const last = publications.at(-1)
  if (!first || !last) return
  const numbers = await nextNumbers(db, 'Events', publications.length)
  const isNews = sql`SELECT state_sequence < ${first.sequence} FROM tasks WHERE id = ${inputs.task.id}`
  try {
    await commit(db, [
      guard(db, isNews),
      ...stateWrites(db, inputs, last),
      ...publications.flatMap((each, index) => recordOf(db, inputs, each, numbers[index] ?? 0)),
    ])
  } catch (error) {
    if (!isGuardFailure(error)) throw error
    // The first has been heard already; the others may not have been.
    await publishStates(db, inputs, publications.slice(1))
  }
}

const stateWrites = (db: Database, inputs: Inputs, publication: Publication): Write[] => {
  const { sequence, state, at, startedAt, completedAt, errorMessage, hasWarnings } = publication
  const change = { state, startedAt, completedAt, errorMessage, hasWarnings }
  const { task, project, environment, release } = inputs
  return [
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
  ]
}

const recordOf = (
  db: Database,
  { id, space, task, release, project, environment }: Inputs,
  { state, at, errorMessage }: Publication,
  number: number,
): Write[] =>
  recordAs(
    db,
    { principal: { ...SYSTEM, grants: [] }, origin: { userAgent: '', address: '' }, now: at },
    {
      spaceId: space.id,
      category: CATEGORY[state] ?? `Deployment${state}`,
      message: `${task.description}: ${state}${errorMessage ? `. ${errorMessage}` : ''}`,
      documentIds: [id, task.id, release.id, project.id, environment.id],
    },
    number,
  )

export const publishSeal = (db: Database, taskId: string, key: string): Promise<unknown> =>
  db.update(tasks).set({ logKey: key }).where(eq(tasks.id, taskId)).execute()
