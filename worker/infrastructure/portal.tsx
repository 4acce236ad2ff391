import type { Route } from '../http/route.ts'
import { enrolmentPages } from './enrolment-portal.tsx'
import { environmentPages } from './environment-portal.tsx'
import { poolPages } from './pool-portal.tsx'
import { targetPages } from './target-portal.tsx'

/** `targets/new` is declared before `targets/{id}`. */
export const infrastructurePages: Route[] = [
  ...environmentPages,
  ...enrolmentPages,
  ...targetPages,
  ...poolPages,
]
