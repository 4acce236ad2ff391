import { limitsOf } from '../access/authorization.ts'
import type { Permission } from '../access/permission.ts'
import type { Principal } from '../access/principal.ts'

/** The environments within which someone holds a permission in a space; undefined: no limit. */
export const environmentsWithin = (
  principal: Principal,
  permission: Permission,
  spaceId: string,
): string[] | undefined => limitsOf(principal, permission, spaceId, 'environmentIds')
