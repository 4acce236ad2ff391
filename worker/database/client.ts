import { createClient } from '@libsql/client/http'
import type { BatchItem } from 'drizzle-orm/batch'
import type { LibSQLDatabase } from 'drizzle-orm/libsql'
import { drizzle } from 'drizzle-orm/libsql/http'
import type { Environment } from '../environment.ts'
import type { Pressure } from './pressure.ts'

export type Database = LibSQLDatabase<Record<string, never>>
/** A write that has not happened yet; {@link commit} carries several out together or not at all. */
export type Write = BatchItem<'sqlite'>

/**
 * One client per request: a promise of one request must never be awaited by another. On one
 * machine the requests go through the `DATABASE` binding to the embedded engine.
 * @param pressure what may be too much already; work that nobody waits for goes without it
 */
export const openDatabase = (env: Environment, pressure?: Pressure): Database => {
  const binding = env.DATABASE
  const ask = (request: Request) => (binding ? binding.fetch(request) : fetch(request))
  const client = createClient({
    url: env.LIBSQL_URL,
    ...(env.LIBSQL_TOKEN && { authToken: env.LIBSQL_TOKEN }),
    fetch: pressure ? (request: Request) => pressure.bound(() => ask(request), Date.now) : ask,
    concurrency: 100,
  })
  const db = drizzle(client)
  masterKeys.set(db, env.MASTER_KEY)
  return db
}

const masterKeys = new WeakMap<Database, string>()

/** Of the installation that the database belongs to: the audit record is signed by it. */
export const masterKeyOf = (db: Database): string => {
  const key = masterKeys.get(db)
  if (key === undefined) throw new Error('the database was not opened by openDatabase')
  return key
}

/** All of the writes in one transaction, or none of them. An empty list is a no-op. */
export const commit = async (db: Database, writes: Write[]): Promise<void> => {
  const [first, ...rest] = writes
  if (first) await db.batch([first, ...rest])
}
