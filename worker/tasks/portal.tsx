import { links } from '../../ui/links.ts'
import { type TaskFilter as Shown, TasksPage } from '../../ui/tasks/tasks-page.tsx'
import { permits } from '../access/authorization.ts'
import { type PageCall, page } from '../http/page.tsx'
import { pageIn } from '../http/portal-form.ts'
import { listEnvironments } from '../infrastructure/store.ts'
import { shownState } from './portal-status.ts'
import { listTasks, listTasksAhead, type TaskRow } from './store.ts'

const STATES: Record<Shown, string[] | undefined> = {
  all: undefined,
  active: ['Executing', 'Cancelling'],
  queued: ['Queued'],
  failed: ['Failed', 'TimedOut'],
  finished: ['Success', 'Failed', 'Canceled', 'TimedOut'],
}
const NONE = { skip: 0, take: 1 }

const list = async (call: PageCall) => {
  const { db, space, query, principal } = call
  const filter = (Object.keys(STATES) as Shown[]).find(key => key === query.text('state')) ?? 'all'
  const { page: part, paging } = pageIn(query)
  const states = STATES[filter]
  const counted = ['active', 'queued', 'failed'] as const
  const [found, environments, ...totals] = await Promise.all([
    listTasks(db, space.id, states ? { states } : {}, part),
    listEnvironments(db, space.id),
    ...counted.map(key => listTasks(db, space.id, { states: STATES[key] ?? [] }, NONE)),
  ])
  const seen = found.rows.filter(task => maySee(principal, task))
  const ahead = await Promise.all(seen.map(task => listTasksAhead(db, task)))
  const names = new Map(environments.map(({ id, name }) => [id, name] as const))
  return (
    <TasksPage
      frame={call.frame}
      filter={filter}
      counts={Object.fromEntries(counted.map((key, index) => [key, totals[index]?.total ?? 0]))}
      paging={paging(found.total)}
      tasks={seen.map((task, index) => {
        const first = ahead[index]?.[0]
        return {
          id: task.id,
          href: task.deploymentId ? links.deployment(task.deploymentId) : undefined,
          description: task.description,
          ...shownState(task),
          environment: task.environmentId ? names.get(task.environmentId) : undefined,
          queuedAt: task.queuedAt,
          startedAt: task.startedAt ?? undefined,
          endedAt: task.completedAt ?? undefined,
          waitingFor: first && {
            text: first.description,
            href: first.deploymentId ? links.deployment(first.deploymentId) : undefined,
          },
        }
      })}
    />
  )
}

const maySee = (principal: PageCall['principal'], task: TaskRow): boolean =>
  permits(principal, 'TaskView', {
    spaceId: task.spaceId,
    ...(task.projectId && { projectId: task.projectId }),
    ...(task.environmentId && { environmentId: task.environmentId }),
  })

export const taskPages = [page({ path: '/tasks', permission: 'TaskView', handler: list })]
