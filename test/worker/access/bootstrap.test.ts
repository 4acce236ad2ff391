import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bootstrapRoutes } from '../../../worker/access/bootstrap.ts'
import { INTERNAL_SECRET } from '../../support/database.ts'
import { ADMIN_KEY, type TestServer, testServer } from '../../support/server.ts'

describe('the host starting the installation', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await testServer(bootstrapRoutes)
  })
  afterAll(() => server.stop())

  const bootstrap = (body: unknown, secret = INTERNAL_SECRET) =>
    server.send('POST', '/internal/bootstrap', {
      key: null,
      headers: { 'x-slipway-internal': secret },
      body,
    })

  it('makes the default space with all that clients expect in it', async () => {
    expect(await server.rows('SELECT id, name, slug, is_default FROM spaces')).toEqual([
      { id: 'Spaces-1', name: 'Default', slug: 'default', is_default: 1 },
    ])
    for (const [table, name] of [
      ['project_groups', 'Default Project Group'],
      ['lifecycles', 'Default Lifecycle'],
      ['worker_pools', 'Default Worker Pool'],
      ['machine_policies', 'Default Machine Policy'],
    ])
      expect(await server.rows(`SELECT name, space_id FROM ${table}`)).toEqual([
        { name, space_id: 'Spaces-1' },
      ])
    expect(await server.rows('SELECT id, feed_type FROM feeds')).toEqual([
      { id: 'feeds-builtin', feed_type: 'BuiltIn' },
    ])
    expect(await server.rows('SELECT id FROM teams ORDER BY id')).toEqual(
      [
        'teams-administrators',
        'teams-everyone',
        'teams-managers',
        'teams-spacemanagers-Spaces-1',
      ].map(id => ({ id })),
    )
  })

  it('keeps only the digest of the key it was given', async () => {
    const keys = await server.rows('SELECT key_hash, hint FROM api_keys')
    expect(keys).toHaveLength(1)
    expect(keys[0]?.key_hash).toMatch(/^[0-9a-f]{64}$/)
    expect(JSON.stringify(keys)).not.toContain(ADMIN_KEY)
  })

  it('changes nothing the second time but gives a fresh sign-in link', async () => {
    const first = await (await bootstrap({})).json()
    const second = await (await bootstrap({})).json()
    expect(first.apiKey).toBeNull()
    expect(first.signInPath).toMatch(/^\/sign-in\/[\w-]{43}$/)
    expect(second.signInPath).not.toBe(first.signInPath)
    expect(await server.rows('SELECT count(*) AS n FROM spaces')).toEqual([{ n: 1 }])
    expect(await server.rows('SELECT count(*) AS n FROM api_keys')).toEqual([{ n: 1 }])
    expect(await server.rows('SELECT count(*) AS n FROM sign_in_links')).toEqual([{ n: 1 }])
  })

  it.each([
    { body: { adminApiKey: 'API-lower' }, status: 400 },
    { body: { adminApiKey: 12 }, status: 400 },
    { body: '{"adminApiKey":', status: 400 },
  ])('refuses $body with $status', async ({ body, status }) => {
    expect((await bootstrap(body)).status).toBe(status)
  })

  it('is refused to everybody else', async () => {
    expect((await bootstrap({}, 'guessed')).status).toBe(403)
    const administrator = await server.send('POST', '/internal/bootstrap', { body: {} })
    expect(administrator.status).toBe(403)
  })
})

it('hands out a key of its own on the first run only, even when two hosts start at once', async () => {
  const server = await testServer(bootstrapRoutes, {}, { bootstrap: false })
  const start = async () => {
    const response = await server.send('POST', '/internal/bootstrap', {
      key: null,
      headers: { 'x-slipway-internal': INTERNAL_SECRET },
    })
    expect(response.status).toBe(200)
    return (await response.json()).apiKey
  }
  const keys = [...(await Promise.all([start(), start()])), await start()]
  expect(keys.filter(Boolean)).toEqual([expect.stringMatching(/^API-[A-Z2-7]{32}$/)])
  await server.stop()
})
