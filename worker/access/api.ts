import type { Route } from '../http/route.ts'
import { bootstrapRoutes } from './bootstrap.ts'

export const accessRoutes: Route[] = [...bootstrapRoutes]
