import type { AttentionItem } from '../../ui/dashboard/attention.tsx'
import type { PageCall } from '../http/page.tsx'
import { listInterruptions } from '../interruptions/store.ts'
import { shownState } from '../tasks/portal-status.ts'
import { reachOf } from '../tasks/visibility.ts'
import type { CellTask } from './portal-cells.ts'
import { type listDashboard, listDeployments } from './store.ts'

type Cell = Awaited<ReturnType<typeof listDashboard>>[number] & CellTask
type Names = { projects: ReadonlyMap<string, string>; environments: ReadonlyMap<string, string> }

/** So many things are pointed at. */
const ATTENTION = 12
const QUESTIONS = 100
const URGENCY = ['waiting', 'failed', 'unknown', 'handled', 'running', 'queued']

/** What somebody should look at, the most urgent first: questions of all deployments, then the newest
 *  deployments of each project to each environment. */
export const attentionOf = async (
  call: PageCall,
  cells: Cell[],
  names: Names,
): Promise<AttentionItem[]> => {
  const asking = await askingDeployments(call, names)
  const asked = new Set(asking.map(({ deploymentId }) => deploymentId))
  const others = cells
    .filter(({ deploymentId }) => !asked.has(deploymentId))
    .map(cell => ({
      deploymentId: cell.deploymentId,
      status: shownState(cell).status,
      project: names.projects.get(cell.projectId) ?? cell.projectId,
      version: cell.releaseVersion,
      environment: names.environments.get(cell.environmentId) ?? cell.environmentId,
      reason: cell.wait || cell.errorMessage || undefined,
      at: cell.completedAt ?? cell.startedAt ?? cell.queuedAt,
    }))
    .filter(({ status }) => URGENCY.includes(status))
    .sort(
      (left, right) =>
        URGENCY.indexOf(left.status) - URGENCY.indexOf(right.status) || right.at - left.at,
    )
  return [...asking, ...others].slice(0, ATTENTION)
}

/** Those that wait for a person, also where a newer one of the same place has begun meanwhile. */
const askingDeployments = async (
  { db, space, principal }: PageCall,
  names: Names,
): Promise<AttentionItem[]> => {
  const reach = reachOf(principal, 'InterruptionView', space.id)
  const filter = { isPending: true, reach }
  const { rows } = await listInterruptions(db, space.id, filter, { skip: 0, take: QUESTIONS })
  const byDeployment = Map.groupBy(rows, row => row.deploymentId)
  const ids = [...byDeployment.keys()].slice(0, ATTENTION)
  if (ids.length === 0) return []
  const found = await listDeployments(
    db,
    space.id,
    { ids, reach: reachOf(principal, 'DeploymentView', space.id) },
    { skip: 0, take: ATTENTION },
  )
  return found.rows.map(({ deployment, task, releaseVersion }): AttentionItem => {
    const questions = byDeployment.get(deployment.id) ?? []
    const more = questions.length > 1 ? ` and ${questions.length - 1} more` : ''
    return {
      deploymentId: deployment.id,
      status: 'waiting',
      // Its project may stand on another page of the dashboard.
      project:
        names.projects.get(deployment.projectId) ??
        task.description.replace(/^Deploy (.*) release .*$/, '$1'),
      version: releaseVersion,
      environment: names.environments.get(deployment.environmentId) ?? deployment.environmentId,
      reason: `${questions[0]?.title ?? ''}${more}`,
      at: questions[0]?.createdAt ?? deployment.createdAt,
    }
  })
}
