import { accessRoutes } from './access/api.ts'
import { buildApp } from './http/app.ts'
import { problemPage } from './http/problem-page.tsx'
import type { Route } from './http/route.ts'

/** Everything the server answers to: one list for each slice, declared in its own folder. */
export const routes: Route[] = [...accessRoutes]

export const app = buildApp(routes, problemPage)
