import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { taskPages } from '../../../worker/tasks/portal.tsx'
import { addUser } from '../../support/cast.ts'
import { openShop, S, type Shop } from '../deployments/shop.ts'

let shop: Shop
let ids: string[]
/** What the hub says of runners. */
let told: Record<string, { status: string; summary: string }> = {}
beforeAll(async () => {
  shop = await openShop({ routes: taskPages })
  const hub = { examine: async () => told }
  Object.assign(shop.env, { HUB: { idFromName: (name: string) => name, get: () => hub } })
  for (const n of [1, 2])
    await shop.rows(
      `INSERT INTO runners (id, space_id, name, public_key, created_at) VALUES (?, 'Spaces-1', ?, ?, 0)`,
      `Runners-${n}`,
      `web-${n}`,
      `key-${n}`,
    )
  await shop.rows("UPDATE targets SET runner_id = 'Runners-' || substr(name, 5)")
  ids = (await shop.json('GET', `${S}/machines`)).Items.map((each: { Id: string }) => each.Id)
})
afterAll(() => shop?.stop())

const HEALTHY = { status: 'Healthy', summary: 'The runner is connected.' }
const AWAY = { status: 'Unavailable', summary: 'The runner has not been heard of lately.' }
const SHORT = { status: 'HasWarnings', summary: 'Less than 500 MB are free.' }

const check = (Arguments?: object, sent: object = {}) =>
  shop.json('POST', `${S}/tasks`, {
    key: shop.ada,
    status: 201,
    body: { Name: 'Health', ...(Arguments && { Arguments }) },
    ...sent,
  })

describe('a check of targets', () => {
  it.each([
    { web1: HEALTHY, web2: HEALTHY, state: 'Success', hasWarnings: false, error: '' },
    { web1: HEALTHY, web2: SHORT, state: 'Success', hasWarnings: true, error: '' },
    {
      web1: HEALTHY,
      web2: AWAY,
      state: 'Failed',
      hasWarnings: true,
      error: 'web-2 is unavailable: The runner has not been heard of lately.',
    },
    {
      web1: AWAY,
      web2: undefined,
      state: 'Failed',
      hasWarnings: true,
      error: 'web-1 is unavailable: The runner has not been heard of lately. And 1 more.',
    },
  ])('is a task that ends with what was found: $state $error', async row => {
    told = {
      'Runners-1': row.web1,
      ...(row.web2 && { 'Runners-2': row.web2 }),
    }
    const task = await check({ MachineIds: ids })
    expect(task).toMatchObject({
      Name: 'Health',
      Description: 'Check the health of web-1 and web-2',
      State: row.state,
      IsCompleted: true,
      HasWarningsOrErrors: row.hasWarnings,
      ErrorMessage: row.error,
      CanRerun: false,
    })
    const [target] = await shop.rows("SELECT health_status FROM targets WHERE name = 'web-1'")
    expect(target?.health_status).toBe(row.web1.status)
  })

  it('has a log with a line for each', async () => {
    told = { 'Runners-1': HEALTHY, 'Runners-2': AWAY }
    const { Id } = await check()
    const { ActivityLogs } = await shop.json('GET', `${S}/tasks/${Id}/details`)
    expect(ActivityLogs).toMatchObject([
      {
        Status: 'Failed',
        Children: [
          {
            Name: 'web-1',
            Status: 'Success',
            LogElements: [{ MessageText: 'web-1 is healthy. The runner is connected.' }],
          },
          { Name: 'web-2', Status: 'Failed', LogElements: [{ Category: 'Error' }] },
        ],
      },
    ])
    const raw = await (await shop.send('GET', `${S}/tasks/${Id}/raw`, { key: shop.ada })).text()
    expect(raw).toContain('web-2 is unavailable. The runner has not been heard of lately.')
  })

  it('is started from the portal, and has a page', async () => {
    const sent = await shop.send('POST', '/tasks/health', {
      key: shop.ada,
      body: new URLSearchParams({ machine: ids[0] ?? '' }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(sent.status).toBe(303)
    const page = await shop.send('GET', sent.headers.get('location') ?? '', { key: shop.ada })
    const html = await page.text()
    expect(html).toContain('Check the health of web-1')
    expect(html).toContain('The runner is connected.')
    const empty = await shop.send('POST', '/tasks/health', {
      key: shop.ada,
      body: '',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(empty.status).toBe(400)
  })

  it('names one target or many, and is listed as a kind of task', async () => {
    expect((await check({ MachineIds: [ids[1]] })).Description).toBe('Check the health of web-2')
    expect(await shop.json('GET', `${S}/tasks/tasktypes`)).toContainEqual({
      Id: 'Health',
      Name: 'Health',
    })
  })

  it.each([
    { what: 'what is not there', body: { MachineIds: ['Machines-99'] }, status: 404 },
    {
      what: 'an environment without targets',
      body: { EnvironmentId: 'Environments-99' },
      status: 400,
    },
    { what: 'too many', body: { MachineIds: Array(1_001).fill('Machines-1') }, status: 400 },
  ])('refuses $what', async ({ body, status }) => {
    const before = await shop.rows('SELECT count(*) AS n FROM tasks')
    await check(body, { status })
    expect(await shop.rows('SELECT count(*) AS n FROM tasks')).toEqual(before)
  })

  it('is not for Ben, nor for who may not see all of its targets', async () => {
    await check({ MachineIds: ids }, { key: shop.ben, status: 403 })
    const eve = await addUser(shop, 'eve', [
      { role: 'projectdeployer', environments: [shop.production] },
    ])
    await check({ MachineIds: ids }, { key: eve, status: 403 })
  })

  it('is the only task that is made so', async () => {
    const refused = await check(undefined, { body: { Name: 'Backup' }, status: 400 })
    expect(JSON.stringify(refused)).toContain('must be Health')
  })
})
