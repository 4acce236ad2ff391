import type { Environment } from './environment.ts'
import { app } from './routes.ts'
import { runSchedule } from './schedule.ts'

export { Deployment } from './deployments/coordinator.ts'
export { Hub } from './runners/hub.ts'

export default {
  fetch: (request, env, execution) => app.fetch(request, env, execution),
  scheduled: (_event, env, execution) => {
    execution.waitUntil(runSchedule(env, Date.now()))
  },
} satisfies ExportedHandler<Environment>
