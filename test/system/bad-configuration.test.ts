import { afterAll, beforeAll, describe, it } from 'vitest'
import { expectRefusal, storesNothing } from '../support/refusals.ts'
import { openShop, type Shop, step } from '../support/refusing-shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop?.end())

describe('configuration that names what is not there', () => {
  const scoped = (Scope: object) => ({ Variables: [{ Name: 'Url', Value: 'x', Scope }] })

  it.each<[what: string, method: string, path: string, body: object, status: number, says: RegExp]>(
    [
      [
        'a variable for an environment',
        'PUT',
        '/variables/variableset-$Shop',
        scoped({ Environment: ['Environments-999'] }),
        400,
        /Url is scoped to the environment 'Environments-999'/,
      ],
      [
        'a variable for a target',
        'PUT',
        '/variables/variableset-$Shop',
        scoped({ Machine: ['Machines-999'] }),
        400,
        /Machines-999/,
      ],
      [
        'a variable for a step',
        'PUT',
        '/variables/variableset-$Shop',
        scoped({ Action: ['nothing'] }),
        400,
        /nothing/,
      ],
      [
        'a variable for another project’s channel',
        'PUT',
        '/variables/variableset-$Shop',
        scoped({ Channel: ['$OtherChannel'] }),
        400,
        /Channels-/,
      ],
      [
        'a variable with an unknown kind of scope',
        'PUT',
        '/variables/variableset-$Shop',
        scoped({ Weather: ['rain'] }),
        400,
        /Weather/,
      ],
      [
        'variables of an older version',
        'PUT',
        '/variables/variableset-$Shop',
        { Version: 99, Variables: [] },
        400,
        /.{20}/,
      ],
      [
        'a project in no group',
        'POST',
        '/projects',
        { Name: 'New', ProjectGroupId: 'ProjectGroups-999', LifecycleId: '$Careful' },
        400,
        /ProjectGroups-999/,
      ],
      [
        'a project without a lifecycle',
        'POST',
        '/projects',
        { Name: 'New', ProjectGroupId: '$Group', LifecycleId: 'Lifecycles-999' },
        400,
        /Lifecycles-999/,
      ],
      [
        'a project of a name that is taken',
        'POST',
        '/projects',
        { Name: 'SHOP', ProjectGroupId: '$Group', LifecycleId: '$Careful' },
        409,
        /Shop/i,
      ],
      [
        'a project with unknown variables',
        'POST',
        '/projects',
        {
          Name: 'New',
          ProjectGroupId: '$Group',
          LifecycleId: '$Careful',
          IncludedLibraryVariableSetIds: ['LibraryVariableSets-999'],
        },
        400,
        /LibraryVariableSets-999/,
      ],
      [
        'a lifecycle with an environment',
        'POST',
        '/lifecycles',
        { Name: 'New', Phases: [{ Name: 'A', OptionalDeploymentTargets: ['Environments-999'] }] },
        400,
        /Environments-999/,
      ],
      [
        'a lifecycle of a name that is taken',
        'POST',
        '/lifecycles',
        { Name: 'careful' },
        409,
        /careful/i,
      ],
      [
        'a channel with a lifecycle',
        'POST',
        '/projects/$Shop/channels',
        { Name: 'New', LifecycleId: 'Lifecycles-999' },
        400,
        /Lifecycles-999/,
      ],
      [
        'a channel with a broken range',
        'POST',
        '/projects/$Shop/channels',
        {
          Name: 'New',
          Rules: [{ VersionRange: '[1.0', ActionPackages: [{ DeploymentAction: 'Deploy web' }] }],
        },
        400,
        /\[1\.0/,
      ],
      [
        'a step for an environment',
        'PUT',
        '/projects/$Shop/deploymentprocesses',
        { Steps: [step('A', { Environments: ['Environments-999'] })] },
        400,
        /Environments-999/,
      ],
      [
        'a step for a channel',
        'PUT',
        '/projects/$Shop/deploymentprocesses',
        { Steps: [step('A', { Channels: ['Channels-999'] })] },
        400,
        /Channels-999/,
      ],
      [
        'two steps of one name',
        'PUT',
        '/projects/$Shop/deploymentprocesses',
        { Steps: [step('A'), step('a')] },
        400,
        /'?a'?/i,
      ],
      [
        'a process of an older version',
        'PUT',
        '/projects/$Shop/deploymentprocesses',
        { Version: 99, Steps: [] },
        400,
        /.{20}/,
      ],
      [
        'a target in an environment',
        'POST',
        '/machines',
        { Name: 'web-9', EnvironmentIds: ['Environments-999'], Roles: ['web'] },
        400,
        /Environments-999/,
      ],
      [
        'a target of a name that is taken',
        'POST',
        '/machines',
        { Name: 'WEB-1', EnvironmentIds: ['$Staging'], Roles: ['web'] },
        409,
        /web-1/i,
      ],
      [
        'an environment of a name that is taken',
        'POST',
        '/environments',
        { Name: 'staging' },
        409,
        /staging/i,
      ],
      [
        'an order of environments',
        'PUT',
        '/environments/sortorder',
        ['Environments-999'],
        400,
        /Environments-999/,
      ],
      [
        'a runner for an environment',
        'POST',
        '/runners/enrolment-tokens',
        { EnvironmentIds: ['Environments-999'], Roles: ['web'] },
        400,
        /Environments-999/,
      ],
      [
        'a second repository of our own',
        'POST',
        '/feeds',
        { Name: 'New', FeedType: 'BuiltIn' },
        400,
        /.{20}/,
      ],
      [
        'a feed on a strange address',
        'POST',
        '/feeds',
        { Name: 'New', FeedType: 'NuGet', FeedUri: 'file:///etc/passwd' },
        400,
        /.{20}/,
      ],
    ],
  )('is refused: %s', async (_, method, path, body, status, says) => {
    expectRefusal(await shop.ask(method, path, body), status, says)
  })

  it.each([
    ['an environment', '/environments/$Staging', 409],
    ['a lifecycle', '/lifecycles/$Careful', 409],
    ['a project group', '/projectgroups/$Group', 409],
    ['a default channel', '/channels/$OtherChannel', 400],
    ['the built-in repository', '/feeds/feeds-builtin', 400],
  ])('is refused: deleting %s that is needed', async (_, path, status) => {
    expectRefusal(await shop.ask('DELETE', path), status, /.{20}/)
  })

  storesNothing(() => shop)
})
