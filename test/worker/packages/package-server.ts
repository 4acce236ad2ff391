import type { R2Bucket } from '@cloudflare/workers-types'
import { build } from 'esbuild'
import { Log, LogLevel, Miniflare } from 'miniflare'
import { bootstrapRoutes } from '../../../worker/access/bootstrap.ts'
import { pathTo } from '../../../worker/local/paths.ts'
import { packageRoutes } from '../../../worker/packages/api.ts'
import { ADMIN_KEY, type TestServer, testServer } from '../../support/server.ts'

export type Answered = { status: number; headers: Headers; body: ReturnType<typeof JSON.parse> }

export type PackageServer = TestServer & {
  /** Where workerd listens; for clients that misbehave on the socket. */
  url: URL
  request: (
    method: string,
    path: string,
    sent?: { body?: BodyInit; headers?: Record<string, string>; key?: string | null },
  ) => Promise<Answered>
  store: R2Bucket
  /** Names of all objects in the store. */
  stored: () => Promise<string[]>
  end: () => Promise<void>
}

/** The package routes in workerd itself, with its streams and its object store, on a bootstrapped
 *  database. */
export const startPackageServer = async (): Promise<PackageServer> => {
  const server = await testServer([...bootstrapRoutes, ...packageRoutes])
  const bundle = await build({
    entryPoints: [pathTo('test', 'worker', 'packages', 'worker-entry.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['node:*', 'cloudflare:*'],
    logLevel: 'error',
  })
  const texts = Object.fromEntries(
    Object.entries(server.env).map(([name, value]) => [
      name,
      { type: 'text' as const, value: String(value) },
    ]),
  )
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    cf: false,
    telemetry: { enabled: false },
    log: new Log(LogLevel.NONE),
    handleStructuredLogs: ({ message }) => console.error(message),
    workers: [
      {
        config: {
          name: 'packages',
          compatibilityDate: '2026-10-20',
          compatibilityFlags: ['nodejs_compat'],
          manifest: {
            mainModule: 'main.js',
            modulesRoot: '/',
            modules: { 'main.js': { type: 'esm', contents: bundle.outputFiles[0]?.text ?? '' } },
          },
          env: { ...texts, STORE: { type: 'r2', name: 'store' } },
        },
      },
    ],
  })
  const url = await miniflare.ready
  const store = (await miniflare.getR2Bucket('STORE', 'packages')) as unknown as R2Bucket
  return {
    ...server,
    url,
    request: async (method, path, { body, headers = {}, key = ADMIN_KEY } = {}) => {
      const response = await fetch(new URL(path, url), {
        method,
        headers: { ...(key !== null && { 'x-octopus-apikey': key }), ...headers },
        ...(body !== undefined && { body, duplex: 'half' }),
      } as RequestInit)
      const bytes = new Uint8Array(await response.arrayBuffer())
      const isJson = response.headers.get('content-type')?.includes('json')
      const parsed = isJson ? JSON.parse(new TextDecoder().decode(bytes)) : bytes
      return { status: response.status, headers: response.headers, body: parsed }
    },
    store,
    stored: async () => (await store.list()).objects.map(object => object.key).sort(),
    end: async () => {
      await miniflare.dispose()
      await server.stop()
    },
  }
}
