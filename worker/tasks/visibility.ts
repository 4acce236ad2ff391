import { type Column, inArray, isNull, or, type SQL, sql } from 'drizzle-orm'
import type { Permission } from '../access/permission.ts'
import type { Principal } from '../access/principal.ts'
import { ROLES } from '../access/roles.ts'

/** What someone may see of work done for projects in environments, a part for each role held; no
 *  limit where a list is empty. */
export type Reach = { projectIds: string[]; environmentIds: string[] }[]

export const reachOf = (principal: Principal, permission: Permission, spaceId: string): Reach =>
  principal.kind !== 'user'
    ? []
    : principal.grants.filter(
        grant =>
          (grant.spaceId === null || grant.spaceId === spaceId) &&
          ROLES[grant.roleId]?.has(permission),
      )

/** The condition that leaves only rows within reach; undefined when that is all of them. What
 *  belongs to no project, or to no environment, is not limited in that respect. */
export const withinReach = (
  columns: { project: Column; environment: Column },
  reach: Reach | undefined,
): SQL | undefined => {
  if (reach === undefined) return undefined
  const parts = reach.map(({ projectIds, environmentIds }) =>
    [
      ...(projectIds.length === 0 ? [] : [among(columns.project, projectIds)]),
      ...(environmentIds.length === 0 ? [] : [among(columns.environment, environmentIds)]),
    ].filter(part => part !== undefined),
  )
  if (parts.some(part => part.length === 0)) return undefined
  if (parts.length === 0) return sql`0`
  return or(...parts.map(part => sql`(${sql.join(part, sql` AND `)})`))
}

const among = (column: Column, ids: string[]) => or(isNull(column), inArray(column, ids))
