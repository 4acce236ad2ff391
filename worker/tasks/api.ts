import * as z from 'zod'
import { permits } from '../access/authorization.ts'
import { idempotencyOf } from '../deployments/idempotency.ts'
import { deploymentObject } from '../deployments/object.ts'
import { rerunDeployment } from '../deployments/repeat.ts'
import type { Call } from '../http/call.ts'
import { collection, pageOf } from '../http/paging.ts'
import { invalid, notFound } from '../http/problem.ts'
import { route } from '../http/route.ts'
import { isoTimeOrNull } from '../http/values.ts'
import { cancelTask, changeTaskState, type EditableState, prioritizeTask } from './commands.ts'
import { activityLogs } from './log.ts'
import { taskResource } from './resource.ts'
import { getTask, listTasks, type TaskFilter, type TaskRow } from './store.ts'
import { parseState, TASK_STATES } from './task.ts'
import { reachOf } from './visibility.ts'
import { explainWaits, tasksAhead } from './waiting.ts'

/** Without a space in the URL a task is found wherever the caller may see it. */
const spaceOf = (call: Call<unknown>) => (call.spaceNamed ? call.space.id : undefined)

const visibleTask = async (call: Call<unknown>): Promise<TaskRow> => {
  const task = await getTask(call.db, spaceOf(call), call.params.id ?? '')
  if (!maySee(call)(task)) throw notFound(task.id)
  return task
}

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
  const found = task.deploymentId
    ? await deploymentObject(call.env, task.deploymentId).details({ tail })
    : undefined
  const logs = found ? activityLogs(found, { tail, verbose: call.query.flag('verbose') }) : []
  return {
    Task: taskResource(task, call.now),
    Progress: {
      ProgressPercentage: task.completedAt === null ? (found?.progress ?? 0) : 100,
      EstimatedTimeRemaining: '',
    },
    PhysicalLogSize: found?.logBytes ?? 0,
    ActivityLogs: logs,
    Links: { Self: `/api/${task.spaceId}/tasks/${task.id}/details` },
  }
}

const raw = async (call: Call) => {
  const task = await visibleTask(call)
  const body = task.deploymentId ? await deploymentObject(call.env, task.deploymentId).rawLog() : ''
  return new Response(body, {
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'content-security-policy': "default-src 'none'; sandbox",
    },
  })
}

const cancel = async (call: Call) =>
  taskResource(await cancelTask(call, spaceOf(call), call.params.id ?? ''), call.now)

const maySee = (call: Call<unknown>) => (task: TaskRow) =>
  permits(call.principal, 'TaskView', {
    spaceId: task.spaceId,
    ...(task.projectId && { projectId: task.projectId }),
    ...(task.environmentId && { environmentId: task.environmentId }),
  })

const queuedBehind = async (call: Call) => {
  const task = await visibleTask(call)
  const { ahead } = await tasksAhead(call.db, [task], call.now)
  const seen = (ahead.get(task.id) ?? []).filter(maySee(call))
  const page = pageOf(call.query)
  const resources = seen
    .slice(page.skip, page.skip + page.take)
    .map(each => taskResource(each, call.now))
  return collection('Task', resources, seen.length, page, call.request.url)
}

const waiting = async (call: Call) => {
  const task = await visibleTask(call)
  const wait = (await explainWaits(call.db, [task], call.now, maySee(call))).get(task.id)
  return {
    IsWaiting: wait !== undefined,
    Kind: wait?.kind ?? null,
    Text: wait?.text ?? null,
    TaskId: wait?.taskId ?? null,
    DeploymentId: wait?.deploymentId ?? null,
    Since: isoTimeOrNull(wait?.since ?? null),
    Until: isoTimeOrNull(wait?.until ?? null),
    Position: wait?.position ?? null,
    Links: {
      Task: `/api/${task.spaceId}/tasks/${task.id}`,
      QueuedBehind: `/api/${task.spaceId}/tasks/${task.id}/queued-behind`,
    },
  }
}

const prioritize = async (call: Call) =>
  taskResource(await prioritizeTask(call, spaceOf(call), call.params.id ?? ''), call.now)

const stateInput = z.object({
  State: z
    .string({ error: 'must be Success or Failed.' })
    .transform((text, context): EditableState => {
      const state = parseState(text)
      if (state === 'Success' || state === 'Failed') return state
      context.addIssue(`must be Success or Failed; found '${text.slice(0, 100)}'.`)
      return z.NEVER
    }),
  Reason: z
    .string({ error: 'say why the state is changed.' })
    .trim()
    .min(1, 'say why the state is changed.')
    .max(2_000),
})

const changeState = async (call: Call<z.output<typeof stateInput>>) => {
  const change = { state: call.body.State, reason: call.body.Reason }
  const id = call.params.id ?? ''
  return taskResource(await changeTaskState(call, spaceOf(call), id, change), call.now)
}

const rerun = async (call: Call) => {
  const task = await visibleTask(call)
  if (!task.deploymentId)
    throw invalid(`${task.id} is no deployment; only deployments can be run again.`)
  const idempotency = await idempotencyOf(call)
  const made = await rerunDeployment(call, task.spaceId, task.deploymentId, { idempotency })
  return taskResource(await getTask(call.db, task.spaceId, made.taskId), call.now)
}

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
    handler: () => [{ Id: 'Deploy', Name: 'Deploy' }],
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
  route({
    method: 'GET',
    area: 'space',
    path: '/tasks/{id}/queued-behind',
    permission: 'TaskView',
    summary: 'The tasks that go before a waiting one, in order',
    handler: queuedBehind,
  }),
  route({
    method: 'GET',
    area: 'space',
    path: '/tasks/{id}/waiting',
    permission: 'TaskView',
    summary: 'Why a task waits, behind which task, and since when',
    handler: waiting,
  }),
  route({
    method: 'POST',
    area: 'space',
    path: '/tasks/{id}/prioritize',
    permission: 'TaskCancel',
    summary: 'Move a waiting task to the top of its queue',
    handler: prioritize,
  }),
  route({
    method: 'POST',
    area: 'space',
    path: '/tasks/{id}/state',
    permission: 'TaskEdit',
    schema: stateInput,
    summary: 'Mark a task that has ended as succeeded or failed, with the reason',
    handler: changeState,
  }),
  route({
    method: 'POST',
    area: 'space',
    path: '/tasks/{id}/rerun',
    permission: 'DeploymentCreate',
    summary: 'Deploy the same again with the same options, from the first step on',
    handler: rerun,
  }),
  route({
    method: 'POST',
    area: 'space',
    path: '/tasks/rerun/{id}',
    permission: 'DeploymentCreate',
    handler: rerun,
  }),
]
