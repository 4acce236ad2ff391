import { Agent, type AgentOptions, type ClientRequestArgs } from 'node:http'
import { connect, type NetConnectOpts, type Socket } from 'node:net'

type WriteDone = (error?: Error | null) => void

/** Connections to workerd. It answers an upload that it refuses and closes at once, without reading the
 *  rest. What is still to be written then fails, but the answer is there to be read: a failed write must
 *  not end the connection before it was. */
export class UpstreamAgent extends Agent {
  constructor(options: AgentOptions) {
    super({ ...options, keepAlive: true, scheduling: 'lifo' })
  }

  override createConnection(options: ClientRequestArgs): Socket {
    const socket = connect(options as NetConnectOpts)
    const write = socket._write.bind(socket)
    const writeMany = socket._writev?.bind(socket)
    socket._write = (chunk, encoding, done) => write(chunk, encoding, pardon(done))
    if (writeMany !== undefined) {
      socket._writev = (chunks, done) => writeMany(chunks, pardon(done))
    }
    return socket
  }
}

const pardon =
  (done: WriteDone): WriteDone =>
  error =>
    done(isGone(error) ? null : error)

const isGone = (error: Error | null | undefined): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'EPIPE' || error.code === 'ECONNRESET')
