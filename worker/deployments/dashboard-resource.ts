import { permits } from '../access/authorization.ts'
import type { Call } from '../http/call.ts'
import { isoTimeOrNull } from '../http/values.ts'
import { listEnvironments } from '../infrastructure/store.ts'
import { listGroups, listProjects } from '../projects/store.ts'
import { visibleProjects } from '../projects/visibility.ts'
import { isCompleted, spokenDuration } from '../tasks/task.ts'
import type { DashboardRow } from './dashboard.ts'
import { listDashboard } from './store.ts'

const ALL = { skip: 0, take: 10_000 }

/** The fields clients decode, and no more: one of them refuses what it does not know. */
export const dashboardDocument = async (call: Call) => {
  const spaceId = call.space.id
  const [projects, groups, environments, rows] = await Promise.all([
    listProjects(call.db, spaceId, ALL, {
      visible: visibleProjects(call.principal, 'ProjectView', spaceId),
    }),
    listGroups(call.db, spaceId, ALL),
    listEnvironments(call.db, spaceId).then(all => all.filter(each => reaches(call, each.id))),
    listDashboard(call.db, spaceId),
  ])
  return {
    Projects: projects.rows.map(project => ({
      Id: project.id,
      Name: project.name,
      Slug: project.slug,
      ProjectGroupId: project.projectGroupId,
      EnvironmentIds: environments.map(environment => environment.id),
      IsDisabled: project.isDisabled,
      TenantedDeploymentMode: 'Untenanted',
      CanPerformUntenantedDeployment: true,
      Links: { Self: `/api/${spaceId}/projects/${project.id}` },
    })),
    ProjectGroups: groups.rows.map(group => ({
      Id: group.id,
      Name: group.name,
      EnvironmentIds: environments.map(environment => environment.id),
      Links: { Self: `/api/${spaceId}/projectgroups/${group.id}` },
    })),
    Environments: environments.map(environment => ({
      Id: environment.id,
      Name: environment.name,
      Links: { Self: `/api/${spaceId}/environments/${environment.id}` },
    })),
    Tenants: [],
    Items: visible(call, rows).map(row => item(row, call.now)),
    ProjectLimit: null,
    IsFiltered: false,
    Id: null,
    Links: { Self: `/api/${spaceId}/dashboard` },
  }
}

export const dynamicDashboard = async (call: Call) => {
  const environments = call.query.list('environments')
  const rows = await listDashboard(call.db, call.space.id, call.query.list('projects'))
  const shown = visible(call, rows).filter(
    row => environments === undefined || environments.includes(row.environmentId),
  )
  return {
    Items: shown.map(row => item(row, call.now)),
    Environments: [],
    Links: { Self: `/api/${call.space.id}/dashboard/dynamic` },
  }
}

const reaches = ({ principal, space }: Call, environmentId: string): boolean =>
  permits(principal, 'EnvironmentView', { spaceId: space.id, environmentId })

const visible = (call: Call, rows: DashboardRow[]): DashboardRow[] =>
  rows.filter(({ projectId, environmentId }) =>
    permits(call.principal, 'DeploymentView', { spaceId: call.space.id, projectId, environmentId }),
  )

const item = (row: DashboardRow, now: number) => {
  const space = `/api/${row.spaceId}`
  return {
    Id: row.deploymentId,
    ProjectId: row.projectId,
    EnvironmentId: row.environmentId,
    ReleaseId: row.releaseId,
    DeploymentId: row.deploymentId,
    TaskId: row.taskId,
    TenantId: null,
    ChannelId: row.channelId,
    ReleaseVersion: row.releaseVersion,
    Created: isoTimeOrNull(row.queuedAt),
    QueueTime: isoTimeOrNull(row.queuedAt),
    StartTime: isoTimeOrNull(row.startedAt),
    CompletedTime: isoTimeOrNull(row.completedAt),
    State: row.state,
    HasPendingInterruptions: false,
    HasWarningsOrErrors: row.hasWarnings || row.state === 'Failed',
    ErrorMessage: row.errorMessage,
    Duration:
      row.startedAt === null ? '' : spokenDuration((row.completedAt ?? now) - row.startedAt),
    IsCurrent: true,
    IsPrevious: false,
    IsCompleted: isCompleted(row.state),
    Links: {
      Self: `${space}/deployments/${row.deploymentId}`,
      Release: `${space}/releases/${row.releaseId}`,
      Task: `${space}/tasks/${row.taskId}`,
    },
  }
}
