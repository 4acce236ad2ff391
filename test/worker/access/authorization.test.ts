import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { authorize, permits, type Scope } from '../../../worker/access/authorization.ts'
import { PERMISSIONS, type Permission } from '../../../worker/access/permission.ts'
import type { Principal, RoleGrant } from '../../../worker/access/principal.ts'
import { ROLES } from '../../../worker/access/roles.ts'

const grant = (roleId: string, more: Partial<RoleGrant> = {}): RoleGrant => ({
  roleId: `userroles-${roleId}`,
  spaceId: 'Spaces-1',
  projectIds: [],
  environmentIds: [],
  ...more,
})
const user = (name: string, ...grants: RoleGrant[]): Principal => ({
  kind: 'user',
  id: `Users-${name}`,
  username: name,
  displayName: name,
  email: '',
  isService: false,
  grants,
  establishedWith: 'API key',
})

const shop = 'Projects-1'
const other = 'Projects-2'
const staging = 'Environments-1'
const production = 'Environments-2'
const here = { spaceId: 'Spaces-1' }

const ada = user('ada', grant('projectdeployer', { projectIds: [shop] }))
const ben = user('ben', grant('projectviewer'))
const stagingOnly = user('sam', grant('projectdeployer', { environmentIds: [staging] }))
const twoGrants = user(
  'tom',
  grant('projectdeployer', { projectIds: [shop], environmentIds: [staging] }),
  grant('projectdeployer', { projectIds: [other], environmentIds: [production] }),
)
const root = user('root', grant('systemadministrator', { spaceId: null }))
const manager = user('mia', grant('spacemanager'))

describe('who may do what, where', () => {
  it.each<[string, Principal, Permission, Scope, boolean]>([
    [
      'Ada deploys Shop',
      ada,
      'DeploymentCreate',
      { ...here, projectId: shop, environmentId: production },
      true,
    ],
    ['Ada deploys another project', ada, 'DeploymentCreate', { ...here, projectId: other }, false],
    [
      'Ada deploys Shop in another space',
      ada,
      'DeploymentCreate',
      { spaceId: 'Spaces-2', projectId: shop },
      false,
    ],
    ['Ada creates a release', ada, 'ReleaseCreate', { ...here, projectId: shop }, false],
    ['Ben looks at Shop', ben, 'ProjectView', { ...here, projectId: shop }, true],
    ['Ben deploys Shop', ben, 'DeploymentCreate', { ...here, projectId: shop }, false],
    ['Ben looks into another space', ben, 'ProjectView', { spaceId: 'Spaces-2' }, false],
    ['Ben looks at what belongs to no space', ben, 'EventView', {}, false],
    [
      'Sam deploys to Staging',
      stagingOnly,
      'DeploymentCreate',
      { ...here, projectId: shop, environmentId: staging },
      true,
    ],
    [
      'Sam deploys to Production',
      stagingOnly,
      'DeploymentCreate',
      { ...here, projectId: shop, environmentId: production },
      false,
    ],
    ['Sam may deploy somewhere', stagingOnly, 'DeploymentCreate', here, true],
    [
      'two grants do not mix: Shop to Production',
      twoGrants,
      'DeploymentCreate',
      { ...here, projectId: shop, environmentId: production },
      false,
    ],
    [
      'two grants each hold: Shop to Staging',
      twoGrants,
      'DeploymentCreate',
      { ...here, projectId: shop, environmentId: staging },
      true,
    ],
    [
      'two grants each hold: the other to Production',
      twoGrants,
      'DeploymentCreate',
      { ...here, projectId: other, environmentId: production },
      true,
    ],
    [
      'the administrator everywhere',
      root,
      'DeploymentCreate',
      { spaceId: 'Spaces-9', projectId: other },
      true,
    ],
    ['the administrator beyond spaces', root, 'AdministerSystem', {}, true],
    ['a space manager in the space', manager, 'SpaceEdit', here, true],
    ['a space manager beyond it', manager, 'UserEdit', {}, false],
    ['a space manager making a space', manager, 'SpaceCreate', {}, false],
    ['nobody', { kind: 'anonymous' }, 'ProjectView', here, false],
    ['a user without grants', user('zoe'), 'ProjectView', here, false],
    ['an unknown role', user('eve', grant('inventedrole')), 'ProjectView', here, false],
    [
      'a role spelled otherwise',
      user('eve', grant('SystemAdministrator', { spaceId: null })),
      'ProjectView',
      here,
      false,
    ],
    [
      'a role named like a property',
      user('eve', { ...grant(''), roleId: 'constructor' }),
      'ProjectView',
      here,
      false,
    ],
  ])('%s', (_what, principal, permission, scope, expected) => {
    expect(permits(principal, permission, scope)).toBe(expected)
  })

  it('says what is missing and for what', () => {
    expect(() => authorize(ben, 'DeploymentCreate', { ...here, projectId: shop })).toThrow(
      'You do not have permission to do this. It takes DeploymentCreate for Projects-1, Spaces-1. ' +
        'Ask an administrator to add you to a team whose role grants it.',
    )
    expect(() => authorize(root, 'UserEdit', {})).not.toThrow()
  })

  it('agrees with the plain reading of the rule for any set of grants', () => {
    const spaces = ['Spaces-1', 'Spaces-2']
    const grants = fc.array(
      fc.record({
        roleId: fc.constantFrom(...Object.keys(ROLES)),
        spaceId: fc.constantFrom(null, ...spaces),
        projectIds: fc.subarray([shop, other]),
        environmentIds: fc.subarray([staging, production]),
      }),
      { maxLength: 5 },
    )
    const scope = fc.record({
      spaceId: fc.constantFrom(...spaces),
      projectId: fc.constantFrom(shop, other),
      environmentId: fc.constantFrom(staging, production),
    })
    fc.assert(
      fc.property(grants, scope, fc.constantFrom(...PERMISSIONS), (held, at, permission) => {
        let expected = false
        for (const each of held) {
          if (!ROLES[each.roleId]?.has(permission)) continue
          if (each.spaceId !== null && each.spaceId !== at.spaceId) continue
          if (each.projectIds.length > 0 && !each.projectIds.includes(at.projectId)) continue
          if (each.environmentIds.length > 0 && !each.environmentIds.includes(at.environmentId))
            continue
          expected = true
        }
        expect(permits(user('any', ...held), permission, at)).toBe(expected)
      }),
      { numRuns: 10_000 },
    )
  })
})
