import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessRoutes } from '../../../worker/access/api.ts'
import { hashPassword } from '../../../worker/access/password.ts'
import { IDLE_MS, isLive, SESSION_MS } from '../../../worker/access/session.ts'
import { consumeSignInLink, createSession, signIn } from '../../../worker/access/sign-in.ts'
import { newSignInLink, signInLinkWorks } from '../../../worker/access/sign-in-link.ts'
import { commit } from '../../../worker/database/client.ts'
import { addAda } from '../../support/cast.ts'
import { type TestServer, testServer } from '../../support/server.ts'

const PASSWORD = 'correct horse battery'
const ORIGIN = 'http://127.0.0.1:8787'

describe('signing in', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await testServer(accessRoutes)
    await addAda(server)
    await server.rows(
      "UPDATE users SET password_hash = ? WHERE id = 'Users-ada'",
      await hashPassword(PASSWORD),
    )
  })
  afterAll(() => server.stop())

  const arrival = (address = '', now = Date.now()) => ({
    env: server.env,
    db: server.db,
    now,
    origin: { userAgent: 'test', address },
  })
  const credentials = (username: string, password = PASSWORD) => ({ username, password })
  const fresh = async (userId = 'Users-ada', now = Date.now()) => {
    const { session, writes } = await createSession(server.db, userId, now)
    await commit(server.db, writes)
    return session
  }
  const asBrowser = (session: { id: string }, more: Record<string, string> = {}) => ({
    key: null,
    headers: { cookie: `slipway-session=${session.id}`, ...more },
  })

  describe('by name and password', () => {
    it('gives a session whose id is kept only as a digest', async () => {
      const { cookie, session, userId } = await signIn(arrival(), credentials('Ada'))
      expect(userId).toBe('Users-ada')
      expect(cookie).toBe(
        `slipway-session=${session.id}; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800`,
      )
      const stored = JSON.stringify(await server.rows('SELECT * FROM sessions'))
      expect(stored).not.toContain(session.id)
      expect(await server.json('GET', '/api/users/me', asBrowser(session))).toMatchObject({
        Username: 'ada',
      })
    })

    it('binds the cookie to this host where it is served over HTTPS', async () => {
      const env = { ...server.env, PUBLIC_URL: 'https://deploy.example.com' }
      const { cookie } = await signIn({ ...arrival(), env }, credentials('ada'))
      expect(cookie).toMatch(
        /^__Host-slipway-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=604800; Secure$/,
      )
    })

    it('gives one answer for an unknown name, a wrong password, and an account that may not', async () => {
      const message = 'The username or the password is not right. Try again.'
      await server.rows(
        "INSERT INTO users (id, username, display_name, is_service, password_hash, created_at) SELECT 'Users-bot', 'bot', 'bot', 1, password_hash, 0 FROM users WHERE id = 'Users-ada'",
      )
      for (const [name, password] of [
        ['nobody', PASSWORD],
        ['ada', 'wrong password'],
        ['ada', ''],
        ['ada', 'x'.repeat(5_000)],
        ["ada' OR 1=1 --", PASSWORD],
        ['bot', PASSWORD],
        ['admin', ''],
      ] as const)
        await expect(signIn(arrival(), credentials(name, password))).rejects.toMatchObject({
          code: 'unauthenticated',
          message,
        })
    })

    it('ends the session that was there before', async () => {
      const first = await signIn(arrival(), credentials('ada'))
      const [row] = await server.rows('SELECT id_hash FROM sessions ORDER BY rowid DESC LIMIT 1')
      await signIn(arrival(), credentials('ada'), String(row?.id_hash))
      expect((await server.send('GET', '/api/users/me', asBrowser(first.session))).status).toBe(401)
    })

    it('counts failures only', async () => {
      await server.rows('DELETE FROM sign_in_attempts')
      await signIn(arrival('192.0.2.1'), credentials('ada'))
      expect(await server.rows('SELECT * FROM sign_in_attempts')).toEqual([])
    })
  })

  describe('through the API', () => {
    const login = (body: unknown, headers: Record<string, string> = {}) =>
      server.send('POST', '/api/users/login', { key: null, body, headers })
    const cookiesOf = (response: Response) =>
      response.headers.getSetCookie().map(cookie => cookie.split(';')[0] ?? '')

    it('gives cookies under the names a client knows, and takes them back', async () => {
      const response = await login({ Username: 'ada', Password: PASSWORD })
      expect(response.status).toBe(200)
      expect(await response.json()).toMatchObject({ Id: 'Users-ada', IsRequestor: true })
      const [identification = '', csrf = ''] = cookiesOf(response)
      expect(identification).toMatch(/^OctopusIdentificationToken_[\w-]+=/)
      expect(csrf).toMatch(/^Octopus-Csrf-Token_[\w-]+=/)
      const cookie = `${identification}; ${csrf}`
      expect(
        await server.json('GET', '/api/users/me', { key: null, headers: { cookie } }),
      ).toMatchObject({ Id: 'Users-ada' })
      const logout = (headers: Record<string, string>) =>
        server.send('POST', '/api/users/logout', { key: null, headers: { cookie, ...headers } })
      expect((await logout({})).status).toBe(403)
      const token = { 'x-octopus-csrf-token': csrf.split('=')[1] ?? '' }
      expect((await logout({ ...token, origin: 'https://evil.example' })).status).toBe(403)
      const out = await logout(token)
      expect(out.status).toBe(200)
      expect(out.headers.getSetCookie().every(each => each.includes('Max-Age=0'))).toBe(true)
      expect(
        (await server.send('GET', '/api/users/me', { key: null, headers: { cookie } })).status,
      ).toBe(401)
    })

    it.each([
      ['a wrong password', { Username: 'ada', Password: 'wrong password' }, {}, 401],
      ['no password', { Username: 'ada' }, {}, 400],
      ['no name', { Username: '', Password: PASSWORD }, {}, 400],
      ['text for an object', '"ada"', {}, 400],
      [
        'a page of somebody else',
        { Username: 'ada', Password: PASSWORD },
        { origin: 'https://evil.example' },
        403,
      ],
      ['a page of nobody', { Username: 'ada', Password: PASSWORD }, { origin: 'null' }, 403],
    ])('refuses %s', async (_what, body, headers, status) => {
      const response = await login(body, headers)
      expect(response.status).toBe(status)
      expect(response.headers.getSetCookie()).toEqual([])
      expect(JSON.stringify(await response.json())).not.toContain(PASSWORD)
    })
  })

  describe('by a one-time link', () => {
    const link = async (now = Date.now()) => {
      const { path, writes } = await newSignInLink(server.db, 'Users-1', now)
      await commit(server.db, writes)
      return path.slice('/sign-in/'.length)
    }

    it('works once, however many try at the same time', async () => {
      const token = await link()
      expect(await signInLinkWorks(server.db, token, Date.now())).toBe(true)
      const tries = await Promise.allSettled(
        Array.from({ length: 20 }, () => consumeSignInLink(arrival(), token)),
      )
      expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      expect(await signInLinkWorks(server.db, token, Date.now())).toBe(false)
      const [refused] = tries.filter(each => each.status === 'rejected')
      expect(refused?.reason.message).toContain('This sign-in link is not valid')
    })

    it('ends when a newer one is made, after a day, and is not guessed', async () => {
      const old = await link()
      const newer = await link()
      const now = Date.now()
      expect(await signInLinkWorks(server.db, old, now)).toBe(false)
      expect(await signInLinkWorks(server.db, newer, now + 24 * 3_600_000 + 1)).toBe(false)
      for (const guess of ['', 'x', "' OR 1=1 --", 'A'.repeat(43), newer.toLowerCase()])
        expect(await signInLinkWorks(server.db, guess, now)).toBe(false)
      expect(JSON.stringify(await server.rows('SELECT * FROM sign_in_links'))).not.toContain(newer)
    })

    it('sets name and password of the account, or is not used up', async () => {
      const token = await link()
      for (const account of [
        { username: 'root', password: 'short' },
        { username: '', password: PASSWORD },
        { username: 'x'.repeat(64), password: PASSWORD },
        { username: 'ada', password: PASSWORD },
      ])
        await expect(consumeSignInLink(arrival(), token, account)).rejects.toThrow()
      const { session } = await consumeSignInLink(arrival(), token, {
        username: 'root',
        password: PASSWORD,
      })
      expect(await server.json('GET', '/api/users/me', asBrowser(session))).toMatchObject({
        Id: 'Users-1',
        Username: 'root',
      })
      expect((await signIn(arrival(), credentials('ROOT'))).userId).toBe('Users-1')
    })
  })

  describe('a session', () => {
    it.each([
      ['at its beginning', 0, 0, true],
      ['just before it was idle too long', IDLE_MS - 1, 0, true],
      ['at the instant it was idle too long', IDLE_MS, 0, false],
      ['just before its end, in use', SESSION_MS - 1, SESSION_MS - 2, true],
      ['at the instant of its end, in use', SESSION_MS, SESSION_MS - 1, false],
    ])('%s: at %i, last seen at %i, lives: %s', (_when, now, lastSeenAt, expected) => {
      expect(isLive({ expiresAt: SESSION_MS, lastSeenAt }, now)).toBe(expected)
    })

    it('is decided by the server, not by the cookie', async () => {
      const session = await fresh('Users-ada', Date.now() - IDLE_MS)
      expect((await server.send('GET', '/api/users/me', asBrowser(session))).status).toBe(401)
    })

    it('ends with a new password and with the account', async () => {
      const session = await fresh('Users-ada', Date.now() - 1_000)
      expect((await server.send('GET', '/api/users/me', asBrowser(session))).status).toBe(200)
      await server.rows("UPDATE users SET valid_after = ? WHERE id = 'Users-ada'", Date.now())
      expect((await server.send('GET', '/api/users/me', asBrowser(session))).status).toBe(401)
      const other = await fresh()
      await server.rows("UPDATE users SET is_active = 0 WHERE id = 'Users-ada'")
      expect((await server.send('GET', '/api/users/me', asBrowser(other))).status).toBe(401)
      await server.rows("UPDATE users SET is_active = 1 WHERE id = 'Users-ada'")
    })

    it('counts for nothing beside a key', async () => {
      const session = await fresh('Users-1')
      const response = await server.send('GET', '/api/users/me', {
        key: 'API-UNKNOWN',
        headers: { cookie: `slipway-session=${session.id}` },
      })
      expect(response.status).toBe(401)
    })

    it('of two cookies takes the first, not one that was tossed in', async () => {
      const session = await fresh()
      const headers = { cookie: `slipway-session=${session.id}; slipway-session=tossed` }
      expect((await server.send('GET', '/api/users/me', { key: null, headers })).status).toBe(200)
    })
  })

  describe('a change known by its cookie alone', () => {
    const change = async (
      headers: Record<string, string>,
      body: string | undefined = JSON.stringify({ Purpose: 'test' }),
      method = 'POST',
    ) => {
      const session = await fresh()
      const before = await server.rows('SELECT count(*) AS n FROM api_keys')
      const filled = Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [
          name,
          value.replace('TOKEN', session.csrfToken).replace('SESSION', session.id),
        ]),
      )
      const response = await server.send(method, '/api/users/me/apikeys', {
        ...asBrowser(session, filled),
        body: body?.replace('TOKEN', session.csrfToken),
      })
      const after = await server.rows('SELECT count(*) AS n FROM api_keys')
      return { status: response.status, changed: Number(after[0]?.n) !== Number(before[0]?.n) }
    }

    it.each([
      ['with our origin and the token', { origin: ORIGIN, 'x-octopus-csrf-token': 'TOKEN' }],
      [
        'with the other name of this machine',
        { origin: 'http://localhost:8787', 'x-csrf-token': 'TOKEN' },
      ],
    ])('happens %s', async (_what, headers) => {
      expect(await change(headers)).toEqual({ status: 201, changed: true })
    })

    it.each([
      ['without both', {}],
      ['without the token', { origin: ORIGIN }],
      ['without an origin', { 'x-octopus-csrf-token': 'TOKEN' }],
      ['with the origin null', { origin: 'null', 'x-octopus-csrf-token': 'TOKEN' }],
      ['from elsewhere', { origin: 'https://evil.example', 'x-octopus-csrf-token': 'TOKEN' }],
      [
        'from a name that only ends like ours',
        { origin: 'http://x127.0.0.1:8787', 'x-octopus-csrf-token': 'TOKEN' },
      ],
      ['from another port', { origin: 'http://127.0.0.1:9999', 'x-octopus-csrf-token': 'TOKEN' }],
      ['with the session for a token', { origin: ORIGIN, 'x-octopus-csrf-token': 'SESSION' }],
      ['with a wrong token', { origin: ORIGIN, 'x-octopus-csrf-token': 'guessed' }],
      [
        'as a cross-site text form',
        { origin: 'https://evil.example', 'content-type': 'text/plain' },
      ],
    ])('is refused %s, and changes nothing', async (_what, headers) => {
      expect(await change(headers)).toEqual({ status: 403, changed: false })
    })

    it.each([
      ['a form', 'application/x-www-form-urlencoded', '_csrf=TOKEN&Purpose=x', true],
      ['a form without it', 'application/x-www-form-urlencoded', 'Purpose=x', false],
      [
        'an upload',
        'multipart/form-data; boundary=b',
        '--b\r\nContent-Disposition: form-data; name="_csrf"\r\n\r\nTOKEN\r\n--b--\r\n',
        true,
      ],
      [
        'an upload without it',
        'multipart/form-data; boundary=b',
        '--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--b--\r\n',
        false,
      ],
    ])('reads the token from %s', async (_what, type, body, passes) => {
      const { status } = await change({ origin: ORIGIN, 'content-type': type }, body)
      // Past the check the body is not the JSON this route wants.
      expect(status).toBe(passes ? 400 : 403)
    })
  })
})
