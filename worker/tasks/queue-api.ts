import * as z from 'zod'
import { idempotencyOf } from '../deployments/idempotency.ts'
import { rerunDeployment } from '../deployments/repeat.ts'
import type { Call } from '../http/call.ts'
import { collection, pageOf } from '../http/paging.ts'
import { invalid } from '../http/problem.ts'
import { route } from '../http/route.ts'
import { isoTimeOrNull } from '../http/values.ts'
import { changeTaskState, type EditableState, prioritizeTask } from './commands.ts'
import { taskResource } from './resource.ts'
import { getTask } from './store.ts'
import { parseState } from './task.ts'
import { maySee, spaceOf, visibleTask } from './visible.ts'
import { explainWaits, tasksAhead } from './waiting.ts'

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
  State: z.string({ error: 'must be Success or Failed.' }).max(100),
  Reason: z
    .string({ error: 'say why the state is changed.' })
    .trim()
    .min(1, 'say why the state is changed.')
    .max(2_000),
})

const editableState = (text: string): EditableState => {
  const state = parseState(text)
  if (state === 'Success' || state === 'Failed') return state
  throw invalid(`State must be Success or Failed; found '${text}'.`)
}

const changeState = async (call: Call<z.output<typeof stateInput>>) => {
  await visibleTask(call)
  const change = { state: editableState(call.body.State), reason: call.body.Reason }
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

/** What concerns a task's place in its queue, and what may be done about a task that has ended. */
export const queueRoutes = [
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
