import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Route } from '../../worker/http/route.ts'
import { routes } from '../../worker/routes.ts'
import { badBodies, goodBody } from '../support/bad-bodies.ts'
import type { RawAnswer, RawRequest } from '../support/raw-http.ts'
import {
  type Counter,
  expectRefusal,
  forEachOf,
  openCounter,
  storesNothing,
} from '../support/refusals.ts'

let counter: Counter
beforeAll(async () => {
  counter = await openCounter()
})
afterAll(() => counter?.end())

const PREFIX = { space: '/api/Spaces-1', system: '/api', root: '' }
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const isHosts = ({ path }: Route) => path.startsWith('/internal')
const isRunners = ({ path }: Route) => path.startsWith('/runner/')
const isPage = ({ area, path }: Route) =>
  area === 'root' && !/^\/(runner|nuget|token|internal|\.well-known|\{space\})/.test(path)

const addressOf = ({ area, path }: Route, value = 'Nothing-999999') =>
  PREFIX[area] + path.replaceAll(/\{\w+\}/g, value)

/** The least that gets a request as far as the route's own code. */
const requestOf = (route: Route, path: string): RawRequest => ({
  method: route.method,
  path,
  ...(route.schema && { body: JSON.stringify(goodBody(route.schema)) }),
  ...(isPage(route) && route.method === 'POST' && { body: 'nothing=1', headers: FORM }),
})

const unlike = (what: string, { status, text }: RawAnswer, ...expected: number[]) =>
  expected.includes(status) ? [] : [`${what}: ${status} ${text.slice(0, 200)}`]

