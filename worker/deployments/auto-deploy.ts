import { eq, sql } from 'drizzle-orm'
import { SYSTEM } from '../access/system-user.ts'
import { record } from '../audit/record.ts'
import { commit, type Database, openDatabase } from '../database/client.ts'
import { guard, isGuardFailure } from '../database/guard.ts'
import type { Environment } from '../environment.ts'
import type { Context } from '../http/call.ts'
import { Problem } from '../http/problem.ts'
import { releasePhases } from '../lifecycles/store.ts'
import { getProject } from '../projects/store.ts'
import { releases } from '../releases/schema.ts'
import type { ReleaseRow } from '../releases/store.ts'
import { automaticDeployments, type Occupant } from './automatic.ts'
import { createDeployments } from './commands.ts'
import { NOTHING_SPECIAL } from './request.ts'

const SKIPPED = 'AutoDeploySkipped'

type Where = { environment_id: string; name: string; attempted: number; succeeded: number }
type Found = Occupant & { environment_id: string }

/**
 * Sends a release on by itself, wherever its lifecycle says so: asked when the release is made, and
 * after each of its successes. Safe to do twice: nowhere is the same release sent to twice, and why
 * it was not sent somewhere is recorded once.
 * @param defer carries on with the starts after the caller has answered; else they are awaited
 */
export const autoDeploy = async (
  env: Environment,
  release: ReleaseRow,
  now: number,
  defer?: Context['defer'],
): Promise<void> => {
  const db = openDatabase(env)
  const phases = await releasePhases(db, release.spaceId, release)
  if (phases.every(({ automatic }) => automatic.length === 0)) return
  const [places, occupants] = await db.batch([
    db.all<Where>(placesOf(release)),
    db.all<Found>(occupantsOf(release)),
  ])
  const of = (kind: 'attempted' | 'succeeded') =>
    new Set(places.flatMap(place => (place[kind] ? [place.environment_id] : [])))
  const decided = automaticDeployments(
    phases,
    release,
    of('succeeded'),
    of('attempted'),
    Map.groupBy(occupants, ({ environment_id }) => environment_id),
  )
  const work: Promise<unknown>[] = []
  const context: Context = {
    env,
    db,
    principal: { ...SYSTEM, grants: [ALL] },
    origin: { userAgent: '', address: '' },
    now,
    defer: defer ?? (promise => void work.push(promise)),
  }
  for (const { environmentId, refusal } of decided) {
    const reason = refusal ?? (await deploy(context, release, environmentId))
    if (reason !== null) await recordSkip(context, release, environmentId, reason)
  }
  await Promise.allSettled(work)
}

/** The same after a success. A release that is gone goes nowhere. */
export const autoDeployNext = async (
  env: Environment,
  { space, release }: { space: { id: string }; release: { id: string } },
  now: number,
): Promise<void> => {
  const rows = await openDatabase(env).select().from(releases).where(eq(releases.id, release.id))
  const found = rows.find(({ spaceId }) => spaceId === space.id)
  if (found) await autoDeploy(env, found, now)
}

const ALL = {
  roleId: 'userroles-systemadministrator',
  spaceId: null,
  projectIds: [],
  environmentIds: [],
}

const placesOf = ({ id, spaceId }: ReleaseRow) => sql`
  SELECT e.id AS environment_id, e.name,
    EXISTS (SELECT 1 FROM deployments AS d WHERE d.release_id = ${id} AND d.environment_id = e.id) AS attempted,
    EXISTS (SELECT 1 FROM deployments AS d JOIN tasks AS t ON t.id = d.task_id
      WHERE d.release_id = ${id} AND d.environment_id = e.id AND t.state = 'Success') AS succeeded
  FROM environments AS e WHERE e.space_id = ${spaceId}`

const occupantsOf = ({ projectId }: ReleaseRow) => sql`
  SELECT b.environment_id, r.version, r.sequence FROM dashboard AS b
    JOIN releases AS r ON r.id = b.success_release_id WHERE b.project_id = ${projectId}
  UNION SELECT d.environment_id, r.version, r.sequence FROM tasks AS t
    JOIN deployments AS d ON d.id = t.deployment_id JOIN releases AS r ON r.id = d.release_id
  WHERE t.project_id = ${projectId} AND t.state IN ('Queued', 'Executing', 'Cancelling')`

/** Null when it is on its way, be it by somebody else; else what was in the way. */
const deploy = async (
  context: Context,
  release: ReleaseRow,
  environmentId: string,
): Promise<string | null> => {
  const { db } = context
  const isFirst = sql`SELECT NOT EXISTS (SELECT 1 FROM deployments
    WHERE release_id = ${release.id} AND environment_id = ${environmentId})`
  try {
    const project = await getProject(db, release.spaceId, release.projectId)
    const request = {
      ...NOTHING_SPECIAL,
      environments: [environmentId],
      comments: 'Deployed automatically, as the lifecycle says.',
    }
    await createDeployments(context, project, release, request, { guards: [guard(db, isFirst)] })
    return null
  } catch (error) {
    if (isGuardFailure(error)) return null
    if (error instanceof Problem) return error.message
    throw error
  }
}

const recordSkip = async (
  { db, principal, origin, now }: Context,
  release: ReleaseRow,
  environmentId: string,
  reason: string,
): Promise<void> => {
  if (await isRecorded(db, release.id, environmentId)) return
  const { id, projectId, spaceId, version } = release
  const deed = {
    spaceId,
    category: SKIPPED,
    message: `Release ${version} was not deployed automatically. ${reason}`,
    documentIds: [id, projectId, environmentId],
  }
  await commit(db, record(db, { principal, origin, now }, deed))
}

const isRecorded = async (db: Database, releaseId: string, environmentId: string) => {
  const rows = await db.all(sql`SELECT 1 FROM event_documents AS r
    JOIN event_documents AS e ON e.event_sequence = r.event_sequence AND e.document_id = ${environmentId}
    JOIN events AS v ON v.sequence = r.event_sequence AND v.category = ${SKIPPED}
    WHERE r.document_id = ${releaseId} LIMIT 1`)
  return rows.length > 0
}
