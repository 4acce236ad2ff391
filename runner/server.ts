import { createReadStream, statSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { performance } from 'node:perf_hooks'
import type { ZodType } from 'zod'
import type { Failure } from './core/events.ts'
import { type Refusal, refusal } from './protocol/refusal.ts'
import { PROOF_HEADER } from './protocol/signatures.ts'

const MAX_REPLY_BYTES = 16_777_216
const REQUEST_MS = 30_000

export type Answer<T> =
  /** `date`: the server's clock, where it says. */
  | { ok: true; value: T; sentAt: number; date?: number }
  | { ok: false; failure: Failure; message: string }

export type Request = {
  method?: 'GET' | 'POST' | 'PUT'
  path: string
  session?: string
  /** The path is the server's own, not one of the protocol. */
  isOutside?: boolean
  json?: unknown
  /** Proves the message: given its path and its body. */
  prove?: ((path: string, body: string) => string) | undefined
  bytes?: Uint8Array
  /** The body is this file, of exactly this size. */
  file?: { path: string; sizeBytes: number }
  timeoutMs?: number
  signal?: AbortSignal
}

export type Server = {
  /** One message; an answer that does not parse counts as lost. */
  send<T>(schema: ZodType<T>, request: Request): Promise<Answer<T>>
  /** The body as it comes. Rejects when the answer is anything but 200. */
  download(request: Request): Promise<http.IncomingMessage>
  close(): void
}

/** Connections to the one server a runner knows, kept open between messages. */
export const connect = (base: string): Server => {
  const url = new URL(base)
  const prefix = url.pathname.replace(/\/+$/, '')
  const transport = url.protocol === 'https:' ? https : http
  const agent = new transport.Agent({ keepAlive: true, maxSockets: 128, scheduling: 'lifo' })

  const open = (request: Request): Promise<http.IncomingMessage> =>
    new Promise((resolve, reject) => {
      const json = request.json === undefined ? undefined : JSON.stringify(request.json)
      const body = json ?? request.bytes
      const proof = json !== undefined && request.prove?.(request.path, json)
      const method = request.method ?? 'POST'
      const outgoing = transport.request({
        agent,
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port || undefined,
        method,
        path: `${prefix}${request.isOutside ? '' : '/runner/v1'}${request.path}`,
        timeout: request.timeoutMs ?? REQUEST_MS,
        ...(request.signal && { signal: request.signal }),
        headers: {
          Accept: 'application/json',
          ...(request.session && { Authorization: `Bearer ${request.session}` }),
          ...(json !== undefined && { 'Content-Type': 'application/json' }),
          ...(proof && { [PROOF_HEADER]: proof }),
          ...((request.bytes || request.file) && { 'Content-Type': 'application/octet-stream' }),
          ...(method !== 'GET' && {
            'Content-Length': request.file?.sizeBytes ?? Buffer.byteLength(body ?? ''),
          }),
        },
      })
      outgoing.once('timeout', () => outgoing.destroy(new Error('no answer in time')))
      outgoing.once('error', error => {
        // The server closed a kept connection just as it was used again: the request never began.
        const never = outgoing.reusedSocket && (error as { code?: string }).code === 'ECONNRESET'
        if (never && !request.signal?.aborted) resolve(open(request))
        else reject(error)
      })
      outgoing.once('response', resolve)
      if (request.file) pour(request.file.path, outgoing)
      else outgoing.end(body)
    })

  return {
    send: async <T>(schema: ZodType<T>, request: Request): Promise<Answer<T>> => {
      const sentAt = performance.now()
      try {
        if (request.file && !isWhole(request.file))
          return refused({ error: 'invalid', message: `${request.file.path} is gone` }, 0)
        const response = await open(request)
        const value = parseJson(await readBody(response))
        const status = response.statusCode ?? 0
        const retryAfterMs = readRetryAfter(response.headers['retry-after'])
        if (status >= 200 && status < 300) {
          const parsed = schema.safeParse(value)
          if (parsed.success) {
            const date = Date.parse(response.headers.date ?? '')
            return { ok: true, value: parsed.data, sentAt, ...(Number.isFinite(date) && { date }) }
          }
          return lost(`unreadable answer ${status} to ${request.path}`, retryAfterMs)
        }
        const parsed = refusal.safeParse(value)
        if (!parsed.success || status >= 500) return lost(`answer ${status}`, retryAfterMs)
        return refused(parsed.data, retryAfterMs)
      } catch (error) {
        return lost(error instanceof Error ? error.message : String(error))
      }
    },
    download: async request => {
      const response = await open({ ...request, method: 'GET' })
      if (response.statusCode === 200) return response
      response.resume()
      throw new Error(`the server answered ${response.statusCode}`)
    },
    close: () => agent.destroy(),
  }
}

const isWhole = ({ path, sizeBytes }: { path: string; sizeBytes: number }): boolean =>
  statSync(path, { throwIfNoEntry: false })?.size === sizeBytes

const pour = (path: string, outgoing: http.ClientRequest): void => {
  const file = createReadStream(path)
  file.once('error', error => outgoing.destroy(error))
  outgoing.once('close', () => file.destroy())
  file.pipe(outgoing)
}

const lost = (message: string, retryAfterMs = 0): Answer<never> => ({
  ok: false,
  failure: { kind: 'lost', retryAfterMs },
  message,
})

const refused = ({ error, message, next }: Refusal, retryAfterMs: number): Answer<never> => {
  if (error === 'unavailable' || error === 'replayed') return lost(message, retryAfterMs)
  const failure: Failure = { kind: 'refused', error, retryAfterMs }
  return { ok: false, failure: next === undefined ? failure : { ...failure, next }, message }
}

const readBody = async (response: http.IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    chunks.push(chunk as Buffer)
    size += (chunk as Buffer).length
    if (size > MAX_REPLY_BYTES) throw new Error('the answer is too large')
  }
  return Buffer.concat(chunks).toString('utf8')
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Seconds or a date; at most ten minutes are believed. */
const readRetryAfter = (header: string | undefined): number => {
  if (!header) return 0
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 600_000) : 0
}
