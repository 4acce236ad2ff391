import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { Sql } from '../../worker/runners/locks.ts'

/** What a Durable Object's SQL storage does, as far as ours use it, on Node's SQLite in memory. */
export const objectSql = (): Sql => {
  const database = new DatabaseSync(':memory:')
  const exec = (query: string, ...values: SQLInputValue[]) => {
    const rows = database.prepare(query).all(...values)
    return Object.assign(rows.values(), { toArray: () => rows })
  }
  return { exec } as unknown as Sql
}
