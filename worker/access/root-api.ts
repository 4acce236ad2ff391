import type { AnyPrincipalCall } from '../http/call.ts'
import { type Route, route } from '../http/route.ts'
import { PERMISSIONS } from './permission.ts'
import { spaceLinks, systemLinks } from './root-links.ts'
import { listSpaces } from './space-store.ts'

/** What clients gate their calls on: a three-part version of the API they speak. */
const COMPATIBLE_VERSION = '2025.4.10680'
const API_VERSION = '3.0.0'
const SLIPWAY_VERSION = '0.1.0'

const system = { area: 'system' } as const

const root = async ({ env, db }: AnyPrincipalCall) => {
  const space = (await listSpaces(db)).find(each => each.isDefault)
  return {
    Application: 'Octopus Deploy',
    Version: COMPATIBLE_VERSION,
    ApiVersion: API_VERSION,
    InstallationId: env.INSTALLATION_ID,
    SlipwayVersion: SLIPWAY_VERSION,
    IsEarlyAccessProgram: false,
    HasLongTermSupport: false,
    Links: { ...(space ? spaceLinks(space.id) : {}), ...systemLinks() },
  }
}

export const rootRoutes: Route[] = [
  route({
    ...system,
    method: 'GET',
    path: '',
    permission: 'public',
    summary: 'What this server is, and where its resources are',
    handler: root,
  }),
  route({
    area: 'space',
    method: 'GET',
    path: '',
    permission: 'signed-in',
    summary: 'Where the resources of a space are',
    handler: call => ({ Links: spaceLinks(call.space.id) }),
  }),
  route({
    ...system,
    method: 'GET',
    path: '/capabilities',
    permission: 'public',
    summary: 'Requests that newer clients ask for by name',
    handler: () => ({ Capabilities: ['GetAllSpacesRequest'] }),
  }),
  route({
    ...system,
    method: 'GET',
    path: '/configuration/feature-toggles',
    permission: 'signed-in',
    summary: 'Feature toggles: none',
    handler: () => ({ FeatureToggles: [] }),
  }),
  route({
    ...system,
    method: 'GET',
    path: '/permissions/all',
    permission: 'signed-in',
    summary: 'The permissions there are',
    handler: () =>
      Object.fromEntries(
        PERMISSIONS.map(name => [name, { Description: name, SupportedRestrictions: [] }]),
      ),
  }),
  route({
    ...system,
    method: 'GET',
    path: '/serverstatus',
    permission: 'signed-in',
    summary: 'Whether the server is up, and where more is told',
    handler: () => ({
      IsDatabaseEncrypted: true,
      IsMajorMinorUpgrade: false,
      IsInMaintenanceMode: false,
      IsUpgradeAvailable: false,
      MaximumAvailableVersion: COMPATIBLE_VERSION,
      Links: { Self: '/api/serverstatus', Health: '/api/serverstatus/health' },
    }),
  }),
  route({
    ...system,
    method: 'GET',
    path: '/serverstatus/health',
    permission: 'public',
    summary: 'That the server answers and its database does',
    handler: async ({ db }: AnyPrincipalCall) => {
      await listSpaces(db)
      return {
        Description: 'The server and its database answer.',
        IsOperatingNormally: true,
        IsCompliantWithLicense: true,
      }
    },
  }),
]
