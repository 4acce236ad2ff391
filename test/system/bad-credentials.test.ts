import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { routes } from '../../worker/routes.ts'
import { type Counter, expectRefusal, forEachOf, openCounter } from '../support/refusals.ts'

let counter: Counter
beforeAll(async () => {
  counter = await openCounter()
})
afterAll(() => counter?.end())

const PROJECTS = '/api/Spaces-1/projects'

describe('a credential that is not good', () => {
  const headersOf: Record<string, () => Promise<Record<string, string>>> = {}
  const refused = (name: string, headers: () => Promise<Record<string, string>>) => {
    headersOf[name] = headers
  }
  const key = (value: string) => async () => ({ 'x-octopus-apikey': value })
  const bearer = (token: string) => ({ 'x-octopus-apikey': '', authorization: `Bearer ${token}` })

  refused('none', key(''))
  refused('an unknown key', key('API-NOSUCHKEYNOSUCHKEYNOSUCHKEY'))
  refused('a key in small letters', async () => ({
    'x-octopus-apikey': counter.api.key.toLowerCase(),
  }))
  refused('a key without its prefix', async () => ({
    'x-octopus-apikey': counter.api.key.slice(4),
  }))
  refused('two keys at once', async () => ({
    'x-octopus-apikey': `${counter.api.key}, ${counter.api.key}`,
  }))
  refused('a key cut short', async () => ({ 'x-octopus-apikey': counter.api.key.slice(0, -1) }))
  refused('SQL for a key', key("API-' OR 1=1 --"))
  refused('a key of 8,000 letters', key(`API-${'A'.repeat(8_000)}`))
  refused('a revoked key', async () => {
    const made = await counter.api.post('/api/users/Users-1/apikeys', { Purpose: 'short life' })
    await counter.api.del(`/api/users/Users-1/apikeys/${made.Id}`)
    return { 'x-octopus-apikey': made.ApiKey }
  })
  refused('a NuGet key that is unknown', async () => ({
    'x-octopus-apikey': '',
    'x-nuget-apikey': 'API-NOSUCHKEY',
  }))
  refused('a session that is unknown', async () => ({
    'x-octopus-apikey': '',
    cookie: 'OctopusIdentificationToken=forged; __Host-OctopusIdentificationToken=forged',
  }))
  refused('another scheme', async () => ({
    'x-octopus-apikey': '',
    authorization: `Basic ${btoa('admin:admin')}`,
  }))
  refused('a token that is none', async () => bearer('hello'))
  refused('a token of dots', async () => bearer('..'))

  const SECRET = new TextEncoder().encode('a secret that everybody could know')
  const genuine = async () => (await counter.api.post('/api/users/access-token')).access_token
  const parts = async () => (await genuine()).split('.') as [string, string, string]
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const decoded = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())
  const retold = (name: string, tell: (header: object, claims: object) => [unknown, unknown]) =>
    refused(name, async () => {
      const [head, body, signature] = await parts()
      const [header, claims] = tell(decoded(head), decoded(body))
      return bearer(`${encoded(header)}.${encoded(claims)}.${signature}`)
    })
  refused('a token without a signature', async () => {
    const [head, body] = await parts()
    return bearer(`${head}.${body}.`)
  })
  refused('a token with another signature', async () => {
    const [head, body] = await parts()
    return bearer(`${head}.${body}.${Buffer.alloc(64, 1).toString('base64url')}`)
  })
  for (const alg of ['none', 'None', 'HS256', 'RS256'])
    retold(`a token that says alg ${alg}`, (header, claims) => [{ ...header, alg }, claims])
  retold('a token that lives longer', (header, claims) => [header, { ...claims, exp: 9e9 }])
  retold('a token of somebody else', (header, claims) => [header, { ...claims, sub: 'Users-2' }])
  retold('a token for another audience', (header, claims) => [header, { ...claims, aud: 'runner' }])
  retold('a token with an unknown key', (header, claims) => [{ ...header, kid: 'x' }, claims])
  retold('a token with SQL for a key', (header, claims) => [
    { ...header, kid: "' UNION SELECT 1 --" },
    claims,
  ])
  retold('a token with a path for a key', (header, claims) => [
    { ...header, kid: '../../../dev/null' },
    claims,
  ])
  retold('a token that brings its key along', (header, claims) => [
    { ...header, jwk: { kty: 'OKP', crv: 'Ed25519', x: 'AAAA' }, jku: 'http://127.0.0.1:1/' },
    claims,
  ])
  retold('a token with a header that must be understood', (header, claims) => [
    { ...header, crit: ['b64'], b64: false },
    claims,
  ])
  retold('a token with claims of other types', header => [header, { sub: 1, aud: [], exp: 'x' }])
  refused('a token signed with a shared secret', async () => {
    const [head] = await parts()
    const { kid } = decoded(head)
    const token = new SignJWT({}).setProtectedHeader({ alg: 'HS256', kid, typ: 'JWT' })
    return bearer(
      await token.setSubject('Users-1').setAudience('api').setExpirationTime('1h').sign(SECRET),
    )
  })
  refused('a token that has ended', async () => {
    const [head] = await parts()
    const { kid } = decoded(head)
    const token = new SignJWT({}).setProtectedHeader({ alg: 'HS256', kid })
    return bearer(
      await token.setSubject('Users-1').setAudience('api').setExpirationTime(1).sign(SECRET),
    )
  })

  it.each(Object.keys(headersOf))('is refused with 401: %s', async name => {
    const headers = (await headersOf[name]?.()) ?? {}
    expectRefusal(await counter.send({ path: PROJECTS, headers }), 401)
    const body = JSON.stringify({ Name: 'Stolen' })
    const path = '/api/Spaces-1/environments'
    const answer = await counter.send({ method: 'POST', path, headers, body })
    expectRefusal(answer, 401)
    expect(answer.text).not.toContain(counter.api.key)
  })

  it('is refused on every route that is not public', async () => {
    const guarded = routes.filter(
      ({ permission, path }) => permission !== 'public' && !path.startsWith('/internal'),
    )
    const odd = await forEachOf(guarded, async ({ method, area, path }) => {
      const prefix = { space: '/api/Spaces-1', system: '/api', root: '' }[area]
      const address = prefix + path.replaceAll(/\{\w+\}/g, 'Nothing-1')
      const headers = { 'x-octopus-apikey': 'API-NOSUCHKEY' }
      const { status } = await counter.send({ method, path: address, headers })
      // A page sends its reader to sign in.
      return status === 401 || (area === 'root' && status === 303) ? [] : [`${address}: ${status}`]
    })
    expect(odd).toEqual([])
  })

  it('differs from a good one only by what was changed', async () => {
    const answer = await counter.send({ path: PROJECTS, headers: bearer(await genuine()) })
    expect(answer.status, answer.text).toBe(200)
  })

  it('leaves no trace in the list of environments', async () => {
    const { Items } = await counter.api.get('/api/Spaces-1/environments')
    expect(Items).toEqual([])
  })
})
