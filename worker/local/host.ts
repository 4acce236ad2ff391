import { randomBytes } from 'node:crypto'
import { createClient } from '@libsql/client/http'
import { startCron } from './cron.ts'
import { openDataDirectory } from './data-directory.ts'
import { type Front, openFront } from './front.ts'
import { type LibsqlHost, startLibsql } from './libsql/host.ts'
import { migrate, readMigrations } from './migrations.ts'
import { pathTo } from './paths.ts'
import { end, findMarked } from './processes.ts'
import { startRuntime } from './runtime.ts'
import { StartError } from './start-error.ts'

export interface HostOptions {
  /** 0 takes any free port. */
  readonly port: number
  readonly dataDir: string
  /** What clients call this server; its own loopback address unless given. */
  readonly publicUrl?: string | undefined
  /** The bundle and the static files; those of `.build/` unless given. */
  readonly worker?: string | undefined
  readonly assets?: string | undefined
  readonly log: (line: string) => void
}

export interface Host {
  /** The portal's address, without a trailing slash. */
  readonly url: string
  /** How this machine itself reaches it, whatever others call it. */
  readonly localUrl: string
  readonly dataDir: string
  /** The data directory's folder for the local runner. */
  readonly runnerHome: string
  /** Resolves with the reason when a part that cannot be started again has died. */
  readonly failed: Promise<Error>
  /** Asks one of the routes that answer to this host only. */
  callInternal(path: `/internal/${string}`, body: unknown): Promise<unknown>
  /** Takes up a bundle that was built anew. */
  reload(): Promise<void>
  stop(): Promise<void>
}

/** Names the workerd of a data directory, so that the next start finds one that outlived its host. */
const RUNTIME_MARK = 'SLIPWAY_RUNTIME_OF'
/** As {@link RUNTIME_MARK}, for the local runner. */
export const RUNNER_MARK = 'SLIPWAY_RUNNER_OF'

const CLOSING_GRACE_MS = 250

/** Starts the whole server on this machine: database, workerd, front and cron tick. Throws a
 *  `StartError` when the port is taken, the data directory is in use or the database is newer. */
export const startHost = async (options: HostOptions): Promise<Host> => {
  const undo: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    return await start(options, undo, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

const start = async (
  options: HostOptions,
  undo: (() => Promise<unknown>)[],
  stop: () => Promise<void>,
): Promise<Host> => {
  const data = await openDataDirectory(options.dataDir)
  undo.push(data.unlock)
  await endOrphans(data.path)
  const front = await listen(options.port)
  undo.push(() => front.close(CLOSING_GRACE_MS))
  const localUrl = `http://127.0.0.1:${front.port}`
  const url = options.publicUrl ?? localUrl

  const database = await startLibsql(data.database)
  undo.push(database.stop)
  await bringUpToDate(database)

  const frontSecret = randomBytes(24).toString('base64url')
  const internalSecret = randomBytes(24).toString('base64url')
  const run = () =>
    startRuntime({
      worker: options.worker ?? pathTo('.build', 'worker.js'),
      assets: options.assets ?? pathTo('.build', 'assets'),
      state: data.state,
      bucket: data.bucket,
      database,
      variables: {
        MASTER_KEY: data.masterKey,
        PUBLIC_URL: url,
        INTERNAL_SECRET: internalSecret,
        INSTALLATION_ID: data.installationId,
        HOSTED: 'local',
      },
      frontSecret,
      mark: { [RUNTIME_MARK]: data.path },
      log: options.log,
      onRestart: () => options.log('workerd died and was started again'),
    })
  let runtime = await run()
  undo.push(() => runtime.stop())
  front.connect(runtime.url, frontSecret)

  const post = (path: string, body: unknown): Promise<Response> =>
    fetch(`${runtime.url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-slipway-front': frontSecret,
        'x-slipway-internal': internalSecret,
      },
      body: JSON.stringify(body),
    })
  undo.push(startCron(() => post('/internal/scheduled', {}), options.log))

  return {
    url,
    localUrl,
    dataDir: data.path,
    runnerHome: data.runner,
    failed: database.failed,
    callInternal: async (path, body) => {
      const response = await post(path, body)
      const text = await response.text()
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`)
      return JSON.parse(text)
    },
    reload: async () => {
      await runtime.stop()
      runtime = await run()
      front.connect(runtime.url, frontSecret)
    },
    stop,
  }
}

/** A host that was killed leaves its workerd and its runner behind. The steps that the runner had
 *  started are left alone: the next runner takes them up. */
const endOrphans = async (dataDir: string): Promise<void> => {
  const runtimes = await findMarked(RUNTIME_MARK, dataDir)
  const runners = await findMarked(RUNNER_MARK, dataDir)
  await Promise.all([
    ...runtimes.filter(({ command }) => command[0]?.endsWith('workerd')).map(end),
    ...runners.filter(({ command }) => isRunner(command)).map(end),
  ])
}

const isRunner = (command: readonly string[]): boolean =>
  command[1]?.endsWith('runner.mjs') === true && command[2] === 'run'

const listen = async (port: number): Promise<Front> => {
  try {
    return await openFront(port)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE') {
      throw new StartError(
        `Port ${port} is in use. Stop what uses it, or choose another with --port.`,
      )
    }
    if (code === 'EACCES') {
      throw new StartError(
        `Port ${port} may not be opened by this user. Choose one above 1023 with --port.`,
      )
    }
    throw error
  }
}

const bringUpToDate = async ({ url, token }: LibsqlHost): Promise<void> => {
  const db = createClient({ url, authToken: token })
  try {
    await migrate(db, await readMigrations(pathTo('migrations')), Date.now())
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : String(error))
  } finally {
    db.close()
  }
}
