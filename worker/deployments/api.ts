import { and, eq } from 'drizzle-orm'
import type { z } from 'zod'
import { permits } from '../access/authorization.ts'
import type { Call } from '../http/call.ts'
import { collection, pageOf } from '../http/paging.ts'
import { notFound } from '../http/problem.ts'
import { created, nothing, route } from '../http/route.ts'
import { getProject } from '../projects/store.ts'
import { updateVariableSnapshot } from '../releases/commands.ts'
import { releases } from '../releases/schema.ts'
import { getRelease } from '../releases/store.ts'
import { isCompleted } from '../tasks/task.ts'
import { reachOf } from '../tasks/visibility.ts'
import { type CreatedDeployment, createDeployments } from './commands.ts'
import { dashboardDocument, dynamicDashboard } from './dashboard-resource.ts'
import { deleteDeployment } from './deletion.ts'
import { idempotencyOf } from './idempotency.ts'
import { findRelease } from './lookup.ts'
import { previewRoutes } from './preview-api.ts'
import { resumeDeployment } from './repeat.ts'
import { createDeployment, createUntenanted, fromResource, fromUntenanted } from './request.ts'
import { deploymentResource } from './resource.ts'
import { getDeployment, listDeployments } from './store.ts'

const create = async (call: Call<z.output<typeof createUntenanted>>) => {
  const { ProjectName, ReleaseVersion, UpdateVariableSnapshot } = call.body
  const found = await findRelease(call.db, call.space.id, ProjectName, ReleaseVersion)
  const release = UpdateVariableSnapshot
    ? await updateVariableSnapshot(call, found.release)
    : found.release
  const idempotency = await idempotencyOf(call)
  const request = fromUntenanted(call.body)
  const deployments = await createDeployments(call, found.project, release, request, {
    idempotency,
  })
  return created({
    DeploymentServerTasks: deployments.map(({ deploymentId, taskId }) => ({
      DeploymentId: deploymentId,
      ServerTaskId: taskId,
    })),
  })
}

const post = async (call: Call<z.output<typeof createDeployment>>) => {
  const release = await getRelease(call.db, call.space.id, call.body.ReleaseId)
  const project = await getProject(call.db, call.space.id, release.projectId)
  const idempotency = await idempotencyOf(call)
  const request = fromResource(call.body)
  const [made] = await createDeployments(call, project, release, request, { idempotency })
  return answered(call, made)
}

const answered = async (call: Call<unknown>, made: CreatedDeployment | undefined) => {
  const { deployment, task } = await getDeployment(call.db, call.space.id, made?.deploymentId ?? '')
  return created(deploymentResource(deployment, task))
}

const resume = async (call: Call) => {
  const { deployment } = await visible(call)
  const idempotency = await idempotencyOf(call)
  return answered(call, await resumeDeployment(call, call.space.id, deployment.id, { idempotency }))
}

const list = async (call: Call) => {
  const { query } = call
  const page = pageOf(query)
  const filter = {
    ...named('ids', query.list('ids')),
    ...named('projects', query.list('projects')),
    ...named('environments', query.list('environments')),
    ...named('channels', query.list('channels')),
    ...named('taskStates', query.list('taskState')),
    ...(call.params.release && { releaseId: call.params.release }),
    reach: reachOf(call.principal, 'DeploymentView', call.space.id),
  }
  const { rows, total } = await listDeployments(call.db, call.space.id, filter, page)
  const resources = rows.map(({ deployment, task }) => deploymentResource(deployment, task))
  return collection('Deployment', resources, total, page, call.request.url)
}

const named = <K extends string>(key: K, values: string[] | undefined) =>
  (values === undefined ? {} : { [key]: values }) as { [key in K]?: string[] }

const visible = async (call: Call) => {
  const found = await getDeployment(call.db, call.space.id, call.params.id ?? '')
  const { id, spaceId, projectId, environmentId } = found.deployment
  if (!permits(call.principal, 'DeploymentView', { spaceId, projectId, environmentId }))
    throw notFound(id)
  return found
}

const get = async (call: Call) => {
  const { deployment, task } = await visible(call)
  return deploymentResource(deployment, task)
}

const remove = async (call: Call) => {
  const { deployment, task } = await visible(call)
  await deleteDeployment(call, deployment, isCompleted(task.state))
  return nothing()
}

const ofRelease = async (call: Call) => {
  const [release] = await call.db
    .select({ id: releases.id })
    .from(releases)
    .where(and(eq(releases.id, call.params.release ?? ''), eq(releases.spaceId, call.space.id)))
  if (!release) throw notFound(call.params.release ?? '')
  return list(call)
}

export const deploymentRoutes = [
  ...previewRoutes,
  route({
    method: 'POST',
    area: 'space',
    path: '/deployments/create/untenanted/v1',
    permission: 'DeploymentCreate',
    schema: createUntenanted,
    summary: 'Deploy a release to environments, by name',
    handler: create,
  }),
  route({
    method: 'POST',
    area: 'space',
    path: '/deployments',
    permission: 'DeploymentCreate',
    schema: createDeployment,
    summary: 'Deploy a release to an environment, by id',
    handler: post,
  }),
  route({
    method: 'GET',
    area: 'space',
    path: '/deployments',
    permission: 'DeploymentView',
    summary: 'Deployments, newest first',
    handler: list,
  }),
  route({
    method: 'GET',
    area: 'space',
    path: '/deployments/{id}',
    permission: 'DeploymentView',
    handler: get,
  }),
  route({
    method: 'DELETE',
    area: 'space',
    path: '/deployments/{id}',
    permission: 'DeploymentDelete',
    handler: remove,
  }),
  route({
    method: 'POST',
    area: 'space',
    path: '/deployments/{id}/resume',
    permission: 'DeploymentCreate',
    summary: 'Go on where a failed deployment stopped, with the same snapshots and options',
    handler: resume,
  }),
  route({
    method: 'GET',
    area: 'space',
    path: '/releases/{release}/deployments',
    permission: 'DeploymentView',
    handler: ofRelease,
  }),
  route({
    method: 'GET',
    area: 'space',
    path: '/dashboard',
    permission: 'DeploymentView',
    handler: dashboardDocument,
  }),
  route({
    method: 'GET',
    area: 'space',
    path: '/dashboard/dynamic',
    permission: 'DeploymentView',
    handler: dynamicDashboard,
  }),
]
