import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sha256Hex } from '../../../worker/access/digest.ts'
import { listPoolWorkers, listTargetsFor } from '../../../worker/infrastructure/store.ts'
import { addAda, addUser } from '../../support/cast.ts'
import type { Answer } from '../../support/server.ts'
import { names, openShop, type Shop } from './shop.ts'

describe('targets', () => {
  let shop: Shop
  let web1: Answer
  let web2: Answer
  beforeAll(async () => {
    shop = await openShop()
    web1 = await shop.target('web-1', [shop.staging], ['web', 'Blue'])
    web2 = await shop.target('web-2', [shop.staging, shop.production], ['web', 'database'])
    await shop.rows(
      `INSERT INTO runners (id, space_id, name, public_key, facts, created_at, last_seen_at)
       VALUES ('Runners-1', 'Spaces-1', 'web-2', 'k', '{"os":"linux","arch":"x64","hostname":"web-2.example"}', 0, 5000)`,
    )
    await shop.rows(
      "UPDATE targets SET runner_id = 'Runners-1', health_status = 'Healthy' WHERE name = 'web-2'",
    )
  })
  afterAll(() => shop.stop())

  const list = async (query: string) =>
    names((await shop.json('GET', `/api/machines?${query}`)).Items)

  it('show what clients read of a machine', async () => {
    expect(web1).toMatchObject({
      Name: 'web-1',
      EnvironmentIds: [shop.staging.Id],
      Roles: ['Blue', 'web'],
      TenantIds: [],
      TenantTags: [],
      TenantedDeploymentParticipation: 'Untenanted',
      MachinePolicyId: expect.stringMatching(/^MachinePolicies-\d+$/),
      IsDisabled: false,
      HealthStatus: 'Unknown',
      StatusSummary: 'No runner is registered for it.',
      Endpoint: { CommunicationStyle: 'None' },
    })
    expect(await shop.json('GET', web2.Links.Self)).toMatchObject({
      HealthStatus: 'Healthy',
      OperatingSystem: 'linux',
      Hostname: 'web-2.example',
      LastSeen: '1970-01-01T00:00:05.000+00:00',
      Endpoint: { CommunicationStyle: 'TentacleActive' },
    })
  })

  it.each([
    ['', ['web-1', 'web-2']],
    ['partialName=WEB-', ['web-1', 'web-2']],
    ['name=Web-1', ['web-1']],
    ['roles=database', ['web-2']],
    ['roles=BLUE,database', ['web-1', 'web-2']],
    ['roles=none', []],
    ['healthStatuses=Healthy', ['web-2']],
    ['healthStatuses=healthy,Unknown', ['web-1', 'web-2']],
    ['commStyles=None', ['web-1']],
    ['commStyles=TentacleActive', ['web-2']],
    ['isDisabled=true', []],
    ['isDisabled=false', ['web-1', 'web-2']],
    ['ids=Machines-99', []],
    ['skip=1&take=1', ['web-2']],
    ["partialName=' OR 1=1 --", []],
    ['partialName=%25', []],
  ])('are found by %s', async (query, expected) => {
    expect(await list(query)).toEqual(expected)
  })

  it('are found by environment, and in every list at once', async () => {
    expect(await list(`environmentIds=${shop.production.Id}`)).toEqual(['web-2'])
    expect(names(await shop.json('GET', '/api/machines/all'))).toEqual(['web-1', 'web-2'])
    expect(await shop.json('GET', '/api/machineroles/all')).toEqual(['Blue', 'database', 'web'])
  })

  it('are chosen for a step by environment and any of its tags', async () => {
    const chosen = async (environmentId: string, tags?: string[]) =>
      (await listTargetsFor(shop.db, 'Spaces-1', { environmentId, ...(tags && { tags }) })).map(
        ({ name }) => name,
      )
    expect(await chosen(shop.staging.Id)).toEqual(['web-1', 'web-2'])
    expect(await chosen(shop.staging.Id, ['WEB'])).toEqual(['web-1', 'web-2'])
    expect(await chosen(shop.staging.Id, ['blue', 'none'])).toEqual(['web-1'])
    expect(await chosen(shop.staging.Id, [])).toEqual([])
    expect(await chosen(shop.production.Id, ['web'])).toEqual(['web-2'])
    expect(await chosen('Environments-99')).toEqual([])
    expect(await listTargetsFor(shop.db, 'Spaces-2', { environmentId: shop.staging.Id })).toEqual(
      [],
    )
    const [row] = await listTargetsFor(shop.db, 'Spaces-1', { environmentId: shop.production.Id })
    expect(row).toMatchObject({
      runnerId: 'Runners-1',
      tags: ['database', 'web'],
      environmentIds: [shop.staging.Id, shop.production.Id],
      isDisabled: false,
      healthStatus: 'Healthy',
    })
  })

  it('move between environments and tags as a whole', async () => {
    const path = web1.Links.Self
    const moved = await shop.json('PUT', path, {
      body: {
        ...web1,
        EnvironmentIds: ['production'],
        Roles: ['green', 'GREEN'],
        IsDisabled: true,
      },
    })
    expect(moved).toMatchObject({
      EnvironmentIds: [shop.production.Id],
      Roles: ['GREEN'],
      IsDisabled: true,
      Status: 'Disabled',
    })
    await shop.json('PUT', path, { body: { ...web1, IsDisabled: false } })
  })

  it.each([
    ['no name', { Name: '' }, 400, 'Name: A target needs a name.'],
    [
      'a taken name',
      { Name: 'WEB-1' },
      409,
      "A target named 'WEB-1' already exists. Choose another name.",
    ],
    [
      'no environment',
      { EnvironmentIds: [] },
      400,
      'EnvironmentIds: is empty; a target stands in at least one environment.',
    ],
    [
      'an unknown environment',
      { EnvironmentIds: ['Environments-99'] },
      400,
      "The environment 'Environments-99' does not exist here. Create it first.",
    ],
    [
      'no tags',
      { Roles: [] },
      400,
      'Roles: is empty; give the target at least one tag, so that steps can name it.',
    ],
    ['an empty tag', { Roles: [' '] }, 400, 'Roles.0: must not be empty.'],
    [
      'a tag with a comma',
      { Roles: ['a,b'] },
      400,
      'Roles.0: must not contain a comma or a control character.',
    ],
    [
      '101 tags',
      { Roles: Array.from({ length: 101 }, (_, at) => `t${at}`) },
      400,
      'Roles: holds too many; a target has at most 100 tags.',
    ],
    [
      'an unknown policy',
      { MachinePolicyId: 'MachinePolicies-99' },
      400,
      "The machine policy 'MachinePolicies-99' does not exist here.",
    ],
  ])('are refused with %s, and nothing is kept', async (_what, change, status, message) => {
    const body = { Name: 'web-3', EnvironmentIds: [shop.staging.Id], Roles: ['web'], ...change }
    const before = [
      await shop.rows('SELECT * FROM targets'),
      await shop.rows('SELECT * FROM target_tags'),
    ]
    const answer = await shop.json('POST', '/api/machines', { body, status })
    expect(answer.ErrorMessage).toBe(message)
    expect([
      await shop.rows('SELECT * FROM targets'),
      await shop.rows('SELECT * FROM target_tags'),
    ]).toEqual(before)
  })

  it('let their runner in no more once they are gone, unless a pool still has it', async () => {
    const revoked = async () => (await shop.rows('SELECT revoked_at FROM runners'))[0]?.revoked_at
    const [pool] = await shop.rows('SELECT id FROM worker_pools')
    const spare = await shop.target('spare', [shop.staging], ['web'])
    await shop.rows("UPDATE targets SET runner_id = 'Runners-1' WHERE id = ?", spare.Id)
    await shop.json('DELETE', spare.Links.Self)
    expect(await revoked()).toBeNull()
    await shop.rows(
      "INSERT INTO workers (id, space_id, name, slug, runner_id, created_at) VALUES ('Workers-1', 'Spaces-1', 'web-2', 'web-2', 'Runners-1', 0)",
    )
    await shop.rows(
      "INSERT INTO worker_pool_members (pool_id, worker_id) VALUES (?, 'Workers-1')",
      String(pool?.id),
    )
    await shop.json('DELETE', web2.Links.Self)
    expect(await revoked()).toBeNull()
    expect(
      (await listPoolWorkers(shop.db, 'Spaces-1', null)).map(({ runnerId }) => runnerId),
    ).toEqual(['Runners-1'])
    expect(await listPoolWorkers(shop.db, 'Spaces-2', null)).toEqual([])
    const changed = await shop.json('PUT', '/api/workers/Workers-1', {
      body: { Name: 'builder', WorkerPoolIds: ['default worker pool'], IsDisabled: true },
    })
    expect(changed).toMatchObject({ Name: 'builder', IsDisabled: true, WorkerPoolIds: [pool?.id] })
    await shop.json('PUT', '/api/workers/Workers-1', {
      body: { Name: 'builder', WorkerPoolIds: ['nowhere'] },
      status: 400,
    })
    const { Items } = await shop.json('GET', '/api/runners')
    expect(Items).toMatchObject([
      { Id: 'Runners-1', IsRevoked: false, TargetIds: [], WorkerIds: ['Workers-1'] },
    ])
    await shop.json('DELETE', '/api/workers/Workers-1')
    expect(await revoked()).toEqual(expect.any(Number))
  })

  it('of other environments are hidden from whose role is limited', async () => {
    const sam = await addUser(shop, 'sam', [
      { role: 'spacemanager', environments: [shop.production.Id] },
    ])
    expect(names(await shop.json('GET', '/api/machines/all', { key: sam }))).toEqual([])
    await shop.json('GET', web1.Links.Self, { key: sam, status: 404 })
    await shop.json('PUT', web1.Links.Self, {
      key: sam,
      body: { ...web1, EnvironmentIds: [shop.production.Id] },
      status: 403,
    })
    await shop.json('DELETE', web1.Links.Self, { key: sam, status: 403 })
  })
})

