import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createClient } from '@libsql/client/http'
import { prepareAdministrator } from '../../../worker/local/administrator.ts'
import { startCron } from '../../../worker/local/cron.ts'
import { type DataDirectory, openDataDirectory } from '../../../worker/local/data-directory.ts'
import { type Front, openFront } from '../../../worker/local/front.ts'
import { migrate, readMigrations } from '../../../worker/local/migrations.ts'
import { pathTo } from '../../../worker/local/paths.ts'
import { findMarked } from '../../../worker/local/processes.ts'
import { type Runtime, startRuntime } from '../../../worker/local/runtime.ts'
import type { Build } from './build.ts'
import { Link } from './link.ts'
import { gone, signal, until } from './processes.ts'

const CHILD = fileURLToPath(new URL('./libsql-child.ts', import.meta.url))
const RUNTIME_MARK = 'SLIPWAY_RUNTIME_OF'

/** What the suite says when the Worker comes by one of its fail points. */
export type PointRule = (point: { point: string; key: string; when: string }) => unknown

/**
 * The server as `npm start` puts it together: front, workerd, database engine, schedule. Only that
 * the engine is a process of its own and is reached through a proxy of ours.
 */
export class Server {
  readonly data: DataDirectory
  readonly front: Front
  readonly database: Link
  readonly log: string[] = []
  onPoint: PointRule | undefined
  apiKey = ''
  readonly #secrets = { front: secret(), internal: secret(), database: secret() }
  #build: Build
  #runtime: Runtime | undefined
  #engine: ChildProcess | undefined
  #stopCron: (() => Promise<void>) | undefined

  private constructor(data: DataDirectory, front: Front, database: Link, build: Build) {
    this.data = data
    this.front = front
    this.database = database
    this.#build = build
  }

  static async start(options: { dataDir: string; build: Build; port?: number }): Promise<Server> {
    const data = await openDataDirectory(options.dataDir)
    const front = await openFront(options.port ?? 0)
    const server = new Server(data, front, await Link.open('http://127.0.0.1:9'), options.build)
    try {
      server.database.keepsRecord = false
      await server.startDatabase()
      await server.migrate(pathTo('migrations'))
      await server.startWorker()
      const { apiKey } = await prepareAdministrator(
        {
          url: server.url,
          dataDir: data.path,
          callInternal: async (path: string, body: unknown) =>
            (await server.internal(path, body)).json(),
        } as never,
        undefined,
      )
      server.apiKey = apiKey ?? ''
    } catch (error) {
      await server.stop()
      throw error
    }
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${this.front.port}`
  }

  /** Past the proxy, for the suite's own looks. */
  get engineUrl(): string {
    return this.#engineUrl
  }
  #engineUrl = ''
  get engineToken(): string {
    return this.#secrets.database
  }

  async migrate(folder: string): Promise<string[]> {
    const db = createClient({ url: this.#engineUrl, authToken: this.#secrets.database })
    try {
      return await migrate(db, await readMigrations(folder), Date.now())
    } finally {
      db.close()
    }
  }

  async startDatabase(): Promise<void> {
    const engine = spawn(process.execPath, [CHILD, this.data.database, this.#secrets.database], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#engine = engine
    const [line] = await Promise.race([
      once(engine.stdout as NodeJS.ReadableStream, 'data'),
      once(engine, 'exit').then(() => {
        throw new Error('the database engine did not start')
      }),
    ])
    this.#engineUrl = String(line).trim()
    this.database.leadTo(this.#engineUrl)
  }

  async killDatabase(): Promise<void> {
    const engine = this.#engine
    this.#engine = undefined
    if (!engine || engine.exitCode !== null || engine.signalCode !== null) return
    const ended = once(engine, 'exit')
    engine.kill('SIGKILL')
    await ended
  }

  async startWorker(build: Build = this.#build): Promise<void> {
    this.#build = build
    this.#database()
    this.#runtime = await startRuntime({
      worker: build.worker,
      assets: build.assets,
      state: this.data.state,
      bucket: this.data.bucket,
      database: { url: this.database.url, token: this.#secrets.database },
      variables: {
        MASTER_KEY: this.data.masterKey,
        PUBLIC_URL: this.url,
        INTERNAL_SECRET: this.#secrets.internal,
        INSTALLATION_ID: this.data.installationId,
        HOSTED: 'local',
      },
      frontSecret: this.#secrets.front,
      mark: { [RUNTIME_MARK]: this.data.path },
      log: line => {
        if (this.log.length < 10_000) this.log.push(`${new Date().toISOString()} ${line}`)
      },
      onRestart: () => {},
    })
    this.front.connect(this.#runtime.url, this.#secrets.front)
    this.#stopCron ??= startCron(
      () => this.internal('/internal/scheduled', {}),
      line => this.log.push(line),
    )
  }

  /** In order, as an upgrade does. */
  async stopWorker(): Promise<void> {
    const runtime = this.#runtime
    this.#runtime = undefined
    await runtime?.stop()
  }

  async workerPid(): Promise<number> {
    return until('workerd runs', async () => {
      const found = await findMarked(RUNTIME_MARK, this.data.path)
      return found.find(({ command }) => command[0]?.endsWith('workerd'))?.pid
    })
  }

  /** `kill -9`; whoever watches over it starts it again by itself. */
  async killWorker(): Promise<void> {
    const pid = await this.workerPid()
    signal(pid, 'SIGKILL')
    await gone(pid)
  }

  /** Whatever workerd of this data there may still be. */
  async endWorkers(): Promise<void> {
    for (const { pid } of await findMarked(RUNTIME_MARK, this.data.path)) signal(pid, 'SIGKILL')
  }

  async isServing(): Promise<boolean> {
    return fetch(`${this.url}/api/serverstatus`, {
      headers: { 'x-octopus-apikey': this.apiKey },
      signal: AbortSignal.timeout(2_000),
    }).then(
      response => response.ok,
      () => false,
    )
  }

  /** The schedule's tick, now. */
  async tick(): Promise<void> {
    await this.internal('/internal/scheduled', {})
  }

  internal(path: string, body: unknown): Promise<Response> {
    return fetch(`${this.#runtime?.url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-slipway-front': this.#secrets.front,
        'x-slipway-internal': this.#secrets.internal,
      },
      body: JSON.stringify(body),
    })
  }

  /** E: the object is put away in the middle of whatever it does. */
  async abortObject(kind: 'deployment' | 'hub', name: string): Promise<void> {
    await this.internal(`/__faults/abort?kind=${kind}&name=${encodeURIComponent(name)}`, {})
  }

  /** C: the Worker's clock from now on. */
  async shiftClock(offsetMs: number): Promise<void> {
    await this.internal(`/__faults/clock?offsetMs=${offsetMs}`, {})
  }

  async stop(): Promise<void> {
    await this.#stopCron?.()
    await this.stopWorker()
    await this.front.close(100)
    const engine = this.#engine
    this.#engine = undefined
    if (engine && engine.exitCode === null && engine.signalCode === null) {
      const ended = once(engine, 'exit')
      engine.kill('SIGTERM')
      await ended
    }
    await this.database.close()
    await this.data.unlock()
  }

  /** The fail points answer through the database's proxy. */
  #database(): void {
    this.database.points = async body => {
      const said = await this.onPoint?.(body as Parameters<PointRule>[0])
      return said ?? {}
    }
  }
}

const secret = () => randomBytes(24).toString('base64url')
