import { Hono } from 'hono'
import { authorize } from '../access/authorization.ts'
import { identify } from '../access/identify.ts'
import type { Principal } from '../access/principal.ts'
import { openDatabase } from '../database/client.ts'
import { Pressure } from '../database/pressure.ts'
import type { Environment } from '../environment.ts'
import { awayProblem } from './away.ts'
import type { AnyPrincipalCall, Space } from './call.ts'
import { parse, readJson } from './input.ts'
import { type Destination, destination } from './path.ts'
import { notFound, Problem, problemBody } from './problem.ts'
import { Query } from './query.ts'
import type { Route } from './route.ts'
import { secured } from './security-headers.ts'

/** @param call who asked and where; undefined when it failed before that was known */
export type ProblemPage = (
  problem: Problem,
  request: Request,
  status: number,
  call: AnyPrincipalCall | undefined,
) => Response | Promise<Response>

type Handled = { Bindings: Environment }

const PREFIX = { space: '/api/-', system: '/api', root: '' } as const
/** Answers under these are for programs: their errors are JSON. */
const PROGRAMS = /^\/((api|runner|token|\.well-known|internal)|([^/]+\/)?nuget)(\/|$)/i

/** Everything the Worker answers to, from one table of routes. */
export const buildApp = (routes: Route[], problemPage: ProblemPage) => {
  const destinations = new WeakMap<Request, Destination>()
  const identified = new WeakMap<Request, AnyPrincipalCall>()
  const { words, systemWords } = vocabulary(routes)
  const app = new Hono<Handled>({
    getPath: request => {
      const found = destination(new URL(request.url).pathname, words, systemWords)
      destinations.set(request, found)
      return found.path
    },
  })

  for (const route of routes)
    app.on(route.method, honoPath(route), async context => {
      const request = context.req.raw
      const place = destinations.get(request)
      const call = await prepare(
        route,
        request,
        place,
        context.env,
        context.executionCtx,
        {
          ...context.req.param(),
        },
        identified,
      )
      return toResponse(await route.handler(call as never))
    })

  app.notFound(context => {
    const { pathname } = new URL(context.req.url)
    const place = destinations.get(context.req.raw)?.path ?? pathname
    const methods = new Set(
      routes.filter(route => matches(honoPath(route), place)).map(route => route.method),
    )
    if (methods.size === 0) throw notFound(pathname)
    throw new Problem(
      'method_not_allowed',
      `${context.req.method} is not possible here; use ${[...methods].join(' or ')}.`,
      { allow: [...methods] },
    )
  })

  app.onError(async (error, context) => {
    const request = context.req.raw
    const { pathname } = new URL(request.url)
    const known = asProblem(error) ?? away(error, pathname)
    const problem = known ?? defect(error, pathname)
    const status = known?.status ?? 500
    const response = PROGRAMS.test(pathname.replace(/\/{2,}/g, '/'))
      ? Response.json(problemBody(problem), { status })
      : await problemPage(problem, request, status, identified.get(request))
    const { retryAfter, allow } = problem.detail
    if (retryAfter !== undefined) response.headers.set('retry-after', String(retryAfter))
    if (allow) response.headers.set('allow', allow.join(', '))
    return response
  })

  return {
    async fetch(request: Request, env: Environment, execution: ExecutionContext) {
      const response = await app.fetch(withOverriddenMethod(request), env, execution)
      // A switched protocol has no headers of ours.
      return response.status === 101
        ? response
        : secured(response, env.PUBLIC_URL.startsWith('https:'))
    },
  }
}

/** Not foreseen: logged in full under an id, and shown as nothing but that id. */
const defect = (error: unknown, path: string): Problem => {
  const id = crypto.randomUUID()
  console.error(JSON.stringify({ id, path, error: trace(error) }))
  return new Problem(
    'unavailable',
    `Something went wrong on our side. It was written to the server's log under ${id}.`,
  )
}

const away = (error: unknown, path: string): Problem | undefined => {
  const problem = awayProblem(error)
  if (problem) console.warn(JSON.stringify({ path, away: trace(error).split('\n', 1)[0] }))
  return problem
}

const trace = (error: unknown): string => {
  const parts: string[] = []
  for (let each = error, depth = 0; each instanceof Error && depth < 4; each = each.cause, depth++)
    parts.push(withoutValues(each))
  return parts.join('\ncaused by ') || String(error)
}