describe('worker pools', () => {
  let shop: Shop
  beforeAll(async () => {
    shop = await openShop()
  })
  afterAll(() => shop.stop())

  it('are made, made the default, and deleted when nothing holds them', async () => {
    const [first] = (await shop.json('GET', '/api/workerpools')).Items
    expect(first).toMatchObject({
      IsDefault: true,
      WorkerPoolType: 'StaticWorkerPool',
      CanAddWorkers: true,
    })
    const pool = await shop.json('POST', '/api/workerpools', { body: { Name: 'Builders' } })
    expect(pool).toMatchObject({ IsDefault: false, SortOrder: 1 })
    await shop.json('POST', '/api/workerpools', { body: { Name: 'BUILDERS' }, status: 409 })
    await shop.json('POST', '/api/workerpools', {
      body: { Name: 'Cloud', WorkerPoolType: 'DynamicWorkerPool' },
      status: 400,
    })
    await shop.json('DELETE', first.Links.Self, { status: 409 })
    await shop.json('PUT', first.Links.Self, { body: { ...first, IsDefault: false }, status: 400 })
    await shop.json('PUT', pool.Links.Self, { body: { ...pool, IsDefault: true } })
    expect(
      (await shop.json('GET', '/api/workerpools/all')).map((each: Answer) => each.IsDefault),
    ).toEqual([false, true])
    await shop.json('DELETE', first.Links.Self)
    expect(names((await shop.json('GET', '/api/workerpools')).Items)).toEqual(['Builders'])
    expect((await shop.json('GET', `${pool.Links.Self}/workers`)).Items).toEqual([])
  })

  it('have machine policies beside them', async () => {
    const [policy] = (await shop.json('GET', '/api/machinepolicies?take=1')).Items
    expect(policy).toMatchObject({
      Name: 'Default Machine Policy',
      IsDefault: true,
      ConnectionConnectTimeout: '00:01:00',
    })
    expect(await shop.json('GET', policy.Links.Self)).toEqual(policy)
    expect(
      (await shop.json('GET', '/api/machinepolicies/template')).MachineHealthCheckPolicy,
    ).toBeDefined()
    await shop.json('GET', '/api/machinepolicies/MachinePolicies-99', { status: 404 })
  })
})

