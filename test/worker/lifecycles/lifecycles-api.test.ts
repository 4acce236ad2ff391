import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { releasePhases } from '../../../worker/lifecycles/store.ts'
import { addAda } from '../../support/cast.ts'
import { names, openShop, type Shop } from '../infrastructure/shop.ts'

describe('lifecycles', () => {
  let shop: Shop
  beforeAll(async () => {
    shop = await openShop()
  })
  afterAll(() => shop.stop())

  const phases = () => [
    { Id: 'test', Name: 'Rehearsal', AutomaticDeploymentTargets: [shop.staging.Id] },
    {
      Name: 'Live',
      OptionalDeploymentTargets: ['production'],
      MinimumEnvironmentsBeforePromotion: 1,
    },
  ]

  it('begin with one that has no phases, and so every environment in order', async () => {
    const [first] = (await shop.json('GET', '/api/lifecycles?take=1')).Items
    expect(first).toMatchObject({
      Name: 'Default Lifecycle',
      Phases: [],
      ReleaseRetentionPolicy: { ShouldKeepForever: true },
      TentacleRetentionPolicy: { ShouldKeepForever: true },
    })
    const preview = await shop.json('GET', first.Links.Preview)
    expect(names(preview.Phases)).toEqual(['Staging', 'Production'])
    expect(preview.Phases[0]).toMatchObject({
      OptionalDeploymentTargets: [shop.staging.Id],
      MinimumEnvironmentsBeforePromotion: 1,
    })
  })

  it('are made, read, changed and deleted', async () => {
    const made = await shop.json('POST', '/api/lifecycles', {
      body: {
        Name: 'Careful',
        Phases: phases(),
        ReleaseRetentionPolicy: { Unit: 'Items', QuantityToKeep: 3, ShouldKeepForever: false },
      },
    })
    expect(made).toMatchObject({
      Slug: 'careful',
      Phases: [
        { Id: 'test', Name: 'Rehearsal', AutomaticDeploymentTargets: [shop.staging.Id] },
        { Id: 'phase-2', Name: 'Live', OptionalDeploymentTargets: [shop.production.Id] },
      ],
      ReleaseRetentionPolicy: { QuantityToKeep: 3 },
    })
    for (const reference of [made.Id, 'careful', 'CAREFUL'])
      expect((await shop.json('GET', `/api/lifecycles/${reference}`)).Id).toBe(made.Id)
    expect(names((await shop.json('GET', '/api/lifecycles?partialName=care')).Items)).toEqual([
      'Careful',
    ])
    expect(names(await shop.json('GET', '/api/lifecycles/all'))).toEqual([
      'Careful',
      'Default Lifecycle',
    ])
    const changed = await shop.json('PUT', made.Links.Self, {
      body: { ...made, Description: 'Slowly', Phases: phases().slice(1) },
    })
    expect([changed.Description, names(changed.Phases)]).toEqual(['Slowly', ['Live']])
    await shop.json('DELETE', made.Links.Self)
    await shop.json('GET', made.Links.Self, { status: 404 })
  })

  it.each([
    ['no name', {}, 400],
    ['a taken name', { Name: 'default lifecycle' }, 409],
    [
      'an unknown environment',
      { Name: 'Odd', Phases: [{ Name: 'One', OptionalDeploymentTargets: ['Environments-99'] }] },
      400,
    ],
    ['phases that are no list', { Name: 'Odd', Phases: {} }, 400],
    ['a retention nobody knows', { Name: 'Odd', ReleaseRetentionPolicy: { Unit: 'Moons' } }, 400],
  ])('are refused with %s, and nothing is kept', async (_what, body, status) => {
    const answer = await shop.json('POST', '/api/lifecycles', { body, status })
    expect(answer.ErrorMessage.length).toBeGreaterThan(10)
    expect(await shop.rows('SELECT name FROM lifecycles')).toEqual([{ name: 'Default Lifecycle' }])
  })

  it('stay while a project or a channel uses them, and then decide about its releases', async () => {
    const careful = await shop.json('POST', '/api/lifecycles', {
      body: { Name: 'Careful', Phases: phases() },
    })
    const fast = await shop.json('POST', '/api/lifecycles', {
      body: { Name: 'Fast', Phases: [{ Name: 'Live', OptionalDeploymentTargets: ['Production'] }] },
    })
    const [group] = await shop.rows('SELECT id FROM project_groups')
    await shop.rows(
      "INSERT INTO projects (id, space_id, project_group_id, lifecycle_id, name, slug, created_at) VALUES ('Projects-1', 'Spaces-1', ?, ?, 'Shop', 'shop', 0)",
      String(group?.id),
      careful.Id,
    )
    for (const [id, lifecycle] of [
      ['Channels-1', null],
      ['Channels-2', fast.Id],
    ])
      await shop.rows(
        "INSERT INTO channels (id, space_id, project_id, lifecycle_id, name, slug) VALUES (?, 'Spaces-1', 'Projects-1', ?, ?, ?)",
        id,
        lifecycle,
        id,
        id,
      )
    const refused = await shop.json('DELETE', careful.Links.Self, { status: 409 })
    expect(refused.ErrorMessage).toBe(
      'Lifecycle Careful cannot be deleted: it is used by project Shop. Give those another lifecycle first.',
    )
    const other = await shop.json('DELETE', fast.Links.Self, { status: 409 })
    expect(other.ErrorMessage).toContain('channel Channels-2 of Shop')
    expect(names(await shop.json('GET', fast.Links.Projects))).toEqual(['Shop'])
    const phasesIn = async (channelId: string) =>
      (await releasePhases(shop.db, 'Spaces-1', { projectId: 'Projects-1', channelId })).map(
        ({ name }) => name,
      )
    expect(await phasesIn('Channels-1')).toEqual(['Rehearsal', 'Live'])
    expect(await phasesIn('Channels-2')).toEqual(['Live'])
    await shop.json('PUT', fast.Links.Self, { body: { Name: 'Fast', Phases: phases() } })
    expect(await phasesIn('Channels-2')).toEqual(['Rehearsal', 'Live'])
  })

  it('take rights to change', async () => {
    const ada = await addAda(shop)
    await shop.json('GET', '/api/lifecycles', { key: ada })
    await shop.json('POST', '/api/lifecycles', { key: ada, body: { Name: 'Mine' }, status: 403 })
  })
})
