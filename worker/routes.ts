import { accessRoutes } from './access/api.ts'
import { accessPages } from './access/portal.tsx'
import { artifactRoutes } from './artifacts/api.ts'
import { auditRoutes } from './audit/api.ts'
import { auditPages } from './audit/portal.tsx'
import { deploymentRoutes } from './deployments/api.ts'
import { deployPages } from './deployments/deploy-portal.tsx'
import { outputRoutes } from './deployments/outputs-api.ts'
import { outputPages } from './deployments/outputs-portal.tsx'
import { dashboardPages } from './deployments/portal.tsx'
import { buildApp } from './http/app.ts'
import { openApiDocument } from './http/openapi.ts'
import { problemPage } from './http/problem-page.tsx'
import { type Route, route } from './http/route.ts'
import { infrastructureRoutes } from './infrastructure/api.ts'
import { infrastructurePages } from './infrastructure/portal.tsx'
import { interruptionRoutes } from './interruptions/api.ts'
import { interruptionPages } from './interruptions/portal.tsx'
import { lifecycleRoutes } from './lifecycles/api.ts'
import { lifecyclePages } from './lifecycles/portal.tsx'
import { packageRoutes } from './packages/api.ts'
import { packagePages } from './packages/portal.tsx'
import { projectRoutes } from './projects/api.ts'
import { channelPages } from './projects/channel-portal.tsx'
import { projectPages } from './projects/portal.tsx'
import { releaseRoutes } from './releases/api.ts'
import { releasePages } from './releases/portal.tsx'
import { runnerRoutes } from './runners/api.ts'
import { runnerPages } from './runners/portal.tsx'
import { stewardshipRoutes } from './runners/stewardship-api.ts'
import { taskRoutes } from './tasks/api.ts'
import { taskPages } from './tasks/portal.tsx'
import { variableRoutes } from './variables/api.ts'
import { variablePages } from './variables/portal.tsx'

const description = route({
  method: 'GET',
  area: 'system',
  path: '/openapi.json',
  permission: 'public',
  summary: 'What this server really serves',
  handler: ({ env }) => openApiDocument(routes, env.PUBLIC_URL),
})

/** Everything the server answers to: one list for each slice, declared in its own folder. */
export const routes: Route[] = [
  description,
  ...accessRoutes,
  ...auditRoutes,
  ...infrastructureRoutes,
  ...packageRoutes,
  ...variableRoutes,
  ...lifecycleRoutes,
  ...projectRoutes,
  ...releaseRoutes,
  ...taskRoutes,
  ...deploymentRoutes,
  ...outputRoutes,
  ...interruptionRoutes,
  ...artifactRoutes,
  ...runnerRoutes,
  ...stewardshipRoutes,
  ...accessPages,
  ...auditPages,
  ...infrastructurePages,
  ...runnerPages,
  ...packagePages,
  ...lifecyclePages,
  ...releasePages,
  ...deployPages,
  ...outputPages,
  ...variablePages,
  ...channelPages,
  // `/projects/new` stands before `/projects/{id}`.
  ...projectPages,
  ...taskPages,
  ...interruptionPages,
  ...dashboardPages,
]

export const app = buildApp(routes, problemPage)
