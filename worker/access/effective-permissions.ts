import type { RoleGrant } from './principal.ts'
import { ROLES } from './roles.ts'

type Restriction = {
  SpaceId: string | null
  RestrictedToProjectIds: string[]
  RestrictedToEnvironmentIds: string[]
  RestrictedToTenantIds: string[]
  RestrictedToProjectGroupIds: string[]
}

/** What somebody may do, as clients read it: permission → where it is held. */
export const effectivePermissions = (
  userId: string,
  grants: RoleGrant[],
  teams: { id: string; name: string; spaceId: string | null }[],
) => {
  const SpacePermissions: Record<string, Restriction[]> = {}
  const SystemPermissions = new Set<string>()
  for (const grant of grants)
    for (const permission of ROLES[grant.roleId] ?? []) {
      SpacePermissions[permission] ??= []
      SpacePermissions[permission].push({
        SpaceId: grant.spaceId,
        RestrictedToProjectIds: grant.projectIds,
        RestrictedToEnvironmentIds: grant.environmentIds,
        RestrictedToTenantIds: [],
        RestrictedToProjectGroupIds: [],
      })
      if (grant.spaceId === null) SystemPermissions.add(permission)
    }
  return {
    Id: userId,
    SpacePermissions,
    SystemPermissions: [...SystemPermissions],
    Teams: teams.map(({ id, name, spaceId }) => ({ Id: id, Name: name, SpaceId: spaceId })),
    IsPermissionsComplete: true,
    IsTeamsComplete: true,
    Links: { Self: `/api/users/${userId}/permissions` },
  }
}
