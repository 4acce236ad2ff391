import { createClient } from '@libsql/client/http'
import { type Database, openDatabase } from '../../worker/database/client.ts'
import type { Environment } from '../../worker/environment.ts'
import { migrate, readMigrations } from '../../worker/local/migrations.ts'
import { pathTo } from '../../worker/local/paths.ts'
import { type Server, servers } from '../worker/local/libsql/servers.ts'

export const INTERNAL_SECRET = 'internal-secret-of-the-tests'

export type TestDatabase = {
  /** Settings of a Worker that stands on this database; the other bindings are absent. */
  env: Environment
  db: Database
  /** Rows of a query written by hand, to see what is really stored. */
  rows: (sql: string, ...args: (string | number | null)[]) => Promise<Record<string, unknown>[]>
  stop: () => Promise<void>
}

/** `SLIPWAY_TEST_DATABASE=server` runs every store test against libSQL's own server instead. */
const chosen = (): Server => {
  const all = servers()
  const found = process.env.SLIPWAY_TEST_DATABASE === 'server' ? all[1] : all[0]
  if (!found) throw new Error("libSQL's server is not installed here")
  return found
}

/** A database of its own with the real migrations, behind the real client's protocol. */
export const testDatabase = async (
  settings: Partial<Environment> = {},
  server: Server = chosen(),
): Promise<TestDatabase> => {
  const host = await server.start()
  const client = createClient({ url: host.url, authToken: host.token })
  await migrate(client, await readMigrations(pathTo('migrations')), Date.now())
  const env = {
    LIBSQL_URL: host.url,
    LIBSQL_TOKEN: host.token,
    MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
    PUBLIC_URL: 'http://127.0.0.1:8787',
    INTERNAL_SECRET,
    INSTALLATION_ID: '7d3f0c52-7a0e-4a35-9a32-0c9f2f1f1b11',
    HOSTED: 'local',
    ...settings,
  } as Environment
  return {
    env,
    db: openDatabase(env),
    rows: async (sql, ...args) =>
      (await client.execute({ sql, args })).rows.map(row => ({ ...row })),
    stop: async () => {
      client.close()
      await host.stop()
    },
  }
}
