import { buildApp } from '../../../worker/http/app.ts'
import { packageRoutes } from '../../../worker/packages/api.ts'

const app = buildApp(
  packageRoutes,
  (problem, _request, status) => new Response(problem.message, { status }),
)

export default { fetch: app.fetch }
