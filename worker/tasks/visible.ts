import { permits } from '../access/authorization.ts'
import type { Call } from '../http/call.ts'
import { notFound } from '../http/problem.ts'
import { getTask, type TaskRow } from './store.ts'

/** Without a space in the URL a task is found wherever the caller may see it. */
export const spaceOf = (call: Call<unknown>) => (call.spaceNamed ? call.space.id : undefined)

/** @throws Problem `not_found`, also for what the caller may not see */
export const visibleTask = async (call: Call<unknown>): Promise<TaskRow> => {
  const task = await getTask(call.db, spaceOf(call), call.params.id ?? '')
  if (!maySee(call)(task)) throw notFound(task.id)
  return task
}

/** Whether the caller may know more of a task than that it is there. */
export const maySee = (call: Call<unknown>) => (task: TaskRow) =>
  permits(call.principal, 'TaskView', {
    spaceId: task.spaceId,
    ...(task.projectId && { projectId: task.projectId }),
    ...(task.environmentId && { environmentId: task.environmentId }),
  })
