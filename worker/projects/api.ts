import type { Route } from '../http/route.ts'
import { channelApi } from './channel-api.ts'
import { groupApi } from './group-api.ts'
import { processApi } from './process-api.ts'
import { projectApi } from './project-api.ts'

export const projectRoutes: Route[] = [...groupApi, ...projectApi, ...processApi, ...channelApi]
