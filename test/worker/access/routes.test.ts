import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PERMISSIONS } from '../../../worker/access/permission.ts'
import { ROLES } from '../../../worker/access/roles.ts'
import { spaceLinks, systemLinks } from '../../../worker/access/root-links.ts'
import type { Route } from '../../../worker/http/route.ts'
import { routes } from '../../../worker/routes.ts'
import { addBen, addUser } from '../../support/cast.ts'
import { type TestServer, testServer } from '../../support/server.ts'

/** Open to anybody, each for a reason; whoever adds one adds it here. */
const PUBLIC = [
  'GET /api/openapi.json',
  // Clients ask what the server is before they sign in.
  'GET /api',
  'GET /api/capabilities',
  'GET /api/serverstatus/health',
  'GET /.well-known/openid-configuration',
  'POST /token/v1',
  // The same page for everybody: the browser reads the rest of the link and goes on from there.
  'GET /app',
  // Signing in.
  'POST /api/users/login',
  'GET /sign-in',
  'POST /sign-in',
  'GET /sign-in/{token}',
  'POST /sign-in/{token}',
  'GET /first-run/{token}',
  'POST /first-run/{token}',
  'POST /theme',
  // The host shows its own secret.
  'POST /internal/bootstrap',
  // NuGet gives up unless this answers before it has sent its key.
  'GET /api/-/nuget/packages',
  'GET /nuget/packages',
  'GET /{space}/nuget/packages',
]
/** Runners show tokens of their own; the endpoints check them. */
const OF_RUNNERS = /^(GET|POST|PUT) \/(runner\/v1\/|install\/|runner\.mjs$)/

const PREFIX = { space: '/api/-', system: '/api', root: '' }
const nameOf = ({ method, area, path }: Route) => `${method} ${PREFIX[area]}${path}`
const urlOf = ({ area, path }: Route) =>
  (PREFIX[area].replace('/-', '/Spaces-1') + path).replaceAll(/\{\w+\}/g, 'X-1') || '/'

describe('the table of routes', () => {
  it('says of each who may call it', () => {
    const known = new Set<string>([...PERMISSIONS, 'signed-in', 'public'])
    for (const route of routes)
      expect([nameOf(route), known.has(route.permission)]).toEqual([nameOf(route), true])
  })

  it('has each once', () => {
    const names = routes.map(route => nameOf(route).replaceAll(/\{\w+\}/g, '{}'))
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
  })

  it('opens only what was looked at', () => {
    const open = routes
      .filter(route => route.permission === 'public')
      .map(nameOf)
      .filter(name => !OF_RUNNERS.test(name))
    expect(open.filter(name => !PUBLIC.includes(name))).toEqual([])
  })

  it('serves everything that the root documents name', () => {
    const served = new Set(
      routes.map(({ area, path }) => `${PREFIX[area].replace('/-', '/Spaces-1')}${path}`),
    )
    const missing = Object.entries({ ...spaceLinks('Spaces-1'), ...systemLinks() })
      .filter(([name]) => name !== 'Web')
      .filter(([, link]) => {
        const path = link.replace(/\{[/?].*$/, '').replace('{spaceId}', 'Spaces-1')
        const inDefaultSpace = path.replace(/^\/api\//, '/api/Spaces-1/')
        return ![path, `${path}/{id}`, inDefaultSpace].some(each => served.has(each))
      })
    expect(missing).toEqual([])
  })
})

describe('every route', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await testServer(routes)
  })
  afterAll(() => server.stop())

  const everything = async () => {
    const tables = await server.rows(
      "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
    )
    const contents = await Promise.all(
      tables.map(({ name }) => server.rows(`SELECT * FROM "${name}"`)),
    )
    return JSON.stringify(contents).replaceAll(/"last_used_at":\d+/g, '"last_used_at":null')
  }
  const statusOf = async (route: Route, key: string | null) =>
    (
      await server.send(route.method, urlOf(route), {
        key,
        ...(route.method !== 'GET' && { body: {} }),
      })
    ).status

  it('that is not public is closed to anonymous callers, and nothing changes', async () => {
    const before = await everything()
    for (const route of routes.filter(each => each.permission !== 'public')) {
      const status = await statusOf(route, null)
      const isPage = route.area === 'root' && route.method === 'GET' && status === 303
      expect([nameOf(route), isPage ? 401 : status]).toEqual([nameOf(route), 401])
    }
    expect(await everything()).toBe(before)
  })

  it('is closed to a key that is not good', async () => {
    for (const route of routes.filter(each => each.permission !== 'public'))
      expect([nameOf(route), await statusOf(route, 'API-GUESSED')]).toEqual([nameOf(route), 401])
  })

  it.each(['ben', 'nobody'])(
    'that takes a permission %s lacks is refused, and nothing changes',
    async name => {
      const key = name === 'ben' ? await addBen(server) : await addUser(server, name, [])
      const held = name === 'ben' ? ROLES['userroles-projectviewer'] : new Set()
      const before = await everything()
      for (const route of routes) {
        const { permission, area } = route
        if (permission === 'public' || permission === 'signed-in') continue
        // Ben holds his role in one space; what stands beside the spaces takes it everywhere.
        if (area !== 'system' && held?.has(permission as never)) continue
        expect([nameOf(route), await statusOf(route, key)]).toEqual([nameOf(route), 403])
      }
      expect(await everything()).toBe(before)
    },
  )
})
