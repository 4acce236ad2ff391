import { once } from 'node:events'
import {
  Agent,
  createServer,
  type IncomingMessage,
  type RequestOptions,
  request,
  type Server,
  type ServerResponse,
} from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Front, openFront } from '../../../worker/local/front.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

let upstream: Server
let handler: Handler
let front: Front
let agent: Agent

beforeAll(async () => {
  upstream = createServer((request, response) => handler(request, response))
  upstream.listen(0, '127.0.0.1')
  await once(upstream, 'listening')
})
afterAll(() => {
  upstream.closeAllConnections()
  upstream.close()
})
beforeEach(async () => {
  agent = new Agent({ keepAlive: true })
  front = await openFront(0)
  front.connect(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`, 'front secret')
})
afterEach(async () => {
  agent.destroy()
  await front.close(0)
})

const open = (path: string, options: RequestOptions = {}) =>
  request({ agent, host: '127.0.0.1', port: front.port, path, ...options })

const textOf = async (stream: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const get = async (path: string, headers: Record<string, string> = {}) => {
  const sent = open(path, { headers }).end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return { status: response.statusCode, headers: response.headers, text: await textOf(response) }
}

describe('the front', () => {
  it('passes on method, path, query, headers and body as they came', async () => {
    handler = async (request, response) => {
      const body = await textOf(request)
      response.end(JSON.stringify([request.method, request.url, request.headers['x-kept'], body]))
    }
    const sent = open('/a%20b//c?d=%2F&d', { method: 'PUT', headers: { 'x-kept': 'as it is' } })
    sent.end('content')
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    const got: unknown = JSON.parse(await textOf(response))
    expect(got).toEqual(['PUT', '/a%20b//c?d=%2F&d', 'as it is', 'content'])
  })

  it('passes on status, repeated headers and body of the answer', async () => {
    handler = (_request, response) => {
      response.writeHead(418, { 'set-cookie': ['a=1', 'b=2'], 'x-kept': 'yes' }).end('tea')
    }
    const { status, headers, text } = await get('/')
    expect([status, headers['set-cookie'], headers['x-kept'], text]).toEqual([
      418,
      ['a=1', 'b=2'],
      'yes',
      'tea',
    ])
  })

  it('tells the client address itself, whatever the client says', async () => {
    handler = (request, response) => {
      response.end(JSON.stringify(request.headers))
    }
    const { text } = await get('/', {
      'X-Slipway-Client-Address': '6.6.6.6',
      'X-Slipway-Front': 'guess',
      'X-Slipway-Internal': 'guess',
      'X-Slipway-Other': 'kept',
    })
    const headers = JSON.parse(text)
    expect(headers['x-slipway-client-address']).toBe('127.0.0.1')
    expect(headers['x-slipway-front']).toBe('front secret')
    expect(headers['x-slipway-internal']).toBeUndefined()
    expect(headers['x-slipway-other']).toBe('kept')
  })

  it('drops what holds for one connection only', async () => {
    handler = (request, response) => {
      response.writeHead(200, { connection: 'x-theirs', 'x-theirs': '1' })
      response.end(JSON.stringify(request.headers))
    }
    const { text, headers } = await get('/', {
      connection: 'keep-alive, X-Mine',
      'x-mine': '1',
      te: 'trailers',
      'proxy-authorization': 'Basic eA==',
    })
    const passed = JSON.parse(text)
    expect([passed['x-mine'], passed.te, passed['proxy-authorization']]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect(headers['x-theirs']).toBeUndefined()
  })

  it.each([
    '/internal/bootstrap',
    '/INTERNAL/bootstrap',
    '/internal',
    '//internal/bootstrap',
    '/%69nternal/bootstrap',
    '/internal%2Fbootstrap',
    '/x/../internal/bootstrap',
    '/x/%2e%2e/internal/bootstrap',
    '/./internal/bootstrap',
    '/x%2F..%2Finternal/bootstrap',
    'http://anything/internal/bootstrap',
    '/cdn-cgi/local/scheduled',
    '/%E0%A4%A',
  ])('keeps %s to the host', async path => {
    handler = (_request, response) => response.end('reached')
    expect((await get(path)).status).toBe(404)
  })

  it.each(['/', '/internals', '/api/internal', '/app?next=/internal/x', '/a%20b', '/..a'])(
    'lets %s through',
    async path => {
      handler = (_request, response) => response.end('reached')
      expect((await get(path)).text).toBe('reached')
    },
  )

  it('passes on events as they come, the head before the first', async () => {
    let send: ((text: string) => void) | undefined
    handler = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      send = text => response.write(text)
    }
    const sent = open('/events').end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      const arrives = once(response, 'data')
      send?.(event)
      expect(String((await arrives)[0])).toBe(event)
    }
    sent.destroy()
  })

  it('passes on an upload as it comes, chunked or not', async () => {
    const seen: string[] = []
    handler = (request, response) => {
      seen.push(String(request.headers['content-length'] ?? request.headers['transfer-encoding']))
      request.once('data', chunk => {
        response.write(chunk)
        request.pipe(response)
      })
    }
    for (const headers of [{ 'content-length': '8' }, {}]) {
      const sent = open('/', { method: 'POST', headers })
      sent.write('half')
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      expect(String((await once(response, 'data'))[0])).toBe('half')
      sent.end('rest')
      expect(await textOf(response)).toBe('rest')
    }
    expect(seen).toEqual(['8', 'chunked'])
  })

  it('passes on a chunked body of a DELETE', async () => {
    handler = async (request, response) => response.end(await textOf(request))
    const sent = open('/', { method: 'DELETE', headers: { 'transfer-encoding': 'chunked' } })
    sent.end('body')
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    expect(await textOf(response)).toBe('body')
  })

  it('ends the request upstream when the client goes away', async () => {
    const arrived = new Promise<IncomingMessage>(resolve => {
      handler = resolve
    })
    const sent = open('/poll').end()
    sent.on('error', () => undefined)
    const held = await arrived
    const ended = new Promise(resolve => held.once('close', resolve))
    held.on('error', () => undefined)
    sent.destroy()
    await ended
    expect(held.socket.destroyed).toBe(true)
  })

  it('cuts the answer off when it is cut off upstream', async () => {
    handler = (_request, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('half ')
      setImmediate(() => response.destroy())
    }
    await expect(get('/')).rejects.toThrow('aborted')
  })

  it('gives the answer to an upload that was refused before it was over', async () => {
    handler = (_request, response) => {
      response.writeHead(413, { connection: 'close' }).end('too large')
    }
    const sent = open('/', { method: 'POST', headers: { 'content-length': '100000000' } })
    sent.on('error', () => undefined)
    sent.write(Buffer.alloc(1_000_000))
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    expect([response.statusCode, await textOf(response)]).toEqual([413, 'too large'])
    sent.destroy()
  })

  it('says to come again while there is nobody to ask', async () => {
    const early = await openFront(0)
    const response = await fetch(`http://127.0.0.1:${early.port}/api`)
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await response.json()).toEqual({
      ErrorMessage: 'Slipway is starting. Try again in a moment.',
      Errors: [],
    })
    early.connect('http://127.0.0.1:1', 'nobody there')
    expect((await fetch(`http://127.0.0.1:${early.port}/api`)).status).toBe(503)
    await early.close(0)
  })

  it('keeps a client connection that was idle for longer than workerd keeps one', async () => {
    handler = (_request, response) => response.end('ok')
    const socket = connect(front.port, '127.0.0.1')
    const ask = async () => {
      socket.write('GET / HTTP/1.1\r\nHost: front\r\n\r\n')
      return String((await once(socket, 'data'))[0]).split('\r\n')[0]
    }
    expect(await ask()).toBe('HTTP/1.1 200 OK')
    await delay(6_000)
    expect(await ask()).toBe('HTTP/1.1 200 OK')
    socket.destroy()
  }, 10_000)

  it('asks again when a kept connection turns out to be closed', async () => {
    let connections = 0
    const counting = createServer((request, response) => {
      response.end(String(connections))
      if (request.url === '/first') setImmediate(() => request.socket.destroy())
    })
    counting.on('connection', () => {
      connections += 1
    })
    counting.listen(0, '127.0.0.1')
    await once(counting, 'listening')
    front.connect(`http://127.0.0.1:${(counting.address() as AddressInfo).port}`, '')
    expect((await get('/first')).text).toBe('1')
    expect((await get('/second')).text).toBe('2')
    counting.close()
  })

  it('rejects a taken port', async () => {
    await expect(openFront(front.port)).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})
