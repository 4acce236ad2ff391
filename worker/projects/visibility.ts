import { type Column, inArray, type SQL, sql } from 'drizzle-orm'
import { limitsOf } from '../access/authorization.ts'
import type { Permission } from '../access/permission.ts'
import type { Principal } from '../access/principal.ts'

/** The projects a principal's roles are limited to for this permission; undefined: no limit. */
export const visibleProjects = (
  principal: Principal,
  permission: Permission,
  spaceId: string,
): string[] | undefined => limitsOf(principal, permission, spaceId, 'projectIds')

/** The condition that leaves only those rows. */
export const within = (column: Column, ids: string[] | undefined): SQL | undefined =>
  ids === undefined ? undefined : ids.length === 0 ? sql`0` : inArray(column, ids)
