import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bootstrapRoutes } from '../../../worker/access/bootstrap.ts'
import { sha256Hex } from '../../../worker/access/digest.ts'
import { issueToken } from '../../../worker/access/tokens.ts'
import { type Route, route } from '../../../worker/http/route.ts'
import { addAda, addBen, addUser } from '../../support/cast.ts'
import { ADMIN_KEY, type TestServer, testServer } from '../../support/server.ts'

const who = (call: {
  principal: { kind: string; username?: string; establishedWith?: string }
}) => ({
  who: call.principal.username ?? call.principal.kind,
  by: call.principal.establishedWith ?? null,
})
const at = { area: 'system', method: 'GET' } as const
const routes: Route[] = [
  ...bootstrapRoutes,
  route({ ...at, path: '/whoami', permission: 'signed-in', handler: who }),
  route({ ...at, path: '/anybody', permission: 'public', handler: call => who(call as never) }),
  route({ ...at, method: 'POST', path: '/whoami', permission: 'signed-in', handler: who }),
  route({
    area: 'space',
    method: 'POST',
    path: '/deploy',
    permission: 'DeploymentCreate',
    handler: who,
  }),
]

describe('who asks', () => {
  let server: TestServer
  let ada: string
  beforeAll(async () => {
    server = await testServer(routes)
    ada = await addAda(server)
    await addBen(server)
  })
  afterAll(() => server.stop())

  const ask = (headers: Record<string, string>, path = '/api/whoami', method = 'GET') =>
    server.send(method, path, { key: null, headers })

  it.each([
    ['X-Octopus-ApiKey', () => ({ 'x-octopus-apikey': ada })],
    ['X-NuGet-ApiKey', () => ({ 'x-nuget-apikey': ada })],
    ['a bearer that is a key', () => ({ authorization: `Bearer ${ada}` })],
    ['the first of two headers', () => ({ 'x-octopus-apikey': ada, 'x-nuget-apikey': ADMIN_KEY })],
  ])('is known by %s', async (_what, headers) => {
    expect(await (await ask(headers())).json()).toEqual({ who: 'ada', by: 'API key' })
  })

  it('is known by a key in the query', async () => {
    expect(await (await ask({}, `/api/whoami?ApiKey=${ada}`)).json()).toMatchObject({ who: 'ada' })
  })

  it.each([
    ['nothing', {}],
    ['an empty key', { 'x-octopus-apikey': '' }],
    ['an empty key and an empty bearer', { 'x-octopus-apikey': ' ', authorization: 'Bearer ' }],
    ['another scheme', { authorization: 'Basic YWRhOmFkYQ==' }],
  ])('is nobody with %s', async (_what, headers) => {
    expect((await ask(headers)).status).toBe(401)
    expect(await (await ask(headers, '/api/anybody')).json()).toEqual({
      who: 'anonymous',
      by: null,
    })
  })

  it.each([
    ['an unknown key', { 'x-octopus-apikey': 'API-NOBODYS' }],
    ['a key in small letters', { 'x-octopus-apikey': 'api-abc' }],
    ['SQL', { 'x-octopus-apikey': "API-' OR 1=1 --" }],
    ['a bearer that is no token', { authorization: 'Bearer nonsense' }],
    ['a very long bearer', { authorization: `Bearer ${'a.'.repeat(5_000)}` }],
    ['an unknown session', { cookie: 'slipway-session=guessed' }],
  ])('is refused with %s, and nobody on a public route', async (_what, headers) => {
    const response = await ask(headers)
    expect(response.status).toBe(401)
    expect(JSON.stringify(await response.json())).not.toContain('OR 1=1')
    expect((await ask(headers, '/api/anybody')).status).toBe(200)
  })

  it('is refused from the next request on once the key is revoked or the account disabled', async () => {
    const cleo = await addUser(server, 'cleo', [])
    const key = { 'x-octopus-apikey': cleo }
    expect((await ask(key)).status).toBe(200)
    await server.rows("UPDATE users SET is_active = 0 WHERE username = 'cleo'")
    expect((await ask(key)).status).toBe(401)
    await server.rows("UPDATE users SET is_active = 1 WHERE username = 'cleo'")
    expect((await ask(key)).status).toBe(200)
    await server.rows(
      'UPDATE api_keys SET expires_at = 1 WHERE key_hash = ?',
      await sha256Hex(cleo),
    )
    expect((await ask(key)).status).toBe(401)
    await server.rows('DELETE FROM api_keys WHERE key_hash = ?', await sha256Hex(cleo))
    expect((await ask(key)).status).toBe(401)
  })

  it('is let through where a role grants it, and told what is missing where none does', async () => {
    expect((await ask({ 'x-octopus-apikey': ada }, '/api/deploy', 'POST')).status).toBe(200)
    const ben = `API-BEN${'A'.repeat(28)}`
    const refused = await ask({ 'x-octopus-apikey': ben }, '/api/deploy', 'POST')
    expect(refused.status).toBe(403)
    expect((await refused.json()).ErrorMessage).toContain('It takes DeploymentCreate for Spaces-1.')
  })

  it('loses a right with the team, at the next request', async () => {
    const dora = await addUser(server, 'dora', [{ role: 'projectdeployer' }])
    const headers = { 'x-octopus-apikey': dora }
    expect((await ask(headers, '/api/deploy', 'POST')).status).toBe(200)
    await server.rows("DELETE FROM team_members WHERE user_id = 'Users-dora'")
    expect((await ask(headers, '/api/deploy', 'POST')).status).toBe(403)
  })

  describe('by an access token', () => {
    const token = (more: Partial<Parameters<typeof issueToken>[2]> = {}) =>
      issueToken(server.env, server.db, {
        audience: 'api',
        subject: 'Users-ada',
        ttlMs: 60_000,
        now: Date.now(),
        ...more,
      })
    const status = async (bearer: string) =>
      (await ask({ authorization: `Bearer ${bearer}` })).status

    it('is known', async () => {
      const response = await ask({ authorization: `Bearer ${await token()}` })
      expect(await response.json()).toEqual({ who: 'ada', by: 'Access token' })
    })

    it.each([
      ['has expired', { now: Date.now() - 120_000 }],
      ["is a runner's", { audience: 'runner' as const }],
      ['is for an unknown user', { subject: 'Users-99' }],
      ['is for a runner id', { subject: 'Runners-1' }],
    ])('is refused when it %s', async (_what, more) => {
      expect(await status(await token(more))).toBe(401)
    })

    it('is refused once the account was changed after its issue', async () => {
      const before = await token({ now: Date.now() - 1_000 })
      expect(await status(before)).toBe(200)
      await server.rows('UPDATE users SET valid_after = ? WHERE id = ?', Date.now(), 'Users-ada')
      expect(await status(before)).toBe(401)
      expect(await status(await token())).toBe(200)
    })

    it('is refused when anything about it was forged', async () => {
      const good = await token()
      const [head = '', body = '', signature = ''] = good.split('.')
      const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())
      const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
      const header = decode(head)
      const claims = decode(body)
      const [key] = await server.rows('SELECT public_jwk FROM signing_keys LIMIT 1')
      const publicText = new TextEncoder().encode(String(key?.public_jwk).padEnd(64))
      const hmac = await new SignJWT(claims)
        .setProtectedHeader({ ...header, alg: 'HS256' })
        .sign(publicText)
      const forged: Record<string, string> = {
        'alg none': `${encode({ ...header, alg: 'none' })}.${body}.`,
        'alg none with signature': `${encode({ ...header, alg: 'none' })}.${body}.${signature}`,
        'HS256 with the public key': hmac,
        'an empty signature': `${head}.${body}.`,
        'a cut signature': `${head}.${body}.${signature.slice(0, -4)}`,
        'another subject': `${head}.${encode({ ...claims, sub: 'Users-1' })}.${signature}`,
        'a later end': `${head}.${encode({ ...claims, exp: claims.exp + 9_999 })}.${signature}`,
        'an unknown kid': `${encode({ ...header, kid: 'A'.repeat(22) })}.${body}.${signature}`,
        'a kid that is SQL': `${encode({ ...header, kid: "' OR 1=1 --" })}.${body}.${signature}`,
        'a kid that is a path': `${encode({ ...header, kid: '../../etc/passwd' })}.${body}.${signature}`,
        'no kid': `${encode({ alg: 'EdDSA' })}.${body}.${signature}`,
        'a jwk header': `${encode({ ...header, jwk: { kty: 'OKP' } })}.${body}.${signature}`,
        'a jku header': `${encode({ ...header, jku: 'https://evil.example' })}.${body}.${signature}`,
        'a crit header': `${encode({ ...header, crit: ['x'] })}.${body}.${signature}`,
        'another type': `${encode({ ...header, typ: 'runner+jwt' })}.${body}.${signature}`,
        'two parts': `${head}.${body}`,
        'four parts': `${good}.${signature}`,
        'a header that is an array': `${encode([])}.${body}.${signature}`,
        'a header that is text': `bm90IGpzb24.${body}.${signature}`,
        'a megabyte': `${head}.${'A'.repeat(1_000_000)}.${signature}`,
      }
      for (const [what, bearer] of Object.entries(forged))
        expect([what, await status(bearer)]).toEqual([what, 401])
      expect(await status(good)).toBe(200)
    })

    it('is refused with a claim missing, whatever the signature', async () => {
      const { privateKey } = (await crypto.subtle.generateKey('Ed25519', true, [
        'sign',
        'verify',
      ])) as CryptoKeyPair
      const stranger = await new SignJWT({ sub: 'Users-1', aud: 'api' })
        .setProtectedHeader({ alg: 'EdDSA', kid: 'B'.repeat(22), typ: 'at+jwt' })
        .sign(privateKey)
      expect(await status(stranger)).toBe(401)
    })
  })
})
