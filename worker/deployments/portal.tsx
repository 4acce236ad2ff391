import { DashboardPage } from '../../ui/dashboard/dashboard-page.tsx'
import type { DashboardCell, DashboardGroup } from '../../ui/dashboard/grid.tsx'
import { permits } from '../access/authorization.ts'
import { type PageCall, page } from '../http/page.tsx'
import { pageIn } from '../http/portal-form.ts'
import { listEnvironments } from '../infrastructure/store.ts'
import { environmentOrder, nextEnvironments, phasesOf } from '../lifecycles/progression.ts'
import { listLifecycles } from '../lifecycles/store.ts'
import { newestReleases } from '../projects/portal-reads.ts'
import { listGroups, listProjects, type ProjectRow } from '../projects/store.ts'
import { visibleProjects } from '../projects/visibility.ts'
import { shownState } from '../tasks/portal-status.ts'
import { deploymentPages } from './deployment-portal.tsx'
import { overviewPages } from './overview-portal.tsx'
import { attentionOf } from './portal-attention.ts'
import { type CellTask, withTasks } from './portal-cells.ts'
import { successesByRelease } from './portal-reads.ts'
import { searchPages } from './search-portal.tsx'
import { listDashboard } from './store.ts'

type DashboardRow = Awaited<ReturnType<typeof listDashboard>>[number] & CellTask

const ALL = { skip: 0, take: 1_000 }

const dashboard = async (call: PageCall) => {
  const { db, space, frame, principal } = call
  const group = call.query.text('group')
  const { page: part, paging } = pageIn(call.query)
  const [all, groups, lifecycles, projects] = await Promise.all([
    listEnvironments(db, space.id),
    listGroups(db, space.id, ALL),
    listLifecycles(db, space.id),
    listProjects(db, space.id, part, {
      groupId: group,
      visible: visibleProjects(principal, 'ProjectView', space.id),
    }),
  ])
  const environments = all.filter(({ id }) =>
    permits(principal, 'EnvironmentView', { spaceId: space.id, environmentId: id }),
  )
  const ids = projects.rows.map(({ id }) => id)
  const [everyCell, newest] = await Promise.all([
    listDashboard(db, space.id, ids),
    newestReleases(db, ids),
  ])
  const cells = await withTasks(
    call,
    everyCell.filter(({ projectId, environmentId }) =>
      permits(principal, 'DeploymentView', { spaceId: space.id, projectId, environmentId }),
    ),
  )
  const successes = await successesByRelease(
    db,
    [...newest.values()].map(({ id }) => id),
  )
  const orderOf = new Map(
    lifecycles.map(lifecycle => [lifecycle.id, phasesOf(lifecycle, all)] as const),
  )

  const shown = (project: ProjectRow) => {
    const phases = orderOf.get(project.lifecycleId) ?? []
    const order = environmentOrder(phases).map(({ id }) => id)
    const own = cells.filter(cell => cell.projectId === project.id)
    const release = newest.get(project.id)
    const done = release && successes.get(release.id)
    const next =
      release &&
      nextEnvironments(phases, done ?? new Set()).find(id => {
        const cell = own.find(each => each.environmentId === id)
        return cell?.releaseId !== release.id
      })
    return {
      id: project.id,
      name: project.name,
      disabled: project.isDisabled,
      environmentIds: order,
      cells: own.map(cell => shownCell(cell, own, order)),
      next:
        release &&
        next &&
        !project.isDisabled &&
        permits(principal, 'DeploymentCreate', {
          spaceId: space.id,
          projectId: project.id,
          environmentId: next,
        })
          ? { releaseId: release.id, version: release.version, environmentId: next }
          : undefined,
    }
  }
  const rows: DashboardGroup[] = groups.rows.map(({ id, name }) => ({
    id,
    name,
    projects: projects.rows.filter(project => project.projectGroupId === id).map(shown),
  }))
  const used = new Set(rows.flatMap(each => each.projects).flatMap(each => each.environmentIds))
  const names = new Map(projects.rows.map(({ id, name }) => [id, name] as const))
  const environmentNames = new Map(all.map(({ id, name }) => [id, name] as const))
  const attention = await attentionOf(call, cells, {
    projects: names,
    environments: environmentNames,
  })
  return (
    <DashboardPage
      frame={frame}
      environments={environments.filter(({ id }) => used.has(id))}
      groups={rows}
      attention={attention}
      paging={paging(projects.total)}
      mayCreate={permits(principal, 'ProjectCreate', { spaceId: space.id })}
      groupFilter={{ current: group, all: groups.rows }}
    />
  )
}

const shownCell = (cell: DashboardRow, all: DashboardRow[], order: string[]): DashboardCell => {
  const { status, word } = shownState(cell)
  const place = order.indexOf(cell.environmentId)
  const behind = all.some(
    other =>
      order.indexOf(other.environmentId) < place &&
      other.successVersion !== null &&
      other.successReleaseId !== cell.successReleaseId &&
      (other.successAt ?? 0) > (cell.successAt ?? 0),
  )
  return {
    environmentId: cell.environmentId,
    deploymentId: cell.deploymentId,
    releaseId: cell.releaseId,
    version: cell.releaseVersion,
    status,
    word,
    reason: cell.wait || cell.errorMessage || undefined,
    at: cell.completedAt ?? cell.startedAt ?? cell.queuedAt,
    behind: behind && cell.successVersion !== null,
    previousVersion:
      cell.state === 'Success' || cell.successReleaseId === cell.releaseId
        ? undefined
        : (cell.successVersion ?? undefined),
  }
}

export const dashboardPages = [
  page({ path: '/', permission: 'signed-in', handler: dashboard }),
  ...overviewPages,
  ...deploymentPages,
  ...searchPages,
]
