import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sha256Hex } from '../../../worker/access/digest.ts'
import type { Answer } from '../../support/server.ts'
import { type Shop, shop } from '../projects/shop.ts'

const ADA = 'API-ADAADAADAADA'
const BEN = 'API-BENBENBENBEN'
const SAM = 'API-SAMSAMSAMSAM'
let server: Shop
let other: string

/** A user in a team of their own that holds one role, narrowed or not. */
const addUser = async (
  name: string,
  key: string,
  role: string,
  { projects = [] as string[], environments = [] as string[] } = {},
) => {
  const { rows } = server
  await rows(
    `INSERT INTO users (id, username, display_name, created_at) VALUES (?, ?, ?, 0)`,
    `Users-${name}`,
    name,
    name,
  )
  await rows(
    `INSERT INTO api_keys (id, user_id, purpose, key_hash, hint, created_at) VALUES (?, ?, 'test', ?, '', 0)`,
    `APIKeys-${name}`,
    `Users-${name}`,
    await sha256Hex(key),
  )
  await rows(
    `INSERT INTO teams (id, space_id, name) VALUES (?, 'Spaces-1', ?)`,
    `Teams-${name}`,
    name,
  )
  await rows('INSERT INTO team_members VALUES (?, ?)', `Teams-${name}`, `Users-${name}`)
  await rows(
    `INSERT INTO role_grants (id, team_id, role_id, space_id, project_ids, environment_ids) VALUES (?, ?, ?, 'Spaces-1', ?, ?)`,
    `grant-${name}`,
    `Teams-${name}`,
    role,
    JSON.stringify(projects),
    JSON.stringify(environments),
  )
}

beforeAll(async () => {
  server = await shop()
  const { Id } = await server.json('POST', '/api/projects', {
    body: { Name: 'Blog', ProjectGroupId: server.groupId, LifecycleId: server.lifecycleId },
  })
  other = Id
  await addUser('ada', ADA, 'userroles-projectlead', { projects: [server.project.Id] })
  await addUser('ben', BEN, 'userroles-projectdeployer')
  await addUser('sam', SAM, 'userroles-projectlead', { environments: [server.staging] })
})
afterAll(() => server.stop())

const path = () => `/api/variables/${server.project.VariableSetId}`
beforeEach(async () => {
  await server.json('PUT', path(), {
    body: {
      Variables: [
        { Name: 'Url', Value: 'everywhere' },
        { Name: 'Url', Value: 'staging', Scope: { Environment: [server.staging] } },
        { Name: 'Url', Value: 'production', Scope: { Environment: [server.production] } },
      ],
    },
  })
})

const valuesFor = async (key: string | null): Promise<string[]> => {
  const { Variables } = await server.json('GET', path(), key === null ? {} : { key })
  return Variables.map((each: { Value: string }) => each.Value)
}

it('shows Ada her project alone', async () => {
  const { Items } = await server.json('GET', '/api/projects', { key: ADA })
  expect(Items.map((each: { Name: string }) => each.Name)).toEqual(['Shop'])
  expect(await server.json('GET', '/api/projects/all', { key: ADA })).toHaveLength(1)
  await server.json('GET', `/api/projects/${other}`, { key: ADA, status: 403 })
  await server.json('GET', `/api/variables/variableset-${other}`, { key: ADA, status: 403 })
  await server.json('GET', `/api/projects/${other}/deploymentprocesses`, { key: ADA, status: 403 })
  await server.json('GET', `/api/variables/preview?project=${other}`, { key: ADA, status: 403 })
  const channels = await server.json('GET', '/api/channels', { key: ADA })
  expect(channels.TotalResults).toBe(1)
})

it('shows Ben only values with an environment, as he may not see the others', async () => {
  expect(await valuesFor(BEN)).toEqual(['staging', 'production'])
})

it('shows Sam only the environment that is his', async () => {
  expect(await valuesFor(SAM)).toEqual(['everywhere', 'staging'])
  const query = `project=shop&environment=${server.production}`
  await server.json('GET', `/api/variables/preview?${query}`, { key: SAM, status: 403 })
})

it('keeps what Sam cannot see when he saves what he sees', async () => {
  const seen = await server.json('GET', path(), { key: SAM })
  const variables = seen.Variables.map((each: { Value: string }) =>
    each.Value === 'staging' ? { ...each, Value: 'new' } : each,
  )
  await server.json('PUT', path(), { key: SAM, body: { ...seen, Variables: variables } })
  expect((await valuesFor(null)).sort()).toEqual(['everywhere', 'new', 'production'])
})

it.each<[what: string, change: () => object]>([
  ['a value for Production', () => ({ Scope: { Environment: [server.production] } })],
  ['a value for both', () => ({ Scope: { Environment: [server.staging, server.production] } })],
])('does not let Sam add %s', async (_what, change) => {
  const before = await valuesFor(null)
  const seen = await server.json('GET', path(), { key: SAM })
  const answer = await server.json('PUT', path(), {
    key: SAM,
    body: { ...seen, Variables: [...seen.Variables, { Name: 'Mine', Value: 'x', ...change() }] },
    status: 403,
  })
  expect(answer.ErrorMessage).toContain('It takes VariableEdit for')
  expect(await valuesFor(null)).toEqual(before)
})

