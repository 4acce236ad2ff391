import { afterAll, beforeAll, describe, it } from 'vitest'
import { expectRefusal, storesNothing } from '../support/refusals.ts'
import { openShop, type Shop } from '../support/refusing-shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop?.end())

type Refused = [what: string, body: object, status: number, says: RegExp]

describe('a release', () => {
  it.each<Refused>([
    [
      'of a package version that is missing',
      { Packages: ['Shop.Web:9.9.9'] },
      400,
      /Shop\.Web.*9\.9\.9/,
    ],
    ['of a version for all packages that is missing', { PackageVersion: '9.9.9' }, 400, /9\.9\.9/],
    ['that names a package of no step', { Packages: ['Nothing:1.0.0'] }, 400, /Nothing/],
    ['with a broken package', { Packages: ['::::'] }, 400, /.{20}/],
    ['of a project that is not there', { ProjectName: 'Nothing' }, 404, /'Nothing' was not found/],
    [
      'in a channel that is not there',
      { ChannelName: 'Hotfix' },
      400,
      /no channel 'Hotfix' in Shop\. Known: Default/,
    ],
    ['with a number that is none', { ReleaseVersion: 'not a version' }, 400, /not a version/],
    ['with a number that is taken', { ReleaseVersion: '1.0.0' }, 409, /1\.0\.0/],
    ['without a project', { ProjectName: null }, 400, /ProjectName/],
  ])('%s is refused', async (_, body, status, says) => {
    const sent = { ProjectName: 'Shop', ReleaseVersion: '2.0.0', ...body }
    expectRefusal(await shop.ask('POST', '/releases/create/v1', sent), status, says)
  })

  it.each<Refused>([
    ['of a project that is not there', { ProjectId: 'Projects-999' }, 404, /Projects-999/],
    [
      'in a channel of another project',
      { ChannelId: '$OtherChannel' },
      400,
      /no channel 'Channels-\d+' in Shop/,
    ],
    [
      'of a package version that is missing',
      { SelectedPackages: [{ ActionName: 'Deploy web', Version: '9.9.9' }] },
      400,
      /9\.9\.9/,
    ],
  ])('%s is refused by ids too', async (_, body, status, says) => {
    const sent = { ProjectId: '$Shop', Version: '2.0.0', ...body }
    expectRefusal(await shop.ask('POST', '/releases', sent), status, says)
  })

  storesNothing(() => shop)
})

describe('a deployment', () => {
  it.each<Refused>([
    [
      'to an environment that the lifecycle does not allow yet',
      { EnvironmentNames: ['Production'] },
      400,
      /Release 1\.0\.0 of Shop cannot be deployed to Production/,
    ],
    [
      'to one that it may and one that it may not',
      { EnvironmentNames: ['Staging', 'Production'] },
      400,
      /cannot be deployed to Production/,
    ],
    ['to an environment that is not there', { EnvironmentNames: ['Nowhere'] }, 404, /Nowhere/],
    ['to no environment', { EnvironmentNames: [] }, 400, /EnvironmentNames/],
    [
      'to too many environments',
      { EnvironmentNames: Array(51).fill('Staging') },
      400,
      /EnvironmentNames/,
    ],
    ['of a project that is not there', { ProjectName: 'Nothing' }, 404, /'Nothing' was not found/],
    ['of a release that is not there', { ReleaseVersion: '9.9.9' }, 404, /9\.9\.9/],
    ['of another project’s release', { ProjectName: 'Other' }, 404, /1\.0\.0/],
    [
      'without a step that is not there',
      { SkipStepNames: ['Announce'] },
      400,
      /no step 'Announce' here\. Known: Deploy web/,
    ],
    [
      'to a target that is not there',
      { SpecificMachineNames: ['web-9'] },
      400,
      /no target 'web-9' here\. Known: web-1/,
    ],
    [
      'without a target that is not there',
      { ExcludedMachineNames: ['web-9'] },
      400,
      /no target 'web-9' here/,
    ],
    ['at a time that is none', { RunAt: 'tomorrow' }, 400, /must be a time like 2030/],
    ['far in the future', { RunAt: '2999-01-01T00:00:00Z' }, 400, /at most 30 days ahead/],
    [
      'that ends before it starts',
      { RunAt: '2999-01-02T00:00:00Z', NoRunAfter: '2999-01-01T00:00:00Z' },
      400,
      /later than its start/,
    ],
    ['that is already over', { NoRunAfter: '2001-01-01T00:00:00Z' }, 400, /already over/],
    ['with variables that are no text', { Variables: { A: 1 } }, 400, /Variables/],
  ])('%s is refused', async (_, body, status, says) => {
    const sent = {
      ProjectName: 'Shop',
      ReleaseVersion: '1.0.0',
      EnvironmentNames: ['Staging'],
      ...body,
    }
    expectRefusal(await shop.ask('POST', '/deployments/create/untenanted/v1', sent), status, says)
  })

  it.each<Refused>([
    ['of a release that is not there', { ReleaseId: 'Releases-999' }, 404, /Releases-999/],
    [
      'to an environment that is not there',
      { EnvironmentId: 'Environments-999' },
      404,
      /Environments-999/,
    ],
    [
      'to an environment that is not allowed',
      { EnvironmentId: '$Production' },
      400,
      /cannot be deployed/,
    ],
    ['for a tenant', { TenantId: 'Tenants-1' }, 400, /TenantId/],
    ['without an action that is not there', { SkipActions: ['x'] }, 400, /no step 'x' here/],
    ['to a target that is not there', { SpecificMachineIds: ['Machines-999'] }, 400, /no target/],
  ])('%s is refused by ids too', async (_, body, status, says) => {
    const sent = { ReleaseId: '$Release', EnvironmentId: '$Staging', ...body }
    expectRefusal(await shop.ask('POST', '/deployments', sent), status, says)
  })

  it('is refused to somebody who may not deploy', async () => {
    const body = { ReleaseId: '$Release', EnvironmentId: '$Staging' }
    expectRefusal(await shop.ask('POST', '/deployments', body, '$Ben'), 403, /DeploymentCreate/)
  })

  storesNothing(() => shop)
})
