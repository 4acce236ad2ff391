import { and, eq, sql } from 'drizzle-orm'
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
import { type Hearing, hearingOf, type Publication } from './outbox.ts'
import type { Recorded } from './turn.ts'

/** How often libSQL is asked what it has heard, when that is not what it was told. */
const MAX_TRIES = 3

/**
 * Tells libSQL of changes, in order: task, dashboard and audit records in one transaction. Told
 * twice they change nothing, since the task remembers how far it has heard.
 * @returns `told`, or why nothing was written: libSQL was put back to an older copy
 */
export const publishStates = async (
  db: Database,
  inputs: Inputs,
  publications: Publication[],
): Promise<{ type: 'told' } | Exclude<Hearing, { type: 'news' }>> => {
  let left = publications
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    if (left.length === 0 || (await tell(db, inputs, left))) return { type: 'told' }
    const hearing = hearingOf(await heardOf(db, inputs.task), left)
    if (hearing.type !== 'news') return hearing
    left = hearing.publications
  }
  throw new Error(`${inputs.task.id} does not take the changes from ${left[0]?.sequence}`)
}

/** False when the task has not heard exactly what came before the first of them. */
const tell = async (
  db: Database,
  inputs: Inputs,
  publications: Publication[],
): Promise<boolean> => {
  const [first] = publications
  const last = publications.at(-1)
  if (!first || !last) return true
  const deeds = publications.flatMap(({ at, deeds }) => deeds.map(deed => ({ ...deed, at })))
  const { id, queuedAt } = inputs.task
  const isNews = sql`SELECT state_sequence >= ${first.follows ?? 0} AND state_sequence < ${first.sequence}
    FROM tasks WHERE id = ${id} AND queued_at = ${queuedAt}`
  const changed = publications.flatMap(each => each.interruptions)
  try {
    await commit(db, [
      guard(db, isNews),
      ...stateWrites(db, inputs, last),
      ...(last.freesKey ? [freeKey(db, inputs.task.id)] : []),
      ...changed.map(facts => interruptionWrite(db, inputs, facts)),
      ...deeds.flatMap(deed => recordOf(db, inputs, deed)),
    ])
    return true
  } catch (error) {
    if (!isGuardFailure(error)) throw error
    return false
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

/** Its number alone may be another task's. */
type TaskName = Pick<Inputs['task'], 'id' | 'queuedAt'>
const isTask = ({ id, queuedAt }: TaskName) => and(eq(tasks.id, id), eq(tasks.queuedAt, queuedAt))

/** How far the task has heard; undefined when it is not there, or another one has its number since
 *  libSQL was put back to an older copy. */
export const heardOf = async (db: Database, task: TaskName): Promise<number | undefined> => {
  const [row] = await db.select({ sequence: tasks.stateSequence }).from(tasks).where(isTask(task))
  return row?.sequence
}

/** An audit record that stands by itself, of a task that libSQL does not have. */
export const recordAlarm = async (
  db: Database,
  inputs: Inputs,
  deed: Recorded & { at: number },
): Promise<void> => {
  await commit(db, recordOf(db, inputs, deed))
}

export const publishSeal = (db: Database, task: TaskName, key: string): Promise<unknown> =>
  db.update(tasks).set({ logKey: key }).where(isTask(task)).execute()
