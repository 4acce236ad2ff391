import { ProjectOverviewPage } from '../../ui/projects/overview-page.tsx'
import { permits } from '../access/authorization.ts'
import { type PageCall, page } from '../http/page.tsx'
import { pageIn } from '../http/portal-form.ts'
import { listEnvironments } from '../infrastructure/store.ts'
import { environmentOrder, mayDeploy, phasesOf } from '../lifecycles/progression.ts'
import { listLifecycles } from '../lifecycles/store.ts'
import { channelsOf } from '../projects/channel-store.ts'
import { visibleProject } from '../projects/portal-project.ts'
import { getProcess } from '../projects/store.ts'
import { listReleases } from '../releases/store.ts'
import { shownState } from '../tasks/portal-status.ts'
import { latestByRelease } from './portal-reads.ts'
import { listDashboard } from './store.ts'

const overview = async (call: PageCall) => {
  const { db, space, frame } = call
  const { project, head } = await visibleProject(call, call.params.id ?? '')
  const { page: part, paging } = pageIn(call.query, 20)
  const [environments, lifecycles, channels, releases, current, process] = await Promise.all([
    listEnvironments(db, space.id),
    listLifecycles(db, space.id),
    channelsOf(db, project.id),
    listReleases(db, space.id, part, { projectId: project.id }),
    listDashboard(db, space.id, [project.id]),
    getProcess(db, project.id),
  ])
  const latest = await latestByRelease(
    db,
    releases.rows.map(({ id }) => id),
  )
  const phasesFor = (channelId: string) => {
    const id =
      channels.find(channel => channel.id === channelId)?.lifecycleId ?? project.lifecycleId
    const lifecycle = lifecycles.find(each => each.id === id)
    return lifecycle ? phasesOf(lifecycle, environments) : []
  }
  const wanted = new Set(
    channels.flatMap(({ id }) => environmentOrder(phasesFor(id)).map(each => each.id)),
  )
  const columns = environments.filter(
    ({ id }) =>
      wanted.has(id) &&
      permits(call.principal, 'EnvironmentView', { spaceId: space.id, environmentId: id }) &&
      permits(call.principal, 'DeploymentView', {
        spaceId: space.id,
        projectId: project.id,
        environmentId: id,
      }),
  )
  return (
    <ProjectOverviewPage
      frame={frame}
      project={head}
      environments={columns}
      stepCount={Array.isArray(process.steps) ? process.steps.length : 0}
      paging={paging(releases.total)}
      releases={releases.rows.map(release => {
        const own = latest.filter(({ deployment }) => deployment.releaseId === release.id)
        const successes = new Set(
          own
            .filter(({ task }) => task.state === 'Success')
            .map(({ deployment }) => deployment.environmentId),
        )
        const phases = phasesFor(release.channelId)
        return {
          id: release.id,
          version: release.version,
          channel: channels.find(({ id }) => id === release.channelId)?.name ?? '',
          createdAt: release.assembledAt,
          cells: columns.map(({ id, name }) => {
            const found = own.find(({ deployment }) => deployment.environmentId === id)
            const permit = mayDeploy(phases, successes, id, name)
            return {
              environmentId: id,
              deployment: found && {
                id: found.deployment.id,
                status: shownState(found.task).status,
                at: found.task.completedAt ?? found.task.startedAt ?? found.task.queuedAt,
              },
              mayDeploy:
                permit.allowed &&
                !project.isDisabled &&
                permits(call.principal, 'DeploymentCreate', {
                  spaceId: space.id,
                  projectId: project.id,
                  environmentId: id,
                }),
              reason: permit.allowed ? undefined : inShort(permit.reason),
              current: current.some(
                cell => cell.environmentId === id && cell.successReleaseId === release.id,
              ),
            }
          }),
        }
      })}
    />
  )
}

/** A cell has little room: what is missing, without what the grid shows anyway. */
const inShort = (reason: string): string =>
  reason
    .replace(/^This release cannot be deployed to .*? yet\. /, '')
    .replace(/ Phase .* opens after that\.$/, '')

export const overviewPages = [
  page({ path: '/projects/{id}', permission: 'ProjectView', handler: overview }),
]
