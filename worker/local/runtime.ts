import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Log, LogLevel, Miniflare } from 'miniflare'
import { pathTo } from './paths.ts'

export interface RuntimeOptions {
  /** The bundle: one ES module that exports `Deployment` and `Hub`. */
  readonly worker: string
  /** The static files; nothing is served from outside it. */
  readonly assets: string
  /** Where Durable Objects and the object store live. */
  readonly state: string
  readonly database: { readonly url: string; readonly token: string }
  readonly variables: Readonly<Record<string, string>>
  /** What the front shows with each request. */
  readonly frontSecret: string
  /** What names workerd's process as belonging to a data directory. */
  readonly mark: Readonly<Record<string, string>>
  readonly log: (line: string) => void
  /** workerd died by itself and runs again, at the same address. */
  readonly onRestart: () => void
}

export interface Runtime {
  /** `http://127.0.0.1:PORT`: the socket for the front. */
  readonly url: string
  stop(): Promise<void>
}

const NAME = 'slipway'
const COMPATIBILITY_DATE = '2026-10-20'

/** Starts workerd with the Worker, its Durable Objects and its object store. No connection leaves this
 *  machine. When workerd dies it is started again on the same data and the same port. */
export const startRuntime = async (options: RuntimeOptions): Promise<Runtime> => {
  const directory = dirname(options.worker)
  const module = (contents: string) => ({ type: 'esm' as const, contents })
  const object = (exportName: string) => ({
    type: 'durable-object' as const,
    worker: NAME,
    exportName,
  })
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    cf: false,
    logRequests: false,
    enableDevRegistry: false,
    telemetry: { enabled: false },
    log: new Log(LogLevel.NONE),
    handleStructuredLogs: ({ level, message }) => options.log(`${level}: ${message}`),
    unsafeHandleRuntimeRestart: options.onRestart,
    unsafeRuntimeEnv: { ...options.mark },
    resourcePersistencePath: options.state,
    workers: [
      {
        config: {
          name: NAME,
          compatibilityDate: COMPATIBILITY_DATE,
          compatibilityFlags: ['nodejs_compat'],
          manifest: {
            mainModule: 'entrypoint.js',
            modulesRoot: directory,
            modules: {
              'entrypoint.js': module(
                await readFile(pathTo('worker', 'local', 'entrypoint.js'), 'utf8'),
              ),
              'front-secret.js': module(
                `export const FRONT_SECRET = ${JSON.stringify(options.frontSecret)}`,
              ),
              'worker.js': module(await readFile(options.worker, 'utf8')),
            },
          },
          env: {
            DEPLOYMENT: object('Deployment'),
            HUB: object('Hub'),
            STORE: { type: 'r2', name: 'store' },
            ASSETS: { type: 'assets' },
            DATABASE: {
              type: 'external',
              address: new URL(options.database.url).host,
              http: {},
            },
            ...texts({
              ...options.variables,
              LIBSQL_URL: options.database.url,
              LIBSQL_TOKEN: options.database.token,
            }),
          },
          exports: {
            Deployment: { type: 'durable-object', storage: 'sqlite' },
            Hub: { type: 'durable-object', storage: 'sqlite' },
          },
          assets: { directory: join(options.assets), hasUserWorker: true },
        },
        dev: { unsafeDirectSockets: [{ host: '127.0.0.1', port: 0, entrypoint: 'LocalFront' }] },
      },
    ],
  })
  await miniflare.ready
  const url = await miniflare.unsafeGetDirectURL(NAME, 'LocalFront')
  return { url: url.origin, stop: () => miniflare.dispose() }
}

const texts = (values: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, { type: 'text' as const, value }]),
  )
