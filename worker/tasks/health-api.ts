import * as z from 'zod'
import type { Call } from '../http/call.ts'
import { created, route } from '../http/route.ts'
import { checkHealth, MAX_CHECKED } from './health-commands.ts'
import { taskResource } from './resource.ts'

const newTask = z.object({
  Name: z.enum(['Health'], {
    error: 'must be Health: other tasks begin with what they are about.',
  }),
  Arguments: z
    .object({
      MachineIds: z
        .array(z.string().max(200))
        .max(MAX_CHECKED, `a check looks at ${MAX_CHECKED} targets at most.`)
        .nullish(),
      EnvironmentId: z.string().max(200).nullish(),
    })
    .nullish(),
})

const create = async (call: Call<z.output<typeof newTask>>) => {
  const { MachineIds, EnvironmentId } = call.body.Arguments ?? {}
  const request = { machineIds: MachineIds ?? [], environmentId: EnvironmentId ?? undefined }
  const task = await checkHealth(call, call.space.id, request)
  return created(taskResource(task, call.now))
}

export const healthRoutes = [
  route({
    method: 'POST',
    area: 'space',
    path: '/tasks',
    permission: 'TaskCreate',
    schema: newTask,
    summary: 'Check the health of targets; the task has ended when this answers',
    handler: create,
  }),
]