describe('a token with which a runner registers itself', () => {
  let shop: Shop
  beforeAll(async () => {
    shop = await openShop()
  })
  afterAll(() => shop.stop())

  const ask = (body: unknown, status = 201, key?: string) =>
    shop.json('POST', '/api/Spaces-1/runners/enrolment-tokens', {
      body,
      status,
      ...(key && { key }),
    })

  it('is shown once, kept as a digest, and good for an hour at most', async () => {
    const made = await ask({ Name: 'web-1', EnvironmentIds: ['Staging'], Roles: ['web'] })
    expect(made).toMatchObject({
      Token: expect.stringMatching(/^join-[\w-]{43}$/),
      Name: 'web-1',
      EnvironmentIds: [shop.staging.Id],
      Roles: ['web'],
      WorkerPoolIds: [],
      InstallCommand: `curl -fsSL http://127.0.0.1:8787/install/${made.Token} | sh`,
    })
    const [row] = await shop.rows('SELECT * FROM enrolment_tokens')
    expect(row?.token_hash).toBe(await sha256Hex(made.Token))
    expect(Number(row?.expires_at) - Number(row?.created_at)).toBe(3_600_000)
    expect(row?.used_at).toBeNull()
    expect(JSON.stringify(await shop.rows('SELECT * FROM events'))).not.toContain(made.Token)
  })

  it.each([
    [
      'no place',
      {},
      'A runner needs a place: name EnvironmentIds and Roles for a target, or WorkerPoolIds for a worker.',
    ],
    [
      'an environment without tags',
      { EnvironmentIds: ['Staging'] },
      'A target needs at least one tag: name it in Roles.',
    ],
    [
      'tags without an environment',
      { WorkerPoolIds: ['default-worker-pool'], Roles: ['web'] },
      'Tags belong to a target: name its environments in EnvironmentIds.',
    ],
    [
      'an unknown environment',
      { EnvironmentIds: ['Nowhere'], Roles: ['web'] },
      "The environment 'Nowhere' does not exist here. Create it first.",
    ],
    [
      'an unknown pool',
      { WorkerPoolIds: ['WorkerPools-99'] },
      "The worker pool 'WorkerPools-99' does not exist here.",
    ],
    [
      'a day of life',
      { EnvironmentIds: ['Staging'], Roles: ['web'], LifetimeMinutes: 1440 },
      'LifetimeMinutes: must be 1 to 60 minutes.',
    ],
    [
      'no life',
      { EnvironmentIds: ['Staging'], Roles: ['web'], LifetimeMinutes: 0 },
      'LifetimeMinutes: must be 1 to 60 minutes.',
    ],
  ])('is refused with %s, and nothing is kept', async (_what, body, message) => {
    const before = await shop.rows('SELECT * FROM enrolment_tokens')
    expect((await ask(body, 400)).ErrorMessage).toBe(message)
    expect(await shop.rows('SELECT * FROM enrolment_tokens')).toEqual(before)
  })

  it('makes a worker for all spaces only for who administers the system', async () => {
    const shared = { WorkerPoolIds: ['default-worker-pool'], SharedWorker: true }
    await ask(shared)
    expect(
      await shop.rows('SELECT shared_worker FROM enrolment_tokens ORDER BY rowid DESC LIMIT 1'),
    ).toEqual([{ shared_worker: 1 }])
    const mia = await addUser(shop, 'mia', [{ role: 'spacemanager' }])
    await ask(shared, 403, mia)
    await ask({ EnvironmentIds: ['Staging'], Roles: ['web'], SharedWorker: true }, 400)
  })

  it('takes the right for each place that it names', async () => {
    const ada = await addAda(shop)
    await ask({ EnvironmentIds: ['Staging'], Roles: ['web'] }, 403, ada)
    await ask({ WorkerPoolIds: ['default-worker-pool'] }, 403, ada)
    await ask({}, 403, ada)
    const sam = await addUser(shop, 'sam', [
      { role: 'spacemanager', environments: [shop.staging.Id] },
    ])
    await ask({ EnvironmentIds: ['Staging'], Roles: ['web'] }, 201, sam)
    await ask({ EnvironmentIds: ['Staging', 'Production'], Roles: ['web'] }, 403, sam)
  })
})
