import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { sha256Hex } from '../../../worker/access/digest.ts'
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
