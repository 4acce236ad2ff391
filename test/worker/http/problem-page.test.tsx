import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bootstrapRoutes } from '../../../worker/access/bootstrap.ts'
import { createSession } from '../../../worker/access/sign-in.ts'
import { commit } from '../../../worker/database/client.ts'
import { Problem } from '../../../worker/http/problem.ts'
import { problemPage } from '../../../worker/http/problem-page.tsx'
import { route } from '../../../worker/http/route.ts'
import { addBen } from '../../support/cast.ts'
import { type TestServer, testServer } from '../../support/server.ts'

const page = { area: 'root', method: 'GET' } as const
const routes = [
  ...bootstrapRoutes,
  route({ ...page, path: '/secret', permission: 'AdministerSystem', handler: () => 'secret' }),
  route({
    ...page,
    path: '/wrong',
    permission: 'signed-in',
    handler: () => {
      throw new Problem('invalid', 'There is no <script>alert(1)</script> here.')
    },
  }),
]

describe('a problem shown to people', () => {
  let server: TestServer
  let cookie: string
  beforeAll(async () => {
    server = await testServer(routes, {}, { problemPage })
    await addBen(server)
    const { session, writes } = await createSession(server.db, 'Users-ben', Date.now())
    await commit(server.db, writes)
    cookie = `slipway-session=${session.id}`
  })
  afterAll(() => server.stop())

  const open = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    server.send(method, path, { key: null, headers })

  it('sends who is not signed in to sign in and back again', async () => {
    const response = await open('/secret?tab=one')
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe('/sign-in?returnTo=%2Fsecret%3Ftab%3Done')
    const fragment = await open('/secret', { 'hx-request': 'true' })
    expect(fragment.headers.get('hx-redirect')).toBe('/sign-in?returnTo=%2Fsecret')
  })

  it('says who is signed in and what is missing', async () => {
    const response = await open('/secret', { cookie })
    expect(response.status).toBe(403)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const text = await response.text()
    expect(text).toMatch(/^<!doctype html><html/)
    expect(text).toContain('It takes AdministerSystem for Spaces-1.')
    expect(text).toContain('Signed in as ben')
  })

  it('shows what people typed as text', async () => {
    const text = await (await open('/wrong', { cookie })).text()
    expect(text).toContain('There is no &lt;script&gt;alert(1)&lt;/script&gt; here.')
    expect(text).not.toContain('<script>alert')
  })

  it('is a page also where nothing is', async () => {
    const response = await open('/nowhere/<b>')
    expect(response.status).toBe(404)
    expect(await response.text()).not.toContain('<b>')
  })
})
