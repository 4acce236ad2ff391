import {
  type Agent,
  createServer,
  type IncomingMessage,
  request as open,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { UpstreamAgent } from './upstream-agent.ts'

export interface Front {
  readonly port: number
  /** From now on requests go there; before that they are told to come again. */
  connect(upstream: string, secret: string): void
  /** Stops taking requests, gives those under way this time to end, then ends them. */
  close(graceMs: number): Promise<void>
}

/** Clients may keep an idle connection this long, in milliseconds: longer than any of ours does. */
const CLIENT_IDLE_MS = 80_000
/** workerd closes a connection that was idle for 5 s; we let go of it before. */
const UPSTREAM_IDLE_MS = 4_000
const HEADERS_MS = 30_000
const DISCARD_MS = 2_000

const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
/** What only this host says; a client that says it is not heard. */
const OURS = new Set(['x-slipway-client-address', 'x-slipway-front', 'x-slipway-internal'])

/** Listens for clients on a loopback port (0: any) and passes their requests on, streaming both ways.
 *  Rejects with `EADDRINUSE` when the port is taken. */
export const openFront = async (port: number): Promise<Front> => {
  const agent = new UpstreamAgent({ timeout: UPSTREAM_IDLE_MS })
  let upstream: Upstream | undefined

  const server = createServer(
    {
      keepAliveTimeout: CLIENT_IDLE_MS,
      headersTimeout: HEADERS_MS,
      requestTimeout: 0,
      noDelay: true,
    },
    (request, response) => {
      if (isInternal(request.url ?? '/')) refuse(response, 404, 'There is no such page.')
      else if (upstream === undefined) unavailable(response)
      else pass(request, response, upstream)
    },
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    connect: (url, secret) => {
      const { hostname, port } = new URL(url)
      upstream = { agent, hostname, port, secret }
    },
    close: async graceMs => {
      const closed = new Promise(done => server.close(done))
      const overdue = setTimeout(() => server.closeAllConnections(), graceMs)
      server.closeIdleConnections()
      await closed
      clearTimeout(overdue)
      agent.destroy()
    },
  }
}

interface Upstream {
  readonly agent: Agent
  readonly hostname: string
  readonly port: string
  readonly secret: string
}

/** `/internal` and workerd's own `/cdn-cgi` belong to the host, however they are spelled. */
const isInternal = (url: string): boolean => {
  if (!/%|\/\/|\/\.|^[^/]|^\/(?:internal|cdn-cgi)/i.test(url)) return false
  try {
    const path = decodeURIComponent(
      new URL(url.startsWith('/') ? `http://front${url}` : url).pathname,
    ).replace(/\/{2,}/g, '/')
    return /^\/(?:internal|cdn-cgi)(?:\/|$)/i.test(new URL(path, 'http://front').pathname)
  } catch {
    return true
  }
}

const pass = (
  request: IncomingMessage,
  response: ServerResponse,
  upstream: Upstream,
  retried = false,
): void => {
  const { agent, hostname, port } = upstream
  const headers = passedOn(request.rawHeaders, OURS)
  headers.push('x-slipway-client-address', request.socket.remoteAddress ?? '')
  headers.push('x-slipway-front', upstream.secret)
  const chunked = request.headers['transfer-encoding'] !== undefined
  if (chunked) headers.push('transfer-encoding', 'chunked')
  const hasBody = chunked || Number(request.headers['content-length'] ?? 0) > 0

  const onward = open({
    agent,
    hostname,
    port,
    method: request.method,
    path: request.url,
    headers,
    setDefaultHeaders: false,
    setHost: false,
  })
  let answered = false
  onward.once('response', answer => {
    answered = true
    response.writeHead(
      answer.statusCode ?? 502,
      answer.statusMessage,
      passedOn(answer.rawHeaders, NONE),
    )
    // A stream's first bytes may be a long time coming; its reader wants to know that it is open.
    if (answer.headers['content-length'] === undefined) response.flushHeaders()
    answer.once('error', () => response.destroy())
    answer.pipe(response)
  })
  onward.once('error', () => {
    // An answer that comes before the body was taken in ends the connection, but is still the answer.
    if (answered || response.destroyed) return
    if (onward.reusedSocket && !hasBody && !retried) pass(request, response, upstream, true)
    else unavailable(response)
  })
  response.once('close', () => {
    if (!response.writableFinished) onward.destroy()
    else if (!request.complete) discard(request)
  })
  if (hasBody) request.pipe(onward)
  else onward.end()
}

/** The rest of a body that nobody wanted: read away for a moment, then cut off. */
const discard = (request: IncomingMessage): void => {
  request.unpipe()
  request.resume()
  const overdue = setTimeout(() => request.destroy(), DISCARD_MS)
  request.once('close', () => clearTimeout(overdue))
}

const NONE: ReadonlySet<string> = new Set()

/** Headers as name, value, name, value; without what holds for one connection only. */
const passedOn = (raw: readonly string[], dropped: ReadonlySet<string>): string[] => {
  const kept: string[] = []
  const named = connectionOptions(raw)
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? ''
    const lower = name.toLowerCase()
    if (HOP_BY_HOP.has(lower) || dropped.has(lower) || named.includes(lower)) continue
    kept.push(name, raw[index + 1] ?? '')
  }
  return kept
}

const connectionOptions = (raw: readonly string[]): string[] => {
  for (let index = 0; index < raw.length; index += 2) {
    if (raw[index]?.toLowerCase() !== 'connection') continue
    return (raw[index + 1] ?? '').split(',').map(option => option.trim().toLowerCase())
  }
  return []
}

const unavailable = (response: ServerResponse): void =>
  refuse(response, 503, 'Slipway is starting. Try again in a moment.', { 'retry-after': '1' })

const refuse = (
  response: ServerResponse,
  status: number,
  message: string,
  headers: Record<string, string> = {},
): void => {
  if (response.destroyed) return
  // The API's own form: a 404 has no list, and no message stands twice.
  const body = JSON.stringify({ ErrorMessage: message, ...(status !== 404 && { Errors: [] }) })
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}
