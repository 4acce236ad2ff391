import { and, desc, eq, gt, inArray, isNotNull, or } from 'drizzle-orm'
import { openKeyring } from '../access/envelope.ts'
import { guard, isGuardFailure } from '../database/guard.ts'
import type { Context } from '../http/call.ts'
import { invalid, Problem } from '../http/problem.ts'
import { getProject } from '../projects/store.ts'
import { getRelease, type ReleaseRow } from '../releases/store.ts'
import { tasks } from '../tasks/schema.ts'
import { isCompleted } from '../tasks/task.ts'
import { openAnswers, promptedVariables } from '../variables/prompts.ts'
import { type CreatedDeployment, createDeployments, type Further } from './commands.ts'
import { isNewest } from './creation.ts'
import type { DeploymentRequest } from './request.ts'
import { type StoredRequest, storedRequest } from './resource.ts'
import { deployments } from './schema.ts'
import { type DeploymentRow, getDeployment } from './store.ts'

/**
 * The same release to the same environment with the same options, from the first step on.
 * @throws Problem `not_found`, `forbidden`, `invalid` while it has not ended, or when what it names
 *   is gone
 */
export const rerunDeployment = async (
  context: Context,
  spaceId: string,
  id: string,
  further: Pick<Further, 'idempotency'> = {},
): Promise<CreatedDeployment> => {
  const { deployment, task } = await getDeployment(context.db, spaceId, id)
  if (!isCompleted(task.state))
    throw invalid(`${task.id} (${task.description}) has not ended yet; wait for it, or cancel it.`)
  const release = await getRelease(context.db, spaceId, deployment.releaseId)
  return repeat(context, deployment, release, further)
}

/** What can be gone on from: it began, and did not come to a good end. */
const RESUMABLE = ['Failed', 'Canceled', 'TimedOut']

/**
 * Goes on where a failed deployment stopped: the same snapshots and options; what succeeded is kept
 * with its outputs. Only the newest deployment of the project to the environment can be gone on
 * from: whatever went there later has changed what the kept steps left behind.
 * @throws Problem `not_found`, `forbidden`, `invalid`, `conflict` when a newer one is there
 */
export const resumeDeployment = async (
  context: Context,
  spaceId: string,
  id: string,
  further: Pick<Further, 'idempotency'> = {},
): Promise<CreatedDeployment> => {
  const { db } = context
  const { deployment, task } = await getDeployment(db, spaceId, id)
  const again = 'Deploy the release again instead.'
  if (!isCompleted(task.state))
    throw invalid(`${deployment.id} has not ended yet; there is nothing to go on from.`)
  if (!RESUMABLE.includes(task.state))
    throw invalid(`${deployment.id} succeeded; there is nothing to go on from. ${again}`)
  if (task.startedAt === null)
    throw invalid(`${deployment.id} never started; there is nothing to go on from. ${again}`)
  const row = await getRelease(db, spaceId, deployment.releaseId)
  const release = { ...row, variableSnapshotId: deployment.variableSnapshotId }
  try {
    return await repeat(context, deployment, release, {
      ...further,
      resumedFrom: deployment.id,
      guards: [guard(db, isNewest(deployment))],
    })
  } catch (error) {
    if (!isGuardFailure(error)) throw error
    const newer = await newestSince(context, deployment)
    throw new Problem(
      'conflict',
      `${newer?.id ?? 'Another deployment'} (${newer?.description ?? 'a newer one'}) came after ` +
        `${deployment.id}, so what its steps left behind may be gone. ${again}`,
    )
  }
}

const newestSince = async ({ db }: Context, deployment: DeploymentRow) => {
  const [newest] = await db
    .select({ id: deployments.id, description: tasks.description })
    .from(deployments)
    .innerJoin(tasks, eq(tasks.id, deployments.taskId))
    .where(
      and(
        eq(deployments.projectId, deployment.projectId),
        eq(deployments.environmentId, deployment.environmentId),
        gt(deployments.number, deployment.number),
        or(isNotNull(tasks.startedAt), inArray(tasks.state, ['Queued', 'Executing', 'Cancelling'])),
      ),
    )
    .orderBy(desc(deployments.number))
    .limit(1)
  return newest
}

const repeat = async (
  context: Context,
  deployment: DeploymentRow,
  release: ReleaseRow,
  further: Further,
): Promise<CreatedDeployment> => {
  const project = await getProject(context.db, deployment.spaceId, deployment.projectId)
  const request = await requestOf(context, deployment, release)
  const [created] = await createDeployments(context, project, release, request, further)
  if (!created) throw new Error(`nothing was created from ${deployment.id}`)
  return created
}

/** What was asked for then, to be asked for again; at once, whenever it was scheduled for. */
const requestOf = async (
  context: Context,
  deployment: DeploymentRow,
  release: ReleaseRow,
): Promise<DeploymentRequest> => {
  const stored = storedRequest(deployment)
  return {
    environments: [deployment.environmentId],
    skipSteps: stored.skipActionIds ?? [],
    specificMachines: stored.specificMachineIds ?? [],
    excludedMachines: stored.excludedMachineIds ?? [],
    formValues: await answersOf(context, deployment, release, stored),
    useGuidedFailure: stored.useGuidedFailure ?? null,
    forcePackageDownload: stored.forcePackageDownload ?? false,
    forcePackageRedeployment: stored.forcePackageRedeployment ?? false,
    startAt: null,
    expiresAt: null,
    priority: null,
    comments: deployment.comments,
  }
}

/** Sealed answers are bound to their deployment, so they are opened here and sealed anew. What is
 *  not asked any more is left out. */
const answersOf = async (
  { env, db }: Context,
  deployment: DeploymentRow,
  release: ReleaseRow,
  { formValues = {}, sealedFormValues = {} }: StoredRequest,
): Promise<Record<string, string>> => {
  const where = { id: deployment.environmentId, name: deployment.environmentId }
  const opening = openKeyring(env, db, deployment.spaceId)
  const [answers, prompts] = await Promise.all([
    openAnswers(opening, deployment.id, { formValues, sealedFormValues }),
    promptedVariables(db, release, where),
    opening,
  ])
  const asked = new Set(prompts.map(({ id }) => id))
  return Object.fromEntries(
    [...answers].flatMap(([id, { value }]) => (asked.has(id) ? [[id, value]] : [])),
  )
}