it.each<[method: string, where: () => string, body?: object]>([
  ['PUT', () => path(), { Variables: [] }],
  ['PUT', () => `/api/projects/${server.project.Id}/deploymentprocesses`, { Steps: [] }],
  [
    'PUT',
    () => `/api/projects/${server.project.Id}`,
    { Name: 'x', ProjectGroupId: 'x', LifecycleId: 'x' },
  ],
  ['POST', () => `/api/projects/${server.project.Id}/channels`, { Name: 'x' }],
  ['POST', () => '/api/projects', { Name: 'x', ProjectGroupId: 'x', LifecycleId: 'x' }],
  ['POST', () => '/api/projectgroups', { Name: 'x' }],
  ['POST', () => '/api/libraryvariablesets', { Name: 'x' }],
  ['DELETE', () => `/api/projects/${server.project.Id}`],
])('does not let Ben %s anything', async (method, where, body) => {
  const digest = async () =>
    JSON.stringify([
      await server.rows('SELECT * FROM projects'),
      await server.rows('SELECT * FROM processes'),
      await server.rows('SELECT * FROM variables'),
      await server.rows('SELECT * FROM channels'),
      await server.rows('SELECT * FROM events'),
    ])
  const before = await digest()
  await server.json(method, where(), { key: BEN, body, status: 403 })
  await server.json(method, where(), { key: null, body, status: 401 })
  expect(await digest()).toBe(before)
})

describe('what is refused names the permission and where it is missing', () => {
  let mail: Answer
  beforeAll(async () => {
    mail = await server.json('POST', '/api/libraryvariablesets', { body: { Name: 'Mail' } })
    await server.json('PUT', `/api/variables/${mail.VariableSetId}`, {
      body: { Variables: [{ Name: 'Mail.Host', Value: 'mx.shop.test' }] },
    })
  })
  type Asked = { method: string; path: string; key: string; body?: object; says: string }
  const values = () => `${path()}/values`
  const production = () => ({ Environment: [server.production] })
  const idOf = async (value: string) =>
    String((await server.rows('SELECT id FROM variables WHERE value = ?', value))[0]?.id)

  it.each<[what: string, asked: () => Asked | Promise<Asked>]>([
    [
      'a value added for an environment that is not his',
      () => ({
        method: 'POST',
        path: values(),
        key: SAM,
        body: { Name: 'Mine', Scope: production() },
        says: 'VariableEdit for Projects-1, Environments-2, Spaces-1',
      }),
    ],
    [
      'a value taken there from his own',
      async () => ({
        method: 'PUT',
        path: `${values()}/${await idOf('staging')}`,
        key: SAM,
        body: { Name: 'Url', Value: 'x', Scope: production() },
        says: 'VariableEdit for Projects-1, Environments-2, Spaces-1',
      }),
    ],
    [
      'a preview there',
      () => ({
        method: 'GET',
        path: `/api/variables/preview?project=shop&environment=${server.production}`,
        key: SAM,
        says: 'VariableView for Projects-1, Environments-2, Spaces-1',
      }),
    ],
    [
      'a value added by who may only look',
      () => ({
        method: 'POST',
        path: values(),
        key: BEN,
        body: { Name: 'Mine' },
        says: 'VariableEdit for Spaces-1',
      }),
    ],
    [
      'a library set changed by who leads a project',
      () => ({
        method: 'POST',
        path: `/api/variables/${mail.VariableSetId}/values`,
        key: ADA,
        body: { Name: 'Mail.Port' },
        says: 'LibraryVariableSetEdit for Spaces-1',
      }),
    ],
    [
      'a page of another project',
      () => ({
        method: 'GET',
        path: `/api/variables/variableset-${other}/values`,
        key: ADA,
        says: `VariableView for ${other}, Spaces-1`,
      }),
    ],
  ])('%s', async (_what, asked) => {
    const { method, path: at, key, body, says } = await asked()
    const before = await server.rows('SELECT * FROM variables ORDER BY id')
    const answer = await server.json(method, at, { key, body, status: 403 })
    expect(answer.ErrorMessage).toContain(`It takes ${says}.`)
    expect(await server.rows('SELECT * FROM variables ORDER BY id')).toEqual(before)
  })

  it('and what is left is only what each may see: in a page, a preview, its reasons, a library set', async () => {
    const page = await server.json('GET', values(), { key: BEN })
    expect(page).toMatchObject({ TotalResults: 2 })
    const query = `project=shop&environment=${server.production}`
    const preview = async (key: string) => {
      const { IsPartial, Variables } = await server.json('GET', `/api/variables/preview?${query}`, {
        key,
      })
      expect(IsPartial).toBe(key === BEN)
      return Variables.map((each: Answer) => [
        each.Value,
        ...each.Explanation.Losers.map(({ Value }: Answer) => Value),
        ...each.Explanation.Elsewhere.map(({ Value }: Answer) => Value),
      ])
    }
    expect(await preview(BEN)).toEqual([['production', 'staging']])
    expect(await preview(ADA)).toEqual([['production', 'everywhere', 'staging']])
    const at = `/api/variables/${mail.VariableSetId}`
    expect((await server.json('GET', at, { key: BEN })).Variables).toEqual([])
    expect(await server.json('GET', `${at}/values`, { key: BEN })).toMatchObject({
      TotalResults: 0,
    })
    expect((await server.json('GET', at)).Variables).toHaveLength(1)
  })
})
