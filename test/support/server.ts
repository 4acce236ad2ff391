import { buildApp, type ProblemPage } from '../../worker/http/app.ts'
import type { Route } from '../../worker/http/route.ts'
import { INTERNAL_SECRET, type TestDatabase, testDatabase } from './database.ts'

export const ADMIN_KEY = 'API-ADMINADMINADMINADMINADMINADMINAD'

export type Sent = {
  key?: string | null
  body?: unknown
  headers?: Record<string, string>
}

export type TestServer = TestDatabase & {
  /** Sends one request to the app; signed in as the administrator unless a key (or null) is named. */
  send: (method: string, path: string, sent?: Sent) => Promise<Response>
  /** The same, parsed; fails loudly on another status than expected. */
  json: <T = Answer>(method: string, path: string, sent?: Sent & { status?: number }) => Promise<T>
}

/** A parsed answer; tests say how it looks by what they expect of it. */
export type Answer = ReturnType<typeof JSON.parse>

type Options = { bootstrap?: boolean; problemPage?: ProblemPage }

const plainProblem: ProblemPage = (problem, _request, status) =>
  new Response(problem.message, { status }) as never

/** The given routes on a fresh, bootstrapped installation, without a network in between. */
export const testServer = async (
  routes: Route[],
  settings: Parameters<typeof testDatabase>[0] = {},
  { bootstrap = true, problemPage = plainProblem }: Options = {},
): Promise<TestServer> => {
  const database = await testDatabase(settings)
  const app = buildApp(routes, problemPage)
  const send: TestServer['send'] = async (method, path, sent = {}) => {
    const pending: Promise<unknown>[] = []
    const headers = new Headers(sent.headers)
    const key = sent.key === undefined ? ADMIN_KEY : sent.key
    if (key !== null && !headers.has('x-octopus-apikey')) headers.set('x-octopus-apikey', key)
    const request = new Request(database.env.PUBLIC_URL + path, {
      method,
      headers,
      ...(sent.body !== undefined && {
        body: typeof sent.body === 'string' ? sent.body : JSON.stringify(sent.body),
      }),
    })
    const response = await app.fetch(request as never, database.env, {
      waitUntil: (work: Promise<unknown>) => pending.push(work),
    } as never)
    await Promise.all(pending)
    return response as unknown as Response
  }
  const json: TestServer['json'] = async (method, path, sent = {}) => {
    const response = await send(method, path, sent)
    const text = await response.text()
    const status = sent.status ?? { GET: 200, PUT: 200, DELETE: 200, POST: 201 }[method]
    if (response.status !== status)
      throw new Error(`${method} ${path}: expected ${status}, got ${response.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }
  if (bootstrap)
    await json('POST', '/internal/bootstrap', {
      key: null,
      headers: { 'x-slipway-internal': INTERNAL_SECRET },
      body: { adminApiKey: ADMIN_KEY },
      status: 200,
    })
  return { ...database, send, json }
}
