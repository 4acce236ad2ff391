// Stands in for worker/database/client.ts: the real drizzle on the simulated libSQL.
import { drizzle } from 'drizzle-orm/libsql/http'
import { client } from '../libsql.ts'

const database = drizzle({ client } as never) as unknown as {
  batch(writes: unknown[]): Promise<unknown>
}

export const openDatabase = () => database

export const masterKeyOf = () => btoa('\x07'.repeat(32))

export const commit = async (db: typeof database, writes: unknown[]): Promise<void> => {
  if (writes.length > 0) await db.batch(writes)
}
