import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { bootstrapRoutes } from '../../../worker/access/bootstrap.ts'
import { Problem } from '../../../worker/http/problem.ts'
import { created, nothing, type Route, route } from '../../../worker/http/route.ts'
import { type TestServer, testServer } from '../../support/server.ts'

const space = { area: 'space' } as const

const routes: Route[] = [
  ...bootstrapRoutes,
  route({
    ...space,
    method: 'GET',
    path: '/things',
    permission: 'ProjectView',
    handler: call => ({ space: call.space.id, named: call.spaceNamed }),
  }),
  route({
    ...space,
    method: 'POST',
    path: '/things',
    permission: 'ProjectCreate',
    schema: z.object({ Name: z.string() }),
    bodyBytes: 100,
    handler: call => created({ Id: 'Things-1', Name: call.body.Name }),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/things/{id}',
    permission: 'ProjectView',
    handler: call => ({ id: call.params.id }),
  }),
  route({
    ...space,
    method: 'DELETE',
    path: '/things/{id}',
    permission: 'ProjectDelete',
    handler: () => nothing(),
  }),
  route({
    area: 'root',
    method: 'GET',
    path: '/page',
    permission: 'signed-in',
    handler: () => 'page',
  }),
  route({
    area: 'system',
    method: 'GET',
    path: '/open',
    permission: 'public',
    handler: call => ({ who: call.principal.kind }),
  }),
  route({
    area: 'system',
    method: 'GET',
    path: '/broken',
    permission: 'public',
    handler: () => {
      throw Object.assign(new Error('Failed query: SELECT ?\nparams: the-secret'), {
        query: 'SELECT ?',
      })
    },
  }),
  route({
    area: 'system',
    method: 'GET',
    path: '/busy',
    permission: 'public',
    handler: () => {
      throw new Problem('too_many_requests', 'Wait a little.', { retryAfter: 7 })
    },
  }),
]

describe('the app', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await testServer(routes)
  })
  afterAll(() => server.stop())

  it.each([
    ['/api/Spaces-1/things', true],
    ['/api/spaces-1/Things/', true],
    ['/api/spaces/Spaces-1/things', true],
    ['/api/spaces/default/things', true],
    ['/api/default/things', true],
    ['//api//things', false],
    ['/api/things?APIKEY=ignored-beside-a-header', false],
  ])('serves a resource of the default space at %s', async (path, named) => {
    expect(await server.json('GET', path)).toEqual({ space: 'Spaces-1', named })
  })

  it('matches on the undecoded path, and hands the decoded name on', async () => {
    expect(await server.json('GET', '/api/things/refs%2Fheads%2Fmain')).toEqual({
      id: 'refs/heads/main',
    })
  })

  it.each([
    [
      'GET',
      '/api/nothing-here/at/all',
      404,
      "The resource '/api/nothing-here/at/all' was not found.",
    ],
    ['GET', '/api/Spaces-9/things', 404, "The resource 'Spaces-9' was not found."],
    ['PUT', '/api/things/1', 405, 'PUT is not possible here; use GET or DELETE.'],
    ['OPTIONS', '/api/things', 405, 'OPTIONS is not possible here; use GET or POST.'],
  ])('answers %s %s with %i', async (method, path, status, message) => {
    const answer = await server.json(method, path, { status })
    expect(answer.ErrorMessage).toBe(message)
    expect('Errors' in answer).toBe(status !== 404)
  })

  it('says which methods are possible', async () => {
    const response = await server.send('PUT', '/api/things/1')
    expect(response.headers.get('allow')).toBe('GET, DELETE')
  })

  it('makes a created resource 201 and a deletion 200 with nothing in it', async () => {
    expect(
      await server.json('POST', '/api/things', { body: { name: 'Shop' }, status: 201 }),
    ).toEqual({ Id: 'Things-1', Name: 'Shop' })
    expect(await server.json('DELETE', '/api/things/1')).toBeUndefined()
  })

  it('lets only a POST say that it is a PUT or a DELETE', async () => {
    const headers = { 'x-http-method-override': 'DELETE' }
    expect(await server.json('POST', '/api/things/1', { headers, status: 200 })).toBeUndefined()
    expect(await server.json('GET', '/api/things/1', { headers })).toEqual({ id: '1' })
    const get = { 'x-http-method-override': 'GET' }
    expect((await server.send('POST', '/api/things/1', { headers: get })).status).toBe(405)
  })

  it.each([
    ['malformed JSON', '{"Name":', 400],
    ['a missing field', {}, 400],
    ['a field of the wrong kind', { Name: {} }, 400],
    ['no body', undefined, 400],
    ['a body over the limit', { Name: 'x'.repeat(100) }, 413],
  ])('refuses %s', async (_what, body, status) => {
    const answer = await server.json('POST', '/api/things', { body, status })
    expect(answer.ErrorMessage).not.toBe('')
  })

  it('answers HEAD as GET, without a body', async () => {
    const response = await server.send('HEAD', '/api/things')
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('')
    expect((await server.send('HEAD', '/api/things', { key: null })).status).toBe(401)
  })

  it.each(['/api/open', '/api/things', '/api/nothing', '/page', '/nowhere'])(
    'sends the security headers with %s, whatever the answer',
    async path => {
      const { headers } = await server.send('GET', path, { key: null })
      expect(headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('same-origin')
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('access-control-allow-origin')).toBeNull()
    },
  )

  it('answers programs in JSON and people with a page', async () => {
    const program = await server.send('GET', '/api/things', { key: null })
    expect(program.status).toBe(401)
    expect(program.headers.get('content-type')).toContain('application/json')
    const person = await server.send('GET', '/page', { key: null })
    expect(person.status).toBe(401)
    expect(person.headers.get('content-type')).toContain('text/plain')
  })

  it('says when to try again', async () => {
    const response = await server.send('GET', '/api/busy')
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('7')
  })

  it('keeps a defect to itself, and what a failed query was given out of the log', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const answer = await server.json('GET', '/api/broken', { status: 500 })
    const written = log.mock.calls.flat().join('\n')
    log.mockRestore()
    expect(answer.ErrorMessage).toMatch(
      /^Something went wrong on our side. It was written to the server's log under [\w-]{36}\.$/,
    )
    expect(answer.ErrorMessage).not.toContain('SELECT')
    expect(written).toContain('Failed query: SELECT ?')
    expect(written).not.toContain('the-secret')
  })

  it('asks for HTTPS only where it is served over HTTPS', async () => {
    expect(
      (await server.send('GET', '/api/open')).headers.get('strict-transport-security'),
    ).toBeNull()
    const secure = await testServer(routes, { PUBLIC_URL: 'https://deploy.example.com' })
    const { headers } = await secure.send('GET', '/api/open')
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000')
    await secure.stop()
  })
})