describe('a body that is not what its route takes', () => {
  const taking = routes.filter(route => route.schema && !isHosts(route))
  const known = new Set<unknown>()
  const bodies = taking.flatMap(route => {
    const all = badBodies(route.schema as never)
    const isNew = !known.has(route.schema)
    known.add(route.schema)
    return (isNew ? all : all.slice(0, 5)).map(({ what, body }) => ({ route, what, body }))
  })

  it(`is refused, whatever is wrong with it (${bodies.length} of them)`, async () => {
    expect(bodies.length).toBeGreaterThan(1_000)
    const odd = await forEachOf(bodies, async ({ route, what, body }) => {
      const path = addressOf(route)
      const sent = { method: route.method, path, body: JSON.stringify(body) }
      return unlike(`${route.method} ${path} body${what}`, await counter.send(sent), 400, 404)
    })
    expect(odd).toEqual([])
  })

  const TOO_DEEP = 10_000
  it.each([
    ['cut off', '{'],
    ['cut off inside a name', '{"Na'],
    ['cut off inside a list', '{"Name": [1,'],
    ['no JSON', 'Name=Staging'],
    ['two documents', '{"Name":"a"}{"Name":"b"}'],
    ['single quotes', "{'Name':'a'}"],
    ['a comma too many', '{"Name":"a",}'],
    ['a raw line break in text', '{"Name":"a\nb"}'],
    ['a list nested deeply', '['.repeat(TOO_DEEP) + ']'.repeat(TOO_DEEP)],
    ['objects nested deeply', `${'{"Name":'.repeat(TOO_DEEP)}1${'}'.repeat(TOO_DEEP)}`],
    ['a list opened without end', '['.repeat(1_000_000)],
    ['bytes that are not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
    ['UTF-16', Buffer.from('{"Name":"a"}', 'utf16le')],
    ['a NUL in text', '{"Name":"a\\u0000b"}'],
    ['half a character in text', '{"Name":"a\\ud800b"}'],
    ['a number beyond all numbers', '{"Name":"a","SortOrder":1e400}'],
    ['the prototype for a name', '{"__proto__":{"Name":"a"}}'],
    ['nothing at all', ''],
    ['blanks', '   \n '],
  ])('is refused as %s', async (_, body) => {
    for (const method of ['POST', 'PUT']) {
      const path = `/api/Spaces-1/environments${method === 'PUT' ? '/Environments-1' : ''}`
      expectRefusal(await counter.send({ method, path, body }), 400)
    }
  })

  it.each([
    ['declared', false],
    ['arriving in pieces', true],
  ])('is refused with 413 when it is larger than a body may be, %s', async (_, chunked) => {
    const body = `{"Name":"a","Description":"${'x'.repeat(4_200_000)}"}`
    const answer = await counter.send({
      method: 'POST',
      path: '/api/Spaces-1/environments',
      body,
      chunked,
    })
    expectRefusal(answer, 413, 'may hold 4194304 bytes')
  })

  storesNothing(() => counter)
})

describe('an id that stands for nothing', () => {
  const named = routes.filter(route => route.path.includes('{') && !isHosts(route))
  /** Nothing is named by these: a service document, and forms that answer with themselves. */
  const OTHERWISE: Record<string, number[]> = {
    'GET /{space}/nuget/packages': [200],
    'GET /sign-in/{token}': [200],
    'POST /sign-in/{token}': [400, 401, 403, 404, 422, 429],
  }
  const expectedOf = (route: Route) => {
    if (isRunners(route)) return [400, 401, 404]
    return OTHERWISE[`${route.method} ${route.path}`] ?? [404]
  }

  it.each([
    ['as ids are written', 'Nothing-999999'],
    ['in the very form of an id', 'Projects-999999'],
    ['climbing', '..%2f..%2f..%2fetc%2fpasswd'],
    ['with a NUL', 'a%00b'],
    ['as SQL', "'%20OR%201=1;--"],
    ['as a template', '%7B%7B7*7%7D%7D%24%7B7%7D'],
    ['as a picture', '%F0%9F%A6%8A'],
    ['of 3,000 letters', 'x'.repeat(3_000)],
    ['of blanks', '%20%20'],
  ])(`is not found on any of ${named.length} routes, written %s`, async (_, value) => {
    const odd = await forEachOf(named, async route => {
      const path = addressOf(route, value)
      const answer = await counter.send(requestOf(route, path))
      const what = `${route.method} ${route.path}`
      if (answer.status === 404 && !isPage(route) && !isRunners(route)) expectRefusal(answer, 404)
      return unlike(what, answer, ...expectedOf(route))
    })
    expect(odd).toEqual([])
  })

  it.each(['%', '%zz', '%ff', '%c0%ae%c0%ae'])('is refused in the broken spelling %s', async id => {
    const odd = await forEachOf(named, async route => {
      const answer = await counter.send(requestOf(route, addressOf(route, id)))
      return unlike(`${route.method} ${route.path}`, answer, 400, 404, ...expectedOf(route))
    })
    expect(odd).toEqual([])
  })

  storesNothing(() => counter)
})

describe('a method that a path does not have', () => {
  it('is refused with 405 and the ones it has', async () => {
    const paths = new Map(routes.map(route => [addressOf(route), route]))
    const methodsOf = (path: string) =>
      new Set<string>(routes.filter(each => addressOf(each) === path).map(({ method }) => method))
    const wrong = [...paths].flatMap(([path, route]) =>
      ['PATCH', 'GET', 'PUT', 'POST', 'DELETE', 'PROPFIND']
        .filter(method => !methodsOf(path).has(method) && !isHosts(route))
        .map(method => ({ method, path, route })),
    )
    const odd = await forEachOf(wrong, async ({ method, path, route }) => {
      const answer = await counter.send({ method, path })
      if (answer.status === 405) expect(answer.headers.allow, path).toContain(route.method)
      // Another route may take the same path for an id: DELETE /environments/summary.
      return unlike(`${method} ${path}`, answer, 405, 404, 400)
    })
    expect(odd).toEqual([])
    expectRefusal(
      await counter.send({ method: 'PATCH', path: '/api/Spaces-1/projects' }),
      405,
      'use GET or POST',
    )
  })

  storesNothing(() => counter)
})
