import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nonceReply } from '../../runner/protocol/messages.ts'
import { connect, type Server } from '../../runner/server.ts'

type Answer = { status: number; headers?: http.OutgoingHttpHeaders; body?: string; cut?: boolean }

let answer: Answer
let front: http.Server
let server: Server
beforeEach(async () => {
  front = http.createServer((request, response) => {
    request.resume()
    response.writeHead(answer.status, answer.headers)
    if (answer.cut) {
      response.write(answer.body ?? '')
      setImmediate(() => response.destroy())
    } else response.end(answer.body)
  })
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  server = connect(`http://127.0.0.1:${(front.address() as AddressInfo).port}`)
})
afterEach(() => {
  server.close()
  front.closeAllConnections()
  front.close()
})

const ask = (given: Answer) => {
  answer = given
  return server.send(nonceReply, { path: '/runners/Runners-1/nonce', json: {} })
}

const PAGE = '<html><body>Please sign in to this network</body></html>'
const refusal = (error: string) => JSON.stringify({ error, message: 'no' })

describe('an answer to a runner', () => {
  it('is taken when it is what the protocol says', async () => {
    expect(await ask({ status: 200, body: '{"nonce":"n"}' })).toMatchObject({
      ok: true,
      value: { nonce: 'n' },
    })
  })

  it.each<Answer & { what: string }>([
    { what: 'the page of a network that wants a sign-in', status: 200, body: PAGE },
    { what: 'the same, refused', status: 403, body: PAGE },
    { what: 'the same, elsewhere', status: 302, headers: { Location: 'http://gate.example/' } },
    { what: 'network authentication required', status: 511, body: PAGE },
    { what: 'a proxy without its server', status: 502, body: PAGE },
    { what: 'another JSON than the protocol has', status: 200, body: '{"hello":1}' },
    { what: 'a refusal in words that nobody knows', status: 409, body: refusal('tired') },
    { what: 'a refusal with a server error', status: 503, body: refusal('gone') },
    { what: 'nothing', status: 200 },
    { what: 'half an answer', status: 200, body: '{"non', cut: true },
    { what: 'a server that cannot answer now', status: 503, body: refusal('unavailable') },
    { what: 'a message that came twice', status: 409, body: refusal('replayed') },
  ])('is asked for again when it is $what', async ({ what: _, ...given }) => {
    expect(await ask(given)).toMatchObject({ ok: false, failure: { kind: 'lost' } })
  })

  it.each(['gone', 'stale', 'unauthenticated', 'gap'])('that says %s is a no', async error => {
    expect(await ask({ status: 409, body: refusal(error) })).toMatchObject({
      ok: false,
      failure: { kind: 'refused', error },
    })
  })

  it.each([
    ['3', 3_000],
    ['100000', 600_000],
    ['soon', 0],
    ['-1', 0],
  ])('may say when to come back: %s', async (header, retryAfterMs) => {
    const given = { status: 503, headers: { 'Retry-After': header }, body: PAGE }
    expect(await ask(given)).toMatchObject({ failure: { kind: 'lost', retryAfterMs } })
  })

  it('is no package when it is a page', async () => {
    answer = { status: 302, headers: { Location: 'http://gate.example/' }, body: PAGE }
    await expect(server.download({ path: '/attempts/Deployments-1:1/packages/f' })).rejects.toThrow(
      'the server answered 302',
    )
  })
})
