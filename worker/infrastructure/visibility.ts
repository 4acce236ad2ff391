import type { Permission } from '../access/permission.ts'
import type { Principal } from '../access/principal.ts'
import { ROLES } from '../access/roles.ts'

/** The environments within which someone holds a permission in a space; undefined: no limit. */
export const environmentsWithin = (
  principal: Principal,
  permission: Permission,
  spaceId: string,
): string[] | undefined => {
  if (principal.kind !== 'user') return []
  const grants = principal.grants.filter(
    grant =>
      (grant.spaceId === null || grant.spaceId === spaceId) && ROLES[grant.roleId]?.has(permission),
  )
  if (grants.some(grant => grant.environmentIds.length === 0)) return undefined
  return [...new Set(grants.flatMap(grant => grant.environmentIds))]
}
