import type { Route } from '../http/route.ts'
import { bootstrapRoutes } from './bootstrap.ts'
import { rootRoutes } from './root-api.ts'
import { spaceRoutes } from './space-api.ts'
import { teamRoutes } from './team-api.ts'
import { tokenRoutes } from './token-api.ts'
import { userRoutes } from './user-api.ts'

export const accessRoutes: Route[] = [
  ...rootRoutes,
  ...spaceRoutes,
  ...userRoutes,
  ...teamRoutes,
  ...tokenRoutes,
  ...bootstrapRoutes,
]
