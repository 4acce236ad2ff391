import { authorize } from '../access/authorization.ts'
import { recordAs } from '../audit/record.ts'
import { commit, type Write } from '../database/client.ts'
import { reserve } from '../database/ids.ts'
import type { Context } from '../http/call.ts'
import { invalid, Problem } from '../http/problem.ts'
import { getEnvironment } from '../infrastructure/store.ts'
import { mayDeploy } from '../lifecycles/progression.ts'
import { releasePhases } from '../lifecycles/store.ts'
import type { projects } from '../projects/schema.ts'
import type { releases } from '../releases/schema.ts'
import { tasks } from '../tasks/schema.ts'
import { chooseMachines, chooseSteps } from './choices.ts'
import { dashboardQueued } from './dashboard.ts'
import { deploymentObject } from './object.ts'
import { checkSchedule, type DeploymentRequest } from './request.ts'
import { deployments } from './schema.ts'
import { successesOf } from './store.ts'

type Project = typeof projects.$inferSelect
type Release = typeof releases.$inferSelect
export type CreatedDeployment = { deploymentId: string; taskId: string; environmentId: string }

/** A batch of environments at once is refused whole when one of them is. */
const MAX_ENVIRONMENTS = 50

/**
 * Queues a release for one or more environments, a task each. Nothing is stored unless all of them
 * are allowed; each starts as soon as no other task deploys the project to the same environment.
 * @throws Problem `forbidden`, `not_found`, `invalid` when the lifecycle does not lead there yet or
 *   the request names steps or targets that are not there
 */
export const createDeployments = async (
  context: Context,
  project: Project,
  release: Release,
  request: DeploymentRequest,
): Promise<CreatedDeployment[]> => {
  const { db, now, principal } = context
  const spaceId = project.spaceId
  checkSchedule(request, now)
  if (project.isDisabled)
    throw invalid(`Project ${project.name} is disabled; enable it in its settings to deploy.`)
  const references = [...new Set(request.environments)]
  if (references.length > MAX_ENVIRONMENTS)
    throw invalid(`At most ${MAX_ENVIRONMENTS} environments at once; found ${references.length}.`)
  const environments = await Promise.all(
    references.map(reference => getEnvironment(db, spaceId, reference)),
  )
  for (const { id } of environments)
    authorize(principal, 'DeploymentCreate', { spaceId, projectId: project.id, environmentId: id })

  const count = environments.length
  const [phases, successes, steps, machines, numbers] = await Promise.all([
    releasePhases(db, spaceId, release),
    successesOf(db, release.id),
    chooseSteps(db, release, request.skipSteps),
    chooseMachines(db, spaceId, request),
    reserve(db, { Deployments: count, ServerTasks: count, Events: count }),
  ])
  for (const environment of environments) {
    const verdict = mayDeploy(phases, successes, environment.id)
    if (!verdict.allowed)
      throw new Problem(
        'invalid',
        `Release ${release.version} of ${project.name} cannot be deployed to ${environment.name}: ${verdict.reason}`,
      )
  }
  const startsNow = (request.startAt ?? now) <= now
  const created: CreatedDeployment[] = []
  const writes: Write[] = []
  for (const [index, environment] of environments.entries()) {
    const deploymentId = `Deployments-${numbers.Deployments[index]}`
    const taskId = `ServerTasks-${numbers.ServerTasks[index]}`
    const description = `Deploy ${project.name} release ${release.version} to ${environment.name}`
    created.push({ deploymentId, taskId, environmentId: environment.id })
    writes.push(
      db.insert(tasks).values({
        id: taskId,
        spaceId,
        number: numbers.ServerTasks[index] ?? 0,
        name: 'Deploy',
        description,
        state: 'Queued',
        concurrencyKey: `${project.id}/${environment.id}`,
        projectId: project.id,
        environmentId: environment.id,
        deploymentId,
        queuedAt: now,
        eligibleAt: request.startAt ?? now,
        expiresAt: request.expiresAt,
        updatedAt: now,
        queuedBy: principal.displayName,
        arguments: { DeploymentId: deploymentId },
      }),
      db.insert(deployments).values({
        id: deploymentId,
        spaceId,
        number: numbers.Deployments[index] ?? 0,
        projectId: project.id,
        releaseId: release.id,
        channelId: release.channelId,
        environmentId: environment.id,
        taskId,
        name: `Deploy to ${environment.name}`,
        comments: request.comments,
        createdAt: now,
        deployedBy: principal.displayName,
        deployedById: principal.id,
        request: {
          skipActionIds: steps,
          ...machines,
          formValues: request.formValues,
          useGuidedFailure: request.useGuidedFailure,
          forcePackageDownload: request.forcePackageDownload,
          forcePackageRedeployment: request.forcePackageRedeployment,
        },
        variableSnapshotId: release.variableSnapshotId,
      }),
      dashboardQueued(db, {
        projectId: project.id,
        environmentId: environment.id,
        spaceId,
        deploymentId,
        releaseId: release.id,
        releaseVersion: release.version,
        channelId: release.channelId,
        taskId,
        queuedAt: now,
      }),
      ...recordAs(
        db,
        context,
        {
          spaceId,
          category: 'DeploymentQueued',
          message: description,
          documentIds: [deploymentId, taskId, release.id, project.id, environment.id],
        },
        numbers.Events[index] ?? 0,
      ),
    )
  }
  // The objects come up while their rows are being written; one without a row does nothing.
  const objects = startsNow
    ? created.map(each => deploymentObject(context.env, each.deploymentId))
    : []
  const committing = commit(db, writes)
  for (const object of objects) context.defer(object.warm())
  await committing
  for (const [index, object] of objects.entries())
    context.defer(object.start(created[index]?.deploymentId ?? ''))
  return created
}
