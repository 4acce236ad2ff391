import type { Route } from '../http/route.ts'
import { environmentApi } from './environment-api.ts'
import { policyApi } from './policy-api.ts'
import { poolApi } from './pool-api.ts'
import { runnerApi } from './runner-api.ts'
import { targetApi } from './target-api.ts'

export const infrastructureRoutes: Route[] = [
  ...environmentApi,
  ...targetApi,
  ...policyApi,
  ...poolApi,
  ...runnerApi,
]
