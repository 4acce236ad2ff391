import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addUser } from '../../support/cast.ts'
import type { Answer } from '../../support/server.ts'
import { type Shop, shop } from '../projects/shop.ts'

let server: Shop
let path: string
let ben: string
let sam: string
beforeAll(async () => {
  server = await shop()
  path = `/api/variables/${server.project.VariableSetId}`
  ben = await addUser(server, 'ben', [{ role: 'projectdeployer' }])
  sam = await addUser(server, 'sam', [{ role: 'projectlead', environments: [server.staging] }])
})
afterAll(() => server.stop())
beforeEach(async () => {
  await server.json('PUT', path, { body: { Variables: [] } })
})

const add = (body: object, status = 201): Promise<Answer> =>
  server.json('POST', `${path}/values`, { body, status })
const list = (query: string, key?: string): Promise<Answer> =>
  server.json('GET', `${path}/values?${query}`, key === undefined ? {} : { key })
const names = ({ Items }: Answer): string[] => Items.map((each: { Name: string }) => each.Name)

describe('one value of a set', () => {
  it('is added, read, changed and deleted by itself', async () => {
    const made = await add({ Name: 'Url', Value: 'a', Scope: { Environment: [server.staging] } })
    expect(made).toMatchObject({ Name: 'Url', Value: 'a', Revision: 0 })
    const at = `${path}/values/${made.Id}`
    expect(await server.json('GET', at)).toEqual(made)
    const changed = await server.json('PUT', at, { body: { ...made, Value: 'b' } })
    expect(changed).toMatchObject({ Value: 'b', Revision: 1 })
    await server.json('PUT', at, { body: { ...made, Value: 'c' }, status: 409 })
    await server.json('DELETE', at)
    await server.json('GET', at, { status: 404 })
  })

  it('can be deleted beside others of its name', async () => {
    const kept = await add({ Name: 'Url', Value: 'a' })
    const gone = await add({ Name: 'url', Value: 'b', Scope: { Environment: [server.staging] } })
    await server.json('DELETE', `${path}/values/${gone.Id}`)
    expect((await list('')).Items).toEqual([kept])
  })

  it('never tells its secret', async () => {
    const made = await add({ Name: 'Password', Value: 'canary-value-7', IsSensitive: true })
    expect(made).toMatchObject({ Value: null, IsSensitive: true, Type: 'Sensitive' })
    const changed = await server.json('PUT', `${path}/values/${made.Id}`, {
      body: { ...made, Description: 'of the shop' },
    })
    expect(changed).toMatchObject({ Value: null, Description: 'of the shop', Revision: 1 })
  })

  it.each<[what: string, body: object, says: string]>([
    ['without a name', { Name: ' ' }, 'a variable needs a name'],
    ['with a control character in its name', { Name: 'a\u0007b' }, 'one line without control'],
    ['for a step that is not there', { Name: 'A', Scope: { Action: ['x'] } }, "the step 'x'"],
    ['of a pool that is not there', { Name: 'A', Type: 'WorkerPool', Value: 'Pool-9' }, 'Pool-9'],
    [
      'of an account',
      { Name: 'A', Type: 'AzureAccount', Value: 'Accounts-1' },
      'There are no accounts here: keep each part of it as a variable',
    ],
    [
      'of a certificate',
      { Name: 'A', Type: 'Certificate', Value: 'Certificates-1' },
      'There are no certificates here: keep its text as a sensitive variable',
    ],
    ['of an unknown type', { Name: 'A', Type: 'Number' }, 'String, Sensitive, WorkerPool'],
    ['of more than a megabyte', { Name: 'A', Value: 'x'.repeat(1_048_577) }, '1048576'],
    [
      'with a secret too short to be masked',
      { Name: 'A', Value: 'abc', IsSensitive: true },
      'fewer',
    ],
    [
      'that asks with a control that does not exist',
      { Name: 'A', Prompt: { DisplaySettings: { 'Octopus.ControlType': 'Dial' } } },
      "found 'Dial'",
    ],
    [
      'that lets choose from nothing',
      { Name: 'A', Prompt: { DisplaySettings: { 'Octopus.ControlType': 'Select' } } },
      'a Select needs',
    ],
  ])('%s is refused and nothing stored', async (_what, body, says) => {
    const answer = await add(body, 400)
    expect(JSON.stringify(answer)).toContain(says)
    expect(await list('')).toMatchObject({ TotalResults: 0 })
  })

  it('may be a megabyte', async () => {
    const made = await add({ Name: 'Big', Value: 'x'.repeat(1_048_576) })
    expect(made.Value).toHaveLength(1_048_576)
  })

  it('of a type that was taken before stays until it is changed', async () => {
    const made = await add({ Name: 'Azure', Value: 'Accounts-1' })
    await server.rows(`UPDATE variables SET type = 'AzureAccount' WHERE id = ?`, made.Id)
    const at = `${path}/values/${made.Id}`
    const read = await server.json('GET', at)
    const noted = await server.json('PUT', at, { body: { ...read, Description: 'of the shop' } })
    expect(noted).toMatchObject({ Type: 'AzureAccount', Value: 'Accounts-1' })
    await server.json('PUT', at, { body: { ...noted, Value: 'Accounts-2' }, status: 400 })
    expect(await server.json('PUT', at, { body: { ...noted, Type: 'string' } })).toMatchObject({
      Type: 'String',
    })
  })

  it('names a worker pool by its name or id', async () => {
    const [pool] = await server.rows('SELECT id, name FROM worker_pools')
    const made = await add({ Name: 'Pool', Type: 'WorkerPool', Value: String(pool?.name) })
    expect(made).toMatchObject({ Type: 'WorkerPool', Value: pool?.id })
  })
})

