import { eq, sql } from 'drizzle-orm'
import type { User } from '../access/principal.ts'
import { SYSTEM } from '../access/system-user.ts'
import { record } from '../audit/record.ts'
import { commit, type Database, type Write } from '../database/client.ts'
import { guard, isGuardFailure } from '../database/guard.ts'
import type { InterruptionFacts, Responder } from '../interruptions/interruption.ts'
import { interruptions } from '../interruptions/schema.ts'
import { tasks } from '../tasks/schema.ts'
import { dashboardState, dashboardSuccess } from './dashboard.ts'
import { freeKey } from './gate.ts'
import type { Inputs } from './inputs.ts'
import type { Publication } from './outbox.ts'
import type { Recorded } from './turn.ts'

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
  const deeds = publications.flatMap(({ at, deeds }) => deeds.map(deed => ({ ...deed, at })))
  const isNews = sql`SELECT state_sequence < ${first.sequence} FROM tasks WHERE id = ${inputs.task.id}`
  const changed = publications.flatMap(each => each.interruptions)
  try {
    await commit(db, [
      guard(db, isNews),
      ...stateWrites(db, inputs, last),
      ...(last.freesKey ? [freeKey(db, inputs.task.id)] : []),
      ...changed.map(facts => interruptionWrite(db, inputs, facts)),
      ...deeds.flatMap(deed => recordOf(db, inputs, deed)),
    ])
  } catch (error) {
    if (!isGuardFailure(error)) throw error
    // The first has been heard already; the others may not have been.
    await publishStates(db, inputs, publications.slice(1))
  }
}

const stateWrites = (db: Database, inputs: Inputs, publication: Publication): Write[] => {
  const { sequence, state, at, startedAt, completedAt, errorMessage, hasWarnings } = publication
  const { conclusion, waitingFor, pendingInterruptions } = publication
  const change = { state, startedAt, completedAt, errorMessage, hasWarnings }
  const { task, project, environment, release } = inputs
  return [
    db
      .update(tasks)
      .set({
        ...change,
        conclusion,
        waitingFor,
        pendingInterruptions,
        stateSequence: sequence,
        updatedAt: at,
      })
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

const interruptionWrite = (db: Database, inputs: Inputs, facts: InterruptionFacts): Write => {
  const { id, ...fields } = facts
  return db
    .insert(interruptions)
    .values({
      id,
      spaceId: inputs.space.id,
      deploymentId: inputs.id,
      taskId: inputs.task.id,
      projectId: inputs.project.id,
      environmentId: inputs.environment.id,
      ...fields,
    })
    .onConflictDoUpdate({ target: interruptions.id, set: fields })
}

/** The states as their records name them. */
const STATE: Record<string, string> = {
  DeploymentStarted: 'Executing',
  DeploymentCancelling: 'Cancelling',
  DeploymentSucceeded: 'Success',
  DeploymentFailed: 'Failed',
  DeploymentCanceled: 'Canceled',
}

const recordOf = (
  db: Database,
  { id, space, task, release, project, environment }: Inputs,
  { category, message, by, at }: Recorded & { at: number },
): Write[] =>
  record(
    db,
    { principal: by ? personOf(by) : SYSTEM, origin: { userAgent: '', address: '' }, now: at },
    {
      spaceId: space.id,
      category,
      message: [`${task.description}: ${STATE[category] ?? ''}`, message]
        .filter(text => text !== '')
        .join(STATE[category] ? '. ' : ''),
      documentIds: [id, task.id, release.id, project.id, environment.id],
    },
  )

/** Who answered had been let in before. */
const personOf = ({ id, username, displayName, emailAddress }: Responder): User => ({
  kind: 'user',
  id,
  username,
  displayName,
  email: emailAddress,
  isService: false,
  grants: [],
  establishedWith: 'Session',
})

/** How far the task has heard; undefined when there is no such task. */
export const heardOf = async (db: Database, taskId: string): Promise<number | undefined> => {
  const [row] = await db
    .select({ sequence: tasks.stateSequence })
    .from(tasks)
    .where(eq(tasks.id, taskId))
  return row?.sequence
}

export const publishSeal = (db: Database, taskId: string, key: string): Promise<unknown> =>
  db.update(tasks).set({ logKey: key }).where(eq(tasks.id, taskId)).execute()
