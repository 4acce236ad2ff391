import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  findEnvironment,
  listEnvironments,
} from '../../../worker/infrastructure/environment-store.ts'
import { addUser } from '../../support/cast.ts'
import { names, openShop, type Shop } from './shop.ts'

describe('environments', () => {
  let shop: Shop
  beforeAll(async () => {
    shop = await openShop()
  })
  afterAll(() => shop.stop())

  it('are made in order, with nothing but a name', async () => {
    expect(shop.staging).toMatchObject({
      SpaceId: 'Spaces-1',
      Name: 'Staging',
      Slug: 'staging',
      Description: '',
      SortOrder: 0,
      UseGuidedFailure: false,
      AllowDynamicInfrastructure: false,
      ExtensionSettings: [],
      Links: { Self: `/api/Spaces-1/environments/${shop.staging.Id}` },
    })
    expect(shop.production.SortOrder).toBe(1)
  })

  it('are found by id, slug and name', async () => {
    for (const reference of [shop.staging.Id, 'staging', 'STAGING', shop.staging.Id.toUpperCase()])
      expect((await shop.json('GET', `/api/environments/${reference}`)).Id).toBe(shop.staging.Id)
    expect((await findEnvironment(shop.db, 'Spaces-1', 'Staging'))?.id).toBe(shop.staging.Id)
    expect(await findEnvironment(shop.db, 'Spaces-2', shop.staging.Id)).toBeUndefined()
    await shop.json('GET', '/api/environments/nowhere', { status: 404 })
  })

  it('are listed in sort order, by any of the filters, in both versions', async () => {
    const list = async (query: string, path = '/api/environments') =>
      names((await shop.json('GET', `${path}?${query}`)).Items)
    expect(await list('')).toEqual(['Staging', 'Production'])
    expect(await list('partialName=prod')).toEqual(['Production'])
    expect(await list('name=staging')).toEqual(['Staging'])
    expect(await list(`ids=${shop.production.Id},Environments-99`)).toEqual(['Production'])
    expect(await list('ids=Environments-99')).toEqual([])
    expect(await list('skip=1&take=1')).toEqual(['Production'])
    expect(names(await shop.json('GET', '/api/environments/all'))).toEqual([
      'Staging',
      'Production',
    ])
    const v2 = await shop.json('GET', `/api/environments/v2?ids=${shop.staging.Id}&take=1`)
    expect(v2.Items).toMatchObject([{ Name: 'Staging', Type: 'Static' }])
    expect(await list('type=Ephemeral', '/api/environments/v2')).toEqual([])
  })

  it('change, and keep what a request leaves out', async () => {
    const path = shop.staging.Links.Self
    const changed = await shop.json('PUT', path, {
      body: { ...shop.staging, Description: 'Before the shop opens', UseGuidedFailure: true },
    })
    expect(changed).toMatchObject({ Slug: 'staging', UseGuidedFailure: true })
    const renamed = await shop.json('PUT', path, { body: { Name: 'Rehearsal' } })
    expect(renamed).toMatchObject({
      Name: 'Rehearsal',
      Description: 'Before the shop opens',
      Slug: 'staging',
    })
    await shop.json('PUT', path, { body: { Name: 'Staging' } })
  })

  it('are put in order', async () => {
    const sort = (body: unknown, status = 200) =>
      shop.json('PUT', '/api/environments/sortorder', { body, status })
    const order = await sort([shop.production.Id, shop.staging.Id])
    expect(names(order)).toEqual(['Production', 'Staging'])
    expect((await listEnvironments(shop.db, 'Spaces-1')).map(each => each.sortOrder)).toEqual([
      0, 1,
    ])
    expect(names(await sort([shop.staging.Id]))).toEqual(['Staging', 'Production'])
    await sort(['Environments-99'], 400)
    await sort([shop.staging.Id, shop.staging.Id], 400)
    await sort({ ids: [] }, 400)
    expect(names(await shop.json('GET', '/api/environments/all'))).toEqual([
      'Staging',
      'Production',
    ])
  })

  it.each([
    ['no name', {}, 400, 'Name: An environment needs a name.'],
    ['a blank name', { Name: '  ' }, 400, 'Name: An environment needs a name.'],
    ['a name of 201 characters', { Name: 'x'.repeat(201) }, 400, 'Name: may have 200 characters.'],
    ['a name that is a list', { Name: ['a'] }, 400, 'Name: An environment needs a name.'],
    [
      'a taken name',
      { Name: 'staging' },
      409,
      "An environment named 'staging' already exists. Choose another name.",
    ],
    [
      'a negative order',
      { Name: 'New', SortOrder: -1 },
      400,
      'SortOrder: Too small: expected number to be >=0',
    ],
    [
      'an endless order',
      '{"Name":"New","SortOrder":1e400}',
      400,
      'SortOrder: Invalid input: expected number, received Infinity',
    ],
  ])('are refused with %s, and nothing is kept', async (_what, body, status, message) => {
    const answer = await shop.json('POST', '/api/environments', { body, status })
    expect(answer.ErrorMessage).toBe(message)
    expect(await shop.rows('SELECT count(*) AS n FROM environments')).toEqual([{ n: 2 }])
  })

  it('of one name are made once, however many try at the same time', async () => {
    const tries = await Promise.all(
      Array.from({ length: 8 }, () =>
        shop.send('POST', '/api/environments', { body: { Name: 'Race' } }),
      ),
    )
    expect(tries.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(409)])
    await shop.json('DELETE', '/api/environments/race')
  })

  it('stay while something refers to them, and say what', async () => {
    const target = await shop.target('web-1', [shop.staging], ['web'])
    const lifecycle = await shop.json('POST', '/api/lifecycles', {
      body: {
        Name: 'Careful',
        Phases: [{ Name: 'One', OptionalDeploymentTargets: [shop.staging.Id] }],
      },
    })
    const refused = await shop.json('DELETE', shop.staging.Links.Self, { status: 409 })
    expect(refused.ErrorMessage).toBe(
      'Environment Staging cannot be deleted: it is used by target web-1, lifecycle Careful. Take it out of there first.',
    )
    await shop.json('DELETE', target.Links.Self)
    await shop.json('DELETE', shop.staging.Links.Self, { status: 409 })
    await shop.json('DELETE', lifecycle.Links.Self)
    const spare = await shop.environment('Spare')
    await shop.json('DELETE', spare.Links.Self)
    await shop.json('DELETE', spare.Links.Self, { status: 404 })
  })

  it('count their targets by health', async () => {
    const target = await shop.target('web-9', [shop.staging, shop.production], ['web'])
    const summary = await shop.json('GET', '/api/environments/summary')
    expect(summary.EnvironmentSummaries).toMatchObject([
      {
        Environment: { Name: 'Staging' },
        TotalMachines: 1,
        MachineHealthStatusSummaries: { Unknown: 1 },
      },
      { Environment: { Name: 'Production' }, TotalMachines: 1 },
    ])
    expect(names((await shop.json('GET', `${shop.staging.Links.Self}/machines`)).Items)).toEqual([
      'web-9',
    ])
    await shop.json('DELETE', target.Links.Self)
  })

  it('are hidden from whose role is limited to others', async () => {
    const sam = await addUser(shop, 'sam', [
      { role: 'projectdeployer', environments: [shop.staging.Id] },
    ])
    expect(names(await shop.json('GET', '/api/environments/all', { key: sam }))).toEqual([
      'Staging',
    ])
    await shop.json('GET', shop.production.Links.Self, { key: sam, status: 404 })
    await shop.json('PUT', shop.staging.Links.Self, {
      key: sam,
      body: { Name: 'Mine' },
      status: 403,
    })
  })

  it('leave a record of each change', async () => {
    const made = await shop.environment('Recorded')
    await shop.json('PUT', made.Links.Self, { body: { Name: 'Recorded twice' } })
    await shop.json('DELETE', made.Links.Self)
    const { Items } = await shop.json('GET', `/api/events?regarding=${made.Id}`)
    expect(Items.map((event: { Message: string }) => event.Message)).toEqual([
      'Environment Recorded twice was deleted',
      'Environment Recorded twice was modified',
      'Environment Recorded was created',
    ])
  })
})
