import { createClient } from '@libsql/client/http'
import type { BatchItem } from 'drizzle-orm/batch'
import type { LibSQLDatabase } from 'drizzle-orm/libsql'
import { drizzle } from 'drizzle-orm/libsql/http'
import type { Environment } from '../environment.ts'

export type Database = LibSQLDatabase<Record<string, never>>
/** A write that has not happened yet; {@link commit} carries several out together or not at all. */
export type Write = BatchItem<'sqlite'>

/**
 * One client per request: a promise of one request must never be awaited by another. On one
 * machine the requests go through the `DATABASE` binding to the embedded engine.
 */
export const openDatabase = (env: Environment): Database => {
  const binding = env.DATABASE
  const client = createClient({
    url: env.LIBSQL_URL,
    ...(env.LIBSQL_TOKEN && { authToken: env.LIBSQL_TOKEN }),
    ...(binding && { fetch: (request: Request) => binding.fetch(request) }),
    concurrency: 100,
  })
  return drizzle(client)
}

/** All of the writes in one transaction, or none of them. An empty list is a no-op. */
export const commit = async (db: Database, writes: Write[]): Promise<void> => {
  const [first, ...rest] = writes
  if (first) await db.batch([first, ...rest])
}