describe('a page of values', () => {
  beforeEach(async () => {
    const everywhere = [
      { Name: 'alpha', Value: 'x' },
      { Name: 'Beta', Value: '' },
      { Name: 'gamma', Value: 'canary-list-9', IsSensitive: true },
      { Name: 'delta', Value: 'y', Prompt: { Label: 'Which?' } },
    ]
    const scoped = [server.staging, server.production].map(id => ({
      Name: 'Url',
      Value: id,
      Scope: { Environment: [id] },
    }))
    await server.json('PUT', path, { body: { Variables: [...everywhere, ...scoped] } })
  })

  it('is sorted by name and says how many there are', async () => {
    const page = await list('skip=1&take=3')
    expect(names(page)).toEqual(['Beta', 'delta', 'gamma'])
    expect(page).toMatchObject({ TotalResults: 6, ItemsPerPage: 3 })
  })

  it.each([
    ['kind=sensitive', ['gamma']],
    ['kind=empty', ['Beta']],
    ['kind=prompted', ['delta']],
    ['kind=scoped', ['Url', 'Url']],
    ['kind=unscoped&filter=A', ['alpha', 'Beta', 'delta', 'gamma']],
    ['scopedTo=environments-1', ['Url']],
    ['filter=canary', []],
    [`filter=${encodeURIComponent("%' OR 1=1 --")}`, []],
  ])('holds for %s just %j', async (query, expected) => {
    expect(names(await list(query))).toEqual(expected)
  })

  it('is refused for a kind that does not exist', async () => {
    await server.json('GET', `${path}/values?kind=odd`, { status: 400 })
  })

  it('shows each only what is his, also in the count', async () => {
    expect(await list('', sam)).toMatchObject({ TotalResults: 5 })
    const seen = await list('', ben)
    expect(names(seen)).toEqual(['Url', 'Url'])
    expect(seen.TotalResults).toBe(2)
  })

  it('keeps Sam from what he may not see or change', async () => {
    const { Items } = await list('scopedTo=Environments-2')
    const at = `${path}/values/${Items[0].Id}`
    await server.json('GET', at, { key: sam, status: 404 })
    await server.json('PUT', at, { key: sam, body: Items[0], status: 404 })
    await server.json('DELETE', at, { key: sam, status: 404 })
    await server.json('POST', `${path}/values`, {
      key: sam,
      body: { Name: 'Mine', Scope: { Environment: [server.production] } },
      status: 403,
    })
    expect(await list('')).toMatchObject({ TotalResults: 6 })
  })
})
