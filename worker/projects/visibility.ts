import { type Column, inArray, type SQL, sql } from 'drizzle-orm'
import type { Permission } from '../access/permission.ts'
import type { Principal } from '../access/principal.ts'
import { ROLES } from '../access/roles.ts'

/** The projects a principal's roles are limited to for this permission; undefined: no limit. */
export const visibleProjects = (
  principal: Principal,
  permission: Permission,
  spaceId: string,
): string[] | undefined => {
  if (principal.kind !== 'user') return []
  const grants = principal.grants.filter(
    grant =>
      (grant.spaceId === null || grant.spaceId === spaceId) && ROLES[grant.roleId]?.has(permission),
  )
  if (grants.some(grant => grant.projectIds.length === 0)) return undefined
  return [...new Set(grants.flatMap(grant => grant.projectIds))]
}

/** The condition that leaves only those rows. */
export const within = (column: Column, ids: string[] | undefined): SQL | undefined =>
  ids === undefined ? undefined : ids.length === 0 ? sql`0` : inArray(column, ids)
