import type { Call } from '../http/call.ts'
import { collection, pageOf } from '../http/paging.ts'
import { notFound } from '../http/problem.ts'
import { type Route, route } from '../http/route.ts'
import { permits } from './authorization.ts'
import { ROLES } from './roles.ts'
import { listTeams, type TeamRow } from './user-store.ts'

const system = { area: 'system' } as const

export const teamResource = (row: TeamRow) => ({
  Id: row.id,
  SpaceId: row.spaceId,
  Name: row.name,
  Description: '',
  MemberUserIds: row.memberIds,
  ExternalSecurityGroups: [],
  CanBeDeleted: !row.isBuiltIn,
  CanBeRenamed: !row.isBuiltIn,
  CanChangeMembers: row.id !== 'teams-everyone',
  CanChangeRoles: !row.isBuiltIn,
  Links: { Self: `/api/teams/${row.id}` },
})

/** Teams of the whole system take TeamView there; a space's own teams take it in that space. */
const visibleTeams = async (call: Call): Promise<TeamRow[]> => {
  const ids = call.query.list('ids')
  const partialName = call.query.text('partialName')?.toLowerCase()
  const spaces = call.query.list('spaces')
  return (await listTeams(call.db)).filter(
    row =>
      permits(call.principal, 'TeamView', row.spaceId ? { spaceId: row.spaceId } : {}) &&
      (!ids || ids.includes(row.id)) &&
      (partialName === undefined || row.name.toLowerCase().includes(partialName)) &&
      (!spaces || row.spaceId === null || spaces.includes(row.spaceId)),
  )
}

const NAMES: Record<string, string> = {
  'userroles-systemadministrator': 'System Administrator',
  'userroles-systemmanager': 'System Manager',
  'userroles-spacemanager': 'Space Manager',
  'userroles-projectviewer': 'Project Viewer',
  'userroles-projectlead': 'Project Lead',
  'userroles-projectdeployer': 'Project Deployer',
  'userroles-packagepublisher': 'Package Publisher',
  'userroles-buildserver': 'Build Server',
}

const roleResource = (id: string) => {
  const permissions = [...(ROLES[id] ?? [])]
  const isSystem = id.startsWith('userroles-system')
  return {
    Id: id,
    Name: NAMES[id] ?? id,
    Description: '',
    CanBeDeleted: false,
    GrantedSpacePermissions: isSystem ? [] : permissions,
    GrantedSystemPermissions: isSystem ? permissions : [],
    SpacePermissionDescriptions: [],
    SystemPermissionDescriptions: [],
    SupportedRestrictions: isSystem ? [] : ['Projects', 'Environments'],
    Links: { Self: `/api/userroles/${id}` },
  }
}

const paged = <Item>(call: Call, itemType: string, items: Item[]) => {
  const page = pageOf(call.query)
  const shown = items.slice(page.skip, page.skip + page.take)
  return collection(itemType, shown, items.length, page, call.request.url)
}

export const teamRoutes: Route[] = [
  route({
    ...system,
    method: 'GET',
    path: '/teams',
    permission: 'signed-in',
    summary: 'List the teams you may see, by name',
    handler: async call => paged(call, 'Team', (await visibleTeams(call)).map(teamResource)),
  }),
  route({
    ...system,
    method: 'GET',
    path: '/teams/all',
    permission: 'signed-in',
    summary: 'All teams you may see, by name',
    handler: async call => (await visibleTeams(call)).map(teamResource),
  }),
  route({
    ...system,
    method: 'GET',
    path: '/teams/{id}',
    permission: 'signed-in',
    summary: 'Get a team',
    handler: async call => {
      const row = (await visibleTeams(call)).find(({ id }) => id === call.params.id)
      if (!row) throw notFound(call.params.id ?? '')
      return teamResource(row)
    },
  }),
  route({
    ...system,
    method: 'GET',
    path: '/userroles',
    permission: 'signed-in',
    summary: 'List the built-in roles',
    handler: call => paged(call, 'UserRole', Object.keys(ROLES).map(roleResource)),
  }),
  route({
    ...system,
    method: 'GET',
    path: '/userroles/all',
    permission: 'signed-in',
    summary: 'All roles',
    handler: () => Object.keys(ROLES).map(roleResource),
  }),
  route({
    ...system,
    method: 'GET',
    path: '/userroles/{id}',
    permission: 'signed-in',
    summary: 'Get a role',
    handler: call => {
      const id = call.params.id?.toLowerCase() ?? ''
      if (!Object.hasOwn(ROLES, id)) throw notFound(call.params.id ?? '')
      return roleResource(id)
    },
  }),
]
