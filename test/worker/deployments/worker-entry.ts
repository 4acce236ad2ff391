import { accessRoutes } from '../../../worker/access/api.ts'
import { artifactRoutes } from '../../../worker/artifacts/api.ts'
import { deploymentCommands } from '../../../worker/deployments/facade.ts'
import { deploymentObject } from '../../../worker/deployments/object.ts'
import type { Environment } from '../../../worker/environment.ts'
import { buildApp } from '../../../worker/http/app.ts'
import type { AnyPrincipalCall } from '../../../worker/http/call.ts'
import { type Route, route } from '../../../worker/http/route.ts'
import { infrastructureRoutes } from '../../../worker/infrastructure/api.ts'
import type { Choice } from '../../../worker/interruptions/interruption.ts'
import { projectRoutes } from '../../../worker/projects/api.ts'
import { runnerRoutes } from '../../../worker/runners/api.ts'
import { stewardshipRoutes } from '../../../worker/runners/stewardship-api.ts'
import { runSchedule } from '../../../worker/schedule.ts'
import { activityLogs } from '../../../worker/tasks/log.ts'

export { Deployment } from '../../../worker/deployments/coordinator.ts'
export { Hub } from '../../../worker/runners/hub.ts'

const ADA = { id: 'Users-1', username: 'ada', displayName: 'Ada', emailAddress: '' }

const deed = (path: string, handler: (call: AnyPrincipalCall) => unknown): Route =>
  route({ method: 'POST', area: 'root', path, permission: 'public', handler })

const object = ({ env, params }: AnyPrincipalCall) => deploymentObject(env, params.id ?? '')

/** What the commands and pages of the product ask of a deployment, each by a request of its own. */
const deeds = [
  deed('/deeds/{id}/start', call => object(call).start(call.params.id ?? '')),
  deed('/deeds/{id}/cancel', call =>
    object(call).requestCancel({ by: 'Ada', reason: 'Canceled by Ada' }),
  ),
  deed('/deeds/{id}/answer', async call => {
    const { interruption, choice } = (await call.request.json()) as {
      interruption: string
      choice: Choice
    }
    const common = { interruption, user: ADA, teamIds: [] }
    const taken = await object(call).takeResponsibility({ ...common, takeOver: true })
    if (taken.type === 'refused') return taken
    return object(call).submitInterruption({ ...common, choice, notes: '' })
  }),
  deed('/deeds/{id}/details', call => object(call).details()),
  deed('/deeds/{id}/activity', async call => {
    const details = await object(call).details()
    return details && activityLogs(details, { tail: 1_000, verbose: true })
  }),
  deed('/deeds/{id}/log', call =>
    object(call).readLog({
      after: call.query.integer('after', 0, { min: 0, max: 1e9 }),
      limit: 1_000,
      waitMs: 20_000,
    }),
  ),
  deed('/deeds/{id}/raw', async call => new Response(await object(call).rawLog())),
  deed('/deeds/{id}/facade', call => deploymentCommands(call.env, call.params.id ?? '').details()),
]

const app = buildApp(
  [
    ...accessRoutes,
    ...artifactRoutes,
    ...infrastructureRoutes,
    ...projectRoutes,
    ...runnerRoutes,
    ...stewardshipRoutes,
    ...deeds,
  ],
  problem => Response.json(problem.message, { status: problem.status }),
)

export default {
  fetch: app.fetch,
  scheduled: async (_event: unknown, env: Environment) => runSchedule(env, Date.now()),
}
