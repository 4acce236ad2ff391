import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SESSION_TTL_MS } from '../../../runner/protocol/limits.ts'
import { type Audience, issueToken } from '../../../worker/access/tokens.ts'
import { routes } from '../../../worker/routes.ts'
import { sessionOf } from '../../../worker/runners/session.ts'
import { type TestServer, testServer } from '../../support/server.ts'

const NOW = 1_900_000_000_000

let stand: TestServer
beforeAll(async () => {
  stand = await testServer(routes)
})
afterAll(() => stand?.stop())

const tokenOf = (claims: Record<string, unknown>, audience: Audience = 'runner') =>
  issueToken(stand.env, stand.db, {
    audience,
    subject: 'Runners-1',
    ttlMs: SESSION_TTL_MS,
    claims,
    now: NOW,
  })
const speak = (token: string, now: number, scheme = 'Bearer') =>
  sessionOf({
    env: stand.env,
    db: stand.db,
    now,
    request: new Request('http://shop.test/', { headers: { authorization: `${scheme} ${token}` } }),
  })
const ENDED = 'The session has ended. Open a new one.'

describe('the session of a runner', () => {
  it('lasts ten minutes, whoever has it', async () => {
    expect(SESSION_TTL_MS).toBe(10 * 60_000)
    const token = await tokenOf({ space: 'Spaces-1', epoch: 3 })
    const session = { runnerId: 'Runners-1', spaceId: 'Spaces-1', epoch: 3 }
    expect(await speak(token, NOW)).toMatchObject(session)
    expect(await speak(token, NOW + SESSION_TTL_MS - 1)).toMatchObject(session)
    await expect(speak(token, NOW + SESSION_TTL_MS)).rejects.toThrow(ENDED)
    await expect(speak(token, NOW + 2 * SESSION_TTL_MS)).rejects.toThrow(ENDED)
  })

  it('names its key, so that it cannot be talked down to one that does not sign', async () => {
    const token = await tokenOf({ space: 'Spaces-1', epoch: 3, key: 'its public key' })
    expect(await speak(token, NOW)).toMatchObject({ key: 'its public key' })
    const [head, body = '', signature] = token.split('.')
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString())
    const changed = (more: object) =>
      [
        head,
        Buffer.from(JSON.stringify({ ...claims, ...more })).toString('base64url'),
        signature,
      ].join('.')
    for (const more of [{ key: undefined }, { epoch: 4 }, { sub: 'Runners-2' }, { space: 'S' }])
      await expect(speak(changed(more), NOW)).rejects.toThrow(ENDED)
  })

  it.each([
    ['a token of a user', () => tokenOf({ space: 'Spaces-1', epoch: 1 }, 'api')],
    ['a token without an epoch', () => tokenOf({ space: 'Spaces-1' })],
    ['a token without a space', () => tokenOf({ epoch: 1 })],
    ['nothing', async () => ''],
    ['an API key', async () => 'API-ADMINADMINADMINADMINADMINADMINAD'],
  ])('is not %s', async (_what, token) => {
    await expect(speak(await token(), NOW)).rejects.toThrow(ENDED)
  })

  const guarded = routes.filter(({ permission }) => permission !== 'public')
  it('opens none of the API and none of the portal', async () => {
    expect(guarded.length).toBeGreaterThan(200)
    const token = await issueToken(stand.env, stand.db, {
      audience: 'runner',
      subject: 'Runners-1',
      ttlMs: SESSION_TTL_MS,
      claims: { space: 'Spaces-1', epoch: 1 },
      now: Date.now(),
    })
    const before = await stand.rows('SELECT * FROM events')
    const opened: string[] = []
    for (const { method, area, path } of guarded) {
      const prefix = { space: '/api/Spaces-1', system: '/api', root: '' }[area]
      const response = await stand.send(method, prefix + path.replaceAll(/\{\w+\}/g, 'Spaces-1'), {
        key: null,
        headers: {
          authorization: `Bearer ${token}`,
          cookie: `slipway-session=${token}; __Host-slipway-session=${token}`,
        },
        ...(method !== 'GET' && { body: {} }),
      })
      if (response.status !== 401) opened.push(`${method} ${prefix}${path}: ${response.status}`)
    }
    expect(opened).toEqual([])
    expect(await stand.rows('SELECT * FROM events')).toEqual(before)
  })
})
