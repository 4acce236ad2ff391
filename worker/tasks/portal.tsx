import { links } from '../../ui/links.ts'
import { HealthPage } from '../../ui/tasks/health-page.tsx'
import { type TaskFilter as Shown, TasksPage } from '../../ui/tasks/tasks-page.tsx'
import { action, type PageCall, page, seeOther } from '../http/page.tsx'
import { pageIn } from '../http/portal-form.ts'
import { invalid, notFound } from '../http/problem.ts'
import { listEnvironments } from '../infrastructure/store.ts'
import { foundBy, HEALTH } from './health.ts'
import { checkHealth } from './health-commands.ts'
import { shownHealth, shownState } from './portal-status.ts'
import { maySeeTask, shownWaits } from './portal-wait.ts'
import { getTask, listTasks, type TaskFilter } from './store.ts'
import { reachOf } from './visibility.ts'

const FILTERS: Record<Shown, TaskFilter> = {
  all: {},
  active: { states: ['Executing', 'Cancelling'] },
  queued: { states: ['Queued'] },
  input: { needsPeople: true },
  failed: { states: ['Failed', 'TimedOut'] },
  finished: { states: ['Success', 'Failed', 'Canceled', 'TimedOut'] },
}
const NONE = { skip: 0, take: 1 }
const COUNTED = ['active', 'queued', 'input', 'failed'] as const

const list = async (call: PageCall) => {
  const { db, space, query, principal } = call
  const filter = (Object.keys(FILTERS) as Shown[]).find(key => key === query.text('state')) ?? 'all'
  const { page: part, paging } = pageIn(query)
  const reach = reachOf(principal, 'TaskView', space.id)
  const [found, environments, ...totals] = await Promise.all([
    listTasks(db, space.id, { ...FILTERS[filter], reach }, part),
    listEnvironments(db, space.id),
    ...COUNTED.map(key => listTasks(db, space.id, { ...FILTERS[key], reach }, NONE)),
  ])
  const waits = await shownWaits(call, found.rows)
  const names = new Map(environments.map(({ id, name }) => [id, name] as const))
  return (
    <TasksPage
      frame={call.frame}
      filter={filter}
      counts={Object.fromEntries(COUNTED.map((key, index) => [key, totals[index]?.total ?? 0]))}
      paging={paging(found.total)}
      tasks={found.rows.map(task => ({
        id: task.id,
        href: task.deploymentId ? links.deployment(task.deploymentId) : links.task(task.id),
        description: task.description,
        ...shownState(task),
        environment: task.environmentId ? names.get(task.environmentId) : undefined,
        queuedAt: task.queuedAt,
        startedAt: task.startedAt ?? undefined,
        endedAt: task.completedAt ?? undefined,
        waitingFor: waits.get(task.id),
        isUrgent: task.state === 'Queued' && task.priority > 0,
      }))}
    />
  )
}

/** A task has the page of its deployment; a check of targets has one of its own. */
const one = async (call: PageCall) => {
  const task = await getTask(call.db, call.space.id, call.params.id ?? '')
  if (!maySeeTask(call.principal, task)) throw notFound(task.id)
  if (task.deploymentId) return seeOther(links.deployment(task.deploymentId))
  if (task.name !== HEALTH) throw notFound(task.id)
  return (
    <HealthPage
      frame={call.frame}
      title={task.description}
      {...shownState(task)}
      by={task.queuedBy}
      at={task.queuedAt}
      found={foundBy(task).map(each => ({
        id: each.MachineId,
        name: each.Name,
        health: shownHealth({ isDisabled: false, healthStatus: each.Status }),
        summary: each.Summary,
      }))}
    />
  )
}

const check = async (call: PageCall) => {
  const machineIds = call.form.list('machine')
  if (machineIds.length === 0) throw invalid('Choose a target to look at.')
  const task = await checkHealth(call, call.space.id, { machineIds, environmentId: undefined })
  return seeOther(links.task(task.id))
}

export const taskPages = [
  page({ path: '/tasks', permission: 'TaskView', handler: list }),
  page({ path: '/tasks/{id}', permission: 'TaskView', handler: one }),
  action({ path: '/tasks/health', permission: 'TaskCreate', handler: check }),
]
