import { Agent, request } from 'node:http'
import { connect } from 'node:net'

export type RawAnswer = { status: number; headers: Record<string, unknown>; text: string }

export type RawRequest = {
  method?: string
  /** Goes out as it is: nothing is normalised or escaped. */
  path: string
  headers?: Record<string, string>
  body?: string | Uint8Array
  /** Sends the body without telling its length. */
  chunked?: boolean
}

export type RawClient = {
  send: (request: RawRequest) => Promise<RawAnswer>
  /** Writes bytes to a connection and ends it, unless told to hold it open; answers whatever came
   *  back before it closed. */
  speak: (bytes: string | Uint8Array, how?: { hold?: boolean }) => Promise<string>
  close: () => void
}

const PATIENCE_MS = 20_000

/** A client that lets tests say what no decent client would. */
export const rawClient = (url: string): RawClient => {
  const { hostname, port } = new URL(url)
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  return {
    send: ({ method = 'GET', path, headers = {}, body, chunked = false }) =>
      new Promise((resolve, reject) => {
        const length = body === undefined ? 0 : Buffer.byteLength(body)
        const sized = { ...(!chunked && { 'content-length': length }), ...headers }
        const sent = request({ hostname, port, agent, method, path, headers: sized })
        sent.setTimeout(PATIENCE_MS, () =>
          sent.destroy(new Error(`${method} ${path.slice(0, 100)} got no answer`)),
        )
        let answered = false
        sent.once('response', response => {
          answered = true
          let text = ''
          response.setEncoding('utf8')
          response.on('data', (chunk: string) => (text += chunk))
          response.once('error', reject)
          response.once('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
          )
        })
        // The server may answer and hang up before it has read a body it does not want.
        sent.on('error', error => {
          if (!answered) reject(error)
        })
        sent.end(body)
      }),
    speak: (bytes, { hold = false } = {}) =>
      new Promise((resolve, reject) => {
        let heard = ''
        const socket = connect({ host: hostname, port: Number(port) })
        socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('nothing came back')))
        socket.on('data', chunk => (heard += chunk.toString('latin1')))
        // A connection that the server breaks off is an answer too.
        socket.once('error', error => ('code' in error ? undefined : reject(error)))
        socket.once('close', () => resolve(heard))
        if (hold) socket.write(bytes)
        else socket.end(bytes)
      }),
    close: () => agent.destroy(),
  }
}
