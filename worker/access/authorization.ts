import { Problem } from '../http/problem.ts'
import type { Permission } from './permission.ts'
import type { Principal } from './principal.ts'
import { ROLES } from './roles.ts'

/** What a permission is asked for. Only what is named is compared. */
export type Scope = { spaceId?: string; projectId?: string; environmentId?: string }

/** True when some role that grants it, held here, is limited to nothing the scope falls outside of. */
export const permits = (principal: Principal, permission: Permission, scope: Scope): boolean =>
  principal.kind === 'user' &&
  principal.grants.some(
    grant =>
      (grant.spaceId === null || grant.spaceId === scope.spaceId) &&
      (ROLES[grant.roleId]?.has(permission) ?? false) &&
      admits(grant.projectIds, scope.projectId) &&
      admits(grant.environmentIds, scope.environmentId),
  )

/** A limited grant does not reach what names nothing in its dimension only when asked for one. */
const admits = (limits: string[], id: string | undefined) =>
  limits.length === 0 || id === undefined || limits.includes(id)

/** The projects or the environments that the grants of a permission in a space are limited to; undefined:
 *  no limit. */
export const limitsOf = (
  principal: Principal,
  permission: Permission,
  spaceId: string,
  by: 'projectIds' | 'environmentIds',
): string[] | undefined => {
  if (principal.kind !== 'user') return []
  const grants = principal.grants.filter(
    grant =>
      (grant.spaceId === null || grant.spaceId === spaceId) && ROLES[grant.roleId]?.has(permission),
  )
  if (grants.some(grant => grant[by].length === 0)) return undefined
  return [...new Set(grants.flatMap(grant => grant[by]))]
}

/** @throws Problem `forbidden`, naming the permission and the scope that is missing. */
export const authorize = (principal: Principal, permission: Permission, scope: Scope): void => {
  if (permits(principal, permission, scope)) return
  const where = [scope.projectId, scope.environmentId, scope.spaceId].filter(Boolean).join(', ')
  throw new Problem(
    'forbidden',
    `You do not have permission to do this. It takes ${permission}${where && ` for ${where}`}. ` +
      'Ask an administrator to add you to a team whose role grants it.',
  )
}
