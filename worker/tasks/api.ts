import { permits } from '../access/authorization.ts'
import { deploymentObject } from '../deployments/object.ts'
import type { Call } from '../http/call.ts'
import { collection, pageOf } from '../http/paging.ts'
import { invalid } from '../http/problem.ts'
import { route } from '../http/route.ts'
import { cancelTask } from './commands.ts'
import { HEALTH, healthDetails } from './health.ts'
import { healthRoutes } from './health-api.ts'
import { detailsFor } from './holders.ts'
import { activityLogs, rawText, type TaskDetails } from './log.ts'
import { queueRoutes } from './queue-api.ts'
import { taskResource } from './resource.ts'
import { listTasks, type TaskFilter, type TaskRow } from './store.ts'
import { parseState, TASK_STATES } from './task.ts'
import { reachOf } from './visibility.ts'
import { maySee, spaceOf, visibleTask } from './visible.ts'
import { explainWaits } from './waiting.ts'

const list = async (call: Call) => {
  const page = pageOf(call.query)
  const spaceId = listedSpace(call)
  const filter = {
    ...filterOf(call),
    ...(spaceId !== undefined && { reach: reachOf(call.principal, 'TaskView', spaceId) }),
  }
  const { rows, total } = await listTasks(call.db, spaceId, filter, page)
  const resources = rows.map(task => taskResource(task, call.now))
  return collection('Task', resources, total, page, call.request.url)
}

/** Across spaces only for those who may see all of them. */
const listedSpace = (call: Call) =>
  !call.spaceNamed && permits(call.principal, 'AdministerSystem', {}) ? undefined : call.space.id

const filterOf = ({ query }: Call): TaskFilter => {
  const ids = query.list('ids')
  const states = query.list('states')?.map(text => {
    const state = parseState(text)
    if (!state)
      throw invalid(`'${text.slice(0, 40)}' is no task state; use ${TASK_STATES.join(', ')}.`)
    return state
  })
  const running = query.flag('running')
  const name = query.text('name')
  const projectId = query.text('project')
  const environmentId = query.text('environment')
  return {
    ...(ids && { ids }),
    ...(running ? { states: ['Executing', 'Cancelling'] } : states && { states }),
    ...(query.flag('active') && { active: true }),
    ...(query.flag('hasPendingInterruptions') && { needsPeople: true }),
    ...(name && { name }),
    ...(projectId && { projectId }),
    ...(environmentId && { environmentId }),
  }
}

const get = async (call: Call) => taskResource(await visibleTask(call), call.now)

const details = async (call: Call) => {
  const task = await visibleTask(call)
  const tail = call.query.integer('tail', 1_000, { min: 1, max: 10_000 })
  const told = task.deploymentId
    ? ((await deploymentObject(call.env, task.deploymentId).details({ tail })) as
        | TaskDetails
        | undefined)
    : healthOf(task)
  const found = await detailsFor(call.db, told, maySee(call))
  const wait = (await explainWaits(call.db, [task], call.now, maySee(call))).get(task.id)
  const logs = found ? activityLogs(found, { tail, verbose: call.query.flag('verbose') }) : []
  return {
    Task: taskResource(task, call.now),
    Progress: {
      ProgressPercentage: task.completedAt === null ? (found?.progress ?? 0) : 100,
      EstimatedTimeRemaining: '',
    },
    WaitingFor: wait
      ? { Text: wait.text, TaskId: wait.taskId, DeploymentId: wait.deploymentId }
      : null,
    PhysicalLogSize: found?.logBytes ?? 0,
    ActivityLogs: logs,
    Links: { Self: `/api/${task.spaceId}/tasks/${task.id}/details` },
  }
}

/** A check of targets keeps its log in its row. */
const healthOf = (task: TaskRow): TaskDetails | undefined =>
  task.name === HEALTH ? healthDetails(task) : undefined

const rawHealth = async (task: TaskRow): Promise<string> => {
  const details = healthOf(task)
  let text = ''
  if (!details) return text
  const read = (node: string) => details.chunks.filter(chunk => chunk.node === node)
  for await (const piece of rawText('', details.tree, read)) text += piece
  return text
}

const raw = async (call: Call) => {
  const task = await visibleTask(call)
  const body = task.deploymentId
    ? await deploymentObject(call.env, task.deploymentId).rawLog()
    : await rawHealth(task)
  return new Response(body, {
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'content-security-policy': "default-src 'none'; sandbox",
    },
  })
}

const cancel = async (call: Call) =>
  taskResource(await cancelTask(call, spaceOf(call), call.params.id ?? ''), call.now)

export const taskRoutes = [
  route({
    method: 'GET',
    area: 'space',
    path: '/tasks',
    permission: 'TaskView',
    summary: 'Tasks, newest first',
    handler: list,
  }),
  route({
    method: 'GET',
    area: 'space',
    path: '/tasks/tasktypes',
    permission: 'TaskView',
    handler: () => ['Deploy', HEALTH].map(name => ({ Id: name, Name: name })),
  }),
  route({
    method: 'GET',
    area: 'space',
    path: '/tasks/{id}',
    permission: 'TaskView',
    handler: get,
  }),
  route({
    method: 'GET',
    area: 'space',
    path: '/tasks/{id}/details',
    permission: 'TaskView',
    summary: 'A task with its log as a tree',
    handler: details,
  }),
  route({
    method: 'GET',
    area: 'space',
    path: '/tasks/{id}/raw',
    permission: 'TaskView',
    summary: "A task's log as text",
    handler: raw,
  }),
  route({
    method: 'POST',
    area: 'space',
    path: '/tasks/{id}/cancel',
    permission: 'TaskCancel',
    summary: 'Ask for a task to end',
    handler: cancel,
  }),
  ...queueRoutes,
  ...healthRoutes,
]