/** A failed query says which values it was given; those may be secrets. */
const withoutValues = (error: Error): string => {
  const text = error.stack ?? error.message
  if (!('query' in error)) return text
  const frames = text.split('\n').filter(line => /^\s+at /.test(line))
  return [`Failed query: ${String(error.query)}`, ...frames].join('\n')
}

const asProblem = (error: unknown): Problem | undefined => {
  if (error instanceof Problem) return error
  if (error instanceof URIError)
    return new Problem('invalid', 'The address holds a broken % escape; write it as %25.')
  return undefined
}

/** Of all requests together: a database that is slow must not make them pile up. */
const pressure = new Pressure()

const prepare = async (
  route: Route,
  request: Request,
  place: Destination | undefined,
  env: Environment,
  execution: Pick<ExecutionContext, 'waitUntil'>,
  params: Record<string, string>,
  identified: WeakMap<Request, AnyPrincipalCall>,
): Promise<AnyPrincipalCall> => {
  const now = Date.now()
  const db = openDatabase(env, pressure)
  const url = new URL(request.url)
  const spaceReference = place?.space ?? params.space
  const { principal, space } = await identify({ request, env, db, now, spaceReference, route })
  const call: AnyPrincipalCall = {
    env,
    db,
    principal,
    now,
    origin: {
      userAgent: (request.headers.get('user-agent') ?? '').slice(0, 300),
      address: request.headers.get(ADDRESS_HEADER[env.HOSTED]) ?? '',
    },
    defer: work => execution.waitUntil(work.catch(error => console.error(trace(error)))),
    request,
    space: space ?? NO_SPACE,
    spaceNamed: spaceReference !== undefined,
    params,
    query: new Query(url.searchParams),
    body: undefined,
    requestId: crypto.randomUUID(),
  }
  identified.set(request, call)
  requirePermission(route, principal, space)
  if (route.area === 'space' && !space) throw notFound(spaceReference ?? 'Spaces-1')
  return route.rawBody || !route.schema ? call : { ...call, body: await readBody(route, request) }
}

/** Set by the platform or by the host in front; whatever a client sends under it is replaced. */
const ADDRESS_HEADER: Record<Environment['HOSTED'], string> = {
  cloudflare: 'cf-connecting-ip',
  local: 'x-slipway-client-address',
}

const requirePermission = (route: Route, principal: Principal, space: Space | undefined): void => {
  const { permission } = route
  if (permission === 'public') return
  if (principal.kind === 'anonymous')
    throw new Problem(
      'unauthenticated',
      'You must be signed in to do this. Send an API key in the X-Octopus-ApiKey header.',
    )
  if (permission !== 'signed-in') authorize(principal, permission, scopeOf(route, space))
}

const NO_SPACE: Space = { id: '', name: '', slug: '', isDefault: false }

const scopeOf = (route: Route, space: Space | undefined) =>
  route.area !== 'system' && space ? { spaceId: space.id } : {}

const readBody = async (route: Route, request: Request): Promise<unknown> => {
  const value = await readJson(request, route.bodyBytes)
  return route.schema ? parse(route.schema, value) : value
}

const toResponse = (result: unknown): Response =>
  result instanceof Response ? result : Response.json(result ?? null)

/** One client sends every PUT and DELETE as POST with this header; only POST may be overridden. */
const withOverriddenMethod = (request: Request): Request => {
  const method = request.headers.get('x-http-method-override')?.toUpperCase()
  if (request.method !== 'POST' || !method) return request
  if (method !== 'PUT' && method !== 'DELETE') return request
  return new Request(request, { method })
}

const honoPath = (route: Route) =>
  (PREFIX[route.area] + route.path).replaceAll(/\{(\w+)\}/g, ':$1').replace(/(?<=.)\/$/, '')

const matches = (pattern: string, path: string): boolean => {
  const expected = pattern.split('/')
  const found = path.split('/')
  return (
    expected.length === found.length &&
    expected.every((segment, index) => segment.startsWith(':') || segment === found[index])
  )
}

const vocabulary = (routes: Route[]) => {
  const words = new Set<string>(['api'])
  const systemWords = new Set<string>()
  for (const { area, path } of routes) {
    const segments = path.split('/').filter(Boolean)
    for (const segment of segments) if (!segment.startsWith('{')) words.add(segment.toLowerCase())
    if (area === 'system' && segments[0]) {
      systemWords.add(segments[0])
      // What stands under one space is a matter of the system too: /api/spaces/{id}/search.
      if (segments[0] === 'spaces' && segments[2]) systemWords.add(`spaces/${segments[2]}`)
    }
  }
  return { words, systemWords }
}
