import { record } from '../audit/record.ts'
import type { Write } from '../database/client.ts'
import type { Context } from '../http/call.ts'
import type { EnvironmentRow } from '../infrastructure/store.ts'
import type { projects } from '../projects/schema.ts'
import type { releases } from '../releases/schema.ts'
import { tasks } from '../tasks/schema.ts'
import type { StoredAnswers } from '../variables/prompts.ts'
import { type Gathered, priorityOf } from './creation.ts'
import { dashboardQueued } from './dashboard.ts'
import type { DeploymentRequest } from './request.ts'
import { deployments } from './schema.ts'

type Project = Pick<typeof projects.$inferSelect, 'id' | 'spaceId' | 'name'>
type Release = typeof releases.$inferSelect

/** One deployment that is about to be created. */
export type Planned = {
  environment: EnvironmentRow
  numbered: { deployment: number; task: number }
  ids: { deploymentId: string; taskId: string }
  answers: StoredAnswers
  key: string
}

/** Task, deployment, dashboard and audit record of one. */
export const writesOf = (
  context: Context,
  project: Project,
  release: Release,
  about: {
    request: DeploymentRequest
    gathered: Gathered
    /** The failed deployment that it goes on from. */
    resumedFrom: string | undefined
  },
  { environment, numbered, ids, answers, key }: Planned,
): Write[] => {
  const { db, now, principal } = context
  const { request, gathered, resumedFrom } = about
  const { spaceId } = project
  const { deploymentId, taskId } = ids
  const description = `Deploy ${project.name} release ${release.version} to ${environment.name}`
  return [
    db.insert(tasks).values({
      id: taskId,
      spaceId,
      number: numbered.task,
      name: 'Deploy',
      description,
      state: 'Queued',
      concurrencyKey: key,
      projectId: project.id,
      environmentId: environment.id,
      deploymentId,
      queuedAt: now,
      eligibleAt: request.startAt ?? now,
      expiresAt: request.expiresAt,
      updatedAt: now,
      queuedBy: principal.displayName,
      arguments: { DeploymentId: deploymentId },
      priority: priorityOf(request.priority, gathered.phases, environment.id),
    }),
    db.insert(deployments).values({
      id: deploymentId,
      spaceId,
      number: numbered.deployment,
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
        ...gathered.choices,
        ...answers,
        useGuidedFailure: request.useGuidedFailure,
        forcePackageDownload: request.forcePackageDownload,
        forcePackageRedeployment: request.forcePackageRedeployment,
      },
      variableSnapshotId: release.variableSnapshotId,
      resumedFrom: resumedFrom ?? null,
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
    ...record(db, context, {
      spaceId,
      category: 'DeploymentQueued',
      message: resumedFrom ? `${description}, going on from ${resumedFrom}` : description,
      documentIds: [
        deploymentId,
        taskId,
        release.id,
        project.id,
        environment.id,
        ...(resumedFrom ? [resumedFrom] : []),
      ],
    }),
  ]
}
