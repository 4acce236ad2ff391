import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Log, LogLevel, Miniflare, type MiniflareOptions } from 'miniflare'
import { pathTo } from './paths.ts'

export interface RuntimeOptions {
  /** The bundle: one ES module that exports `Deployment` and `Hub`. */
  readonly worker: string
  /** The static files; nothing is served from outside it. */
  readonly assets: string
  /** Where Durable Objects and the object store live. */
  readonly state: string
  /** Miniflare serves a bucket to everybody on this machine who knows its name, so nobody may guess it. */
  readonly bucket: string
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
const ENTRYPOINT = 'LocalFront'
const COMPATIBILITY_DATE = '2026-10-20'

/** Starts workerd with the Worker, its Durable Objects and its object store. No connection leaves this
 *  machine. When workerd dies it is started again on the same data and the same port. */
export const startRuntime = async (options: RuntimeOptions): Promise<Runtime> => {
  const config = miniflareOptions(options, {
    'entrypoint.js': await readFile(pathTo('worker', 'local', 'entrypoint.js'), 'utf8'),
    'front-secret.js': `export const FRONT_SECRET = ${JSON.stringify(options.frontSecret)}`,
    'worker.js': await readFile(options.worker, 'utf8'),
  })
  const miniflare = leavingSignalsAlone(() => new Miniflare(config))
  await miniflare.ready
  const url = await miniflare.unsafeGetDirectURL(NAME, ENTRYPOINT)
  return { url: url.origin, stop: () => miniflare.dispose() }
}

const miniflareOptions = (
  options: RuntimeOptions,
  modules: Readonly<Record<string, string>>,
): MiniflareOptions => ({
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
          modulesRoot: dirname(options.worker),
          modules: mapValues(modules, contents => ({ type: 'esm' as const, contents })),
        },
        env: {
          DEPLOYMENT: { type: 'durable-object', worker: NAME, exportName: 'Deployment' },
          HUB: { type: 'durable-object', worker: NAME, exportName: 'Hub' },
          STORE: { type: 'r2', name: options.bucket },
          ASSETS: { type: 'assets' },
          DATABASE: { type: 'external', address: new URL(options.database.url).host, http: {} },
          ...mapValues(
            {
              ...options.variables,
              LIBSQL_URL: options.database.url,
              LIBSQL_TOKEN: options.database.token,
            },
            value => ({ type: 'text' as const, value }),
          ),
        },
        exports: {
          Deployment: { type: 'durable-object', storage: 'sqlite' },
          Hub: { type: 'durable-object', storage: 'sqlite' },
        },
        assets: {
          directory: options.assets,
          hasUserWorker: true,
          htmlHandling: 'none',
          notFoundHandling: 'none',
        },
      },
      // The main socket leads through Miniflare's own Workers, three times as slow.
      dev: { unsafeDirectSockets: [{ host: '127.0.0.1', port: 0, entrypoint: ENTRYPOINT }] },
    },
  ],
})

const mapValues = <From, To>(
  values: Readonly<Record<string, From>>,
  map: (value: From) => To,
): Record<string, To> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]))

/** Miniflare ends the process at once on a signal. We stop in order, and say ourselves when that is. */
const leavingSignalsAlone = <T>(make: () => T): T => {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const before = signals.map(signal => process.listeners(signal))
  const made = make()
  for (const [index, signal] of signals.entries()) {
    for (const listener of process.listeners(signal)) {
      if (before[index]?.includes(listener) !== true) process.removeListener(signal, listener)
    }
  }
  return made
}
