import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessRoutes } from '../../../worker/access/api.ts'
import { addAda, addBen, addUser } from '../../support/cast.ts'
import { ADMIN_KEY, type TestServer, testServer } from '../../support/server.ts'

describe('users and their keys', () => {
  let server: TestServer
  let ada: string
  let ben: string
  beforeAll(async () => {
    server = await testServer(accessRoutes)
    ada = await addAda(server)
    ben = await addBen(server)
  })
  afterAll(() => server.stop())

  it('tell who you are', async () => {
    expect(await server.json('GET', '/api/users/me', { key: ada })).toMatchObject({
      Id: 'Users-ada',
      Username: 'ada',
      IsActive: true,
      IsService: false,
      IsRequestor: true,
      Identities: [],
      Links: { Self: '/api/users/Users-ada', Spaces: '/api/users/Users-ada/spaces' },
    })
  })

  it('are listed to who may see them, and look missing to who may not', async () => {
    expect((await server.json('GET', '/api/users?take=2')).Items).toHaveLength(2)
    const found = await server.json('GET', '/api/users?filter=AD')
    expect(found.Items.map((user: { Username: string }) => user.Username)).toEqual(['ada', 'admin'])
    expect(await server.json('GET', '/api/users/all')).toHaveLength(3)
    expect((await server.send('GET', '/api/users', { key: ada })).status).toBe(403)
    for (const id of ['Users-ben', 'Users-99', "x' OR 1=1 --"])
      expect(
        await server.json('GET', `/api/users/${encodeURIComponent(id)}`, { key: ada, status: 404 }),
      ).toEqual({ ErrorMessage: `The resource '${id}' was not found.` })
    await server.json('GET', '/api/users/Users-ben', { key: ben })
  })

  it('create, use and revoke a key, shown once', async () => {
    const made = await server.json('POST', '/api/users/me/apikeys', {
      key: ada,
      body: { purpose: 'CI', Expires: '2999-01-01T00:00:00Z', UserId: 'Users-1', Id: 'APIKeys-1' },
    })
    expect(made).toMatchObject({ UserId: 'Users-ada', Purpose: 'CI' })
    expect(made.Expires).toBe('2999-01-01T00:00:00.000+00:00')
    expect(made.ApiKey).toMatch(/^API-[A-Z2-7]{32}$/)
    expect(await server.json('GET', '/api/users/me', { key: made.ApiKey })).toMatchObject({
      Id: 'Users-ada',
    })
    const listed = await server.json('GET', '/api/users/Users-ada/apikeys', { key: ada })
    expect(listed.Items[0].ApiKey).toEqual({
      HasValue: true,
      NewValue: null,
      Hint: `${made.ApiKey.slice(0, 7)}…`,
    })
    expect(JSON.stringify(listed)).not.toContain(made.ApiKey)
    for (const table of ['api_keys', 'events'])
      expect(JSON.stringify(await server.rows(`SELECT * FROM ${table}`))).not.toContain(made.ApiKey)
    await server.json('DELETE', made.Links.Self, { key: ada })
    expect((await server.send('GET', '/api/users/me', { key: made.ApiKey })).status).toBe(401)
    await server.json('DELETE', made.Links.Self, { key: ada, status: 404 })
  })

  it.each([
    ['no purpose', {}, 'Purpose: Say in Purpose what the key is for.'],
    ['an empty purpose', { Purpose: ' ' }, 'Purpose: Say in Purpose what the key is for.'],
    [
      'an end that is no instant',
      { Purpose: 'CI', Expires: 'soon' },
      'Expires: must be an instant such as 2027-01-31T00:00:00Z.',
    ],
    [
      'an end in the past',
      { Purpose: 'CI', Expires: '2001-01-01T00:00:00Z' },
      'Expires lies in the past: 2001-01-01T00:00:00Z. Choose a later instant.',
    ],
  ])('refuse a key with %s, and keep nothing', async (_what, body, message) => {
    const before = await server.rows('SELECT count(*) AS n FROM api_keys')
    const answer = await server.json('POST', '/api/users/me/apikeys', {
      key: ada,
      body,
      status: 400,
    })
    expect(answer.ErrorMessage).toBe(message)
    expect(await server.rows('SELECT count(*) AS n FROM api_keys')).toEqual(before)
  })

  it("do not reach each other's keys, save for the administrator", async () => {
    const [key] = (await server.json('GET', '/api/users/Users-ada/apikeys')).Items
    for (const [method, path] of [
      ['GET', '/api/users/Users-ada/apikeys'],
      ['POST', '/api/users/Users-ada/apikeys'],
      ['DELETE', key.Links.Self],
    ] as const)
      await server.json(method, path, {
        key: ben,
        body: method === 'POST' ? { Purpose: 'x' } : undefined,
        status: 404,
      })
    await server.json('GET', `/api/users/Users-ben/apikeys/${key.Id}`, { status: 404 })
  })

  it('make a token that speaks for them and never outlives what it was made with', async () => {
    const token = await server.json('POST', '/api/users/access-token', { key: ada, status: 200 })
    expect(token).toMatchObject({ token_type: 'Bearer', expires_in: 3600 })
    const bearer = { key: null, headers: { authorization: `Bearer ${token.access_token}` } }
    expect(await server.json('GET', '/api/users/me', bearer)).toMatchObject({ Id: 'Users-ada' })
    await server.rows(
      "UPDATE api_keys SET expires_at = ? WHERE id = 'APIKeys-ben'",
      Date.now() + 60_000,
    )
    const short = await server.json('POST', '/api/users/access-token', { key: ben, status: 200 })
    expect(short.expires_in).toBeLessThanOrEqual(60)
    const child = await server.json('POST', '/api/users/me/apikeys', {
      ...bearer,
      body: { Purpose: 'made with a token', Expires: '2999-01-01T00:00:00Z' },
    })
    expect(Date.parse(child.Expires)).toBeLessThanOrEqual(Date.now() + 3_600_000)
  })

  it('are created and changed by who may, and not made mighty by who may not', async () => {
    const made = await server.json('POST', '/api/users', {
      body: {
        Username: 'cleo',
        DisplayName: 'Cleo',
        Password: 'correct horse battery',
        Id: 'Users-1',
      },
    })
    expect(made).toMatchObject({ Username: 'cleo', DisplayName: 'Cleo' })
    expect(made.Id).toMatch(/^Users-\d+$/)
    expect(JSON.stringify(made)).not.toContain('scrypt')
    await server.json('POST', '/api/users', { body: { Username: 'CLEO' }, status: 409 })
    await server.json('POST', '/api/users', {
      body: { Username: 'dan', Password: 'short' },
      status: 400,
    })
    await server.json('POST', '/api/users', { key: ada, body: { Username: 'dan' }, status: 403 })
    await server.json('PUT', made.Links.Self, {
      key: ada,
      body: { Username: 'cleo', Password: 'taken over now' },
      status: 403,
    })
    const manager = await addUser(server, 'max', [{ role: 'systemmanager', space: null }])
    await server.json('PUT', '/api/users/Users-1', {
      key: manager,
      body: { Username: 'admin', Password: 'taken over now' },
      status: 403,
    })
    await server.json('PUT', '/api/users/Users-1', {
      key: manager,
      body: { Username: 'admin', IsActive: false },
      status: 403,
    })
    await server.json('POST', '/api/users/Users-1/apikeys', {
      key: manager,
      body: { Purpose: 'x' },
      status: 403,
    })
    await server.json('PUT', '/api/users/Users-1', {
      body: { Username: 'admin', IsActive: false },
      status: 400,
    })
    const changed = await server.json('PUT', '/api/users/Users-ada', {
      key: ada,
      body: { Username: 'ada', DisplayName: 'Ada L' },
    })
    expect(changed.DisplayName).toBe('Ada L')
  })

  it('see their spaces, teams and permissions', async () => {
    const spaces = await server.json('GET', '/api/users/Users-ada/spaces', { key: ada })
    expect(spaces.map((space: { Id: string }) => space.Id)).toEqual(['Spaces-1'])
    const teams = await server.json('GET', '/api/users/Users-ada/teams', { key: ada })
    expect(teams.map((team: { Id: string }) => team.Id)).toEqual(['teams-everyone', 'teams-of-ada'])
    const held = await server.json('GET', '/api/users/Users-ada/permissions', { key: ada })
    expect(held.SpacePermissions.DeploymentCreate).toEqual([
      expect.objectContaining({ SpaceId: 'Spaces-1', RestrictedToProjectIds: [] }),
    ])
    expect(held.SpacePermissions.ReleaseCreate).toBeUndefined()
    expect((await server.json('GET', '/api/teams/all')).length).toBeGreaterThan(3)
    expect(await server.json('GET', '/api/teams/all', { key: ben })).toEqual([
      expect.objectContaining({ Id: 'teams-spacemanagers-Spaces-1', SpaceId: 'Spaces-1' }),
    ])
    expect(await server.json('GET', '/api/userroles/all')).toHaveLength(8)
    await server.json('GET', '/api/userroles/constructor', { status: 404 })
  })

  it('exchange no tokens yet, and say so in the form that clients read', async () => {
    const discovery = await server.json('GET', '//.well-known/openid-configuration', { key: null })
    expect(discovery).toMatchObject({
      issuer: 'http://127.0.0.1:8787',
      token_endpoint: 'http://127.0.0.1:8787/token/v1',
    })
    const grant = 'urn:ietf:params:oauth:grant-type:token-exchange'
    for (const body of [
      { grant_type: grant, audience: 'a-b-c', subject_token: 'x' },
      `grant_type=${encodeURIComponent(grant)}&audience=a-b-c&subject_token=x`,
    ])
      expect(await server.json('POST', '/token/v1', { key: null, body, status: 400 })).toEqual({
        error: 'invalid_request',
        error_description:
          "No service account with the external id 'a-b-c' accepts tokens of another provider. " +
          'Add an OIDC identity to the service account, or use an API key.',
      })
    expect(
      (
        await server.json('POST', '/token/v1', {
          key: null,
          body: 'grant_type=password',
          status: 400,
        })
      ).error,
    ).toBe('unsupported_grant_type')
    await server.json('POST', '/token/v1', { key: null, body: '{"broken', status: 400 })
    await server.json('POST', '/token/v1', { key: null, body: 'x'.repeat(70_000), status: 413 })
  })

  it('find the root without signing in', async () => {
    const root = await server.json('GET', '/api/', { key: null })
    expect(root).toMatchObject({
      Application: 'Octopus Deploy',
      Version: '2025.4.10680',
      ApiVersion: '3.0.0',
      InstallationId: expect.stringMatching(
        /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/,
      ),
      Links: {
        Self: '/api',
        CurrentUser: '/api/users/me',
        Projects: expect.stringContaining('/api/Spaces-1/projects{/id}'),
      },
    })
    expect(await server.json('GET', '/api/capabilities', { key: null })).toEqual({
      Capabilities: ['GetAllSpacesRequest'],
    })
    expect(Object.keys(await server.json('GET', '/api/Spaces-1'))).toEqual(['Links'])
    expect((await server.send('GET', '/api/Spaces-1', { key: null })).status).toBe(401)
    expect(await server.json('GET', '/api/configuration/feature-toggles?Name=x')).toEqual({
      FeatureToggles: [],
    })
    expect(ADMIN_KEY).toMatch(/^API-/)
  })
})
