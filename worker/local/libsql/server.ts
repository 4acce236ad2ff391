import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Connections } from './connections.ts'
import { ProtocolError } from './errors.ts'
import { parsePipeline } from './messages.ts'
import { Stream } from './stream.ts'

const MAX_BODY_BYTES = 32 * 1024 * 1024
const MAX_STREAMS = 256
/** An idle stream is forgotten after this time, in milliseconds; its transaction ended before that. */
const IDLE_STREAM_MS = 10_000
const KEEP_ALIVE_MS = 120_000

export interface LibsqlServer {
  readonly url: string
  close(): Promise<void>
}

/** Serves the database file over Hrana 2 on a random loopback port, to whoever knows the token. */
export const serveLibsql = async (file: string, token: string): Promise<LibsqlServer> => {
  const connections = new Connections(file)
  const streams = new Map<string, { stream: Stream; expiry: NodeJS.Timeout }>()
  let running = 0

  const resume = (baton: string | undefined): Stream => {
    if (baton === undefined) {
      if (streams.size + running >= MAX_STREAMS) {
        throw new ProtocolError(`Too many open streams: ${MAX_STREAMS} at once`, 503)
      }
      return new Stream(connections)
    }
    const waiting = streams.get(baton)
    if (waiting === undefined) throw new ProtocolError('Received an invalid baton')
    streams.delete(baton)
    clearTimeout(waiting.expiry)
    return waiting.stream
  }

  const keep = (stream: Stream): string => {
    const baton = randomBytes(24).toString('base64url')
    const expiry = setTimeout(() => {
      streams.delete(baton)
      stream.close()
    }, IDLE_STREAM_MS)
    streams.set(baton, { stream, expiry })
    return baton
  }

  const pipeline = async (body: unknown): Promise<string> => {
    const { baton, requests } = parsePipeline(body)
    const stream = resume(baton)
    running += 1
    try {
      const results = await stream.run(requests)
      const next = stream.closed ? null : keep(stream)
      return JSON.stringify({ baton: next, base_url: null, results })
    } finally {
      running -= 1
    }
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      if (!authorized(request.headers.authorization, token)) {
        send(response, 401, 'text/plain', 'Authentication failed: the token is missing or wrong')
      } else if (request.method === 'POST' && /^\/v[23]\/pipeline$/.test(request.url ?? '')) {
        send(response, 200, 'application/json', await pipeline(parseJson(await read(request))))
      } else if (request.method === 'GET' && /^\/v[23]$/.test(request.url ?? '')) {
        send(response, 200, 'text/plain', 'Hello, this is HTTP API v2 (Hrana over HTTP)')
      } else send(response, 404, 'text/plain', 'Not found')
    } catch (error) {
      const status = error instanceof ProtocolError ? error.status : 500
      send(response, status, 'text/plain', error instanceof Error ? error.message : String(error))
    }
  }

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    void answer(request, response)
  })
  const url = await listen(server)
  return {
    url,
    close: async () => {
      server.closeAllConnections()
      await new Promise(done => server.close(done))
      for (const { stream, expiry } of streams.values()) {
        clearTimeout(expiry)
        stream.close()
      }
      connections.close()
    },
  }
}

const listen = (server: Server): Promise<string> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    })
  })

const authorized = (header: string | undefined, token: string): boolean => {
  const given = Buffer.from(header ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

const read = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) {
      throw new ProtocolError(`The body is larger than ${MAX_BODY_BYTES} bytes`, 413)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ProtocolError(`Cannot deserialize client message from JSON: ${String(error)}`)
  }
}

const send = (response: ServerResponse, status: number, type: string, body: string): void => {
  const bytes = Buffer.from(body)
  response.writeHead(status, { 'content-type': type, 'content-length': bytes.length })
  response.end(bytes)
}
