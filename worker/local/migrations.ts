import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from '@libsql/client/http'

export interface Migration {
  /** The file's name without `.sql`: `0001_access`. */
  readonly name: string
  readonly sha256: string
  readonly sql: string
}

/** Why the database cannot be brought up to date; the message says what to do. */
export class MigrationError extends Error {}

const FILE = /^\d{4}_[a-z0-9_]+\.sql$/

/** Reads `0001_access.sql` and its followers, in order. */
export const readMigrations = async (directory: string): Promise<Migration[]> => {
  const files = (await readdir(directory)).filter(file => file.endsWith('.sql')).sort()
  const migrations: Migration[] = []
  for (const file of files) {
    if (!FILE.test(file)) {
      throw new MigrationError(`Expected migrations named like 0001_access.sql, found ${file}.`)
    }
    const sql = await readFile(join(directory, file), 'utf8')
    const sha256 = createHash('sha256').update(sql).digest('hex')
    migrations.push({ name: file.slice(0, -'.sql'.length), sha256, sql })
  }
  return migrations
}

const RECORD = `CREATE TABLE IF NOT EXISTS schema_migrations (
  name TEXT PRIMARY KEY,
  sha256 TEXT NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT`

/** Applies what is missing, forward only, each file in a transaction of its own, and answers the names
 *  of what it applied. Throws a `MigrationError` when an applied file has changed or the database is
 *  newer than the files. Two migrators at once are safe: the second finds the work done. */
export const migrate = async (
  db: Client,
  migrations: readonly Migration[],
  now: number,
): Promise<string[]> => {
  await db.execute(RECORD)
  const applied: string[] = []
  let recorded = await readRecord(db)
  refuseUnknown(migrations, recorded)
  for (const migration of migrations) {
    if (recorded.has(migration.name)) continue
    if (await apply(db, migration, now)) applied.push(migration.name)
  }
  recorded = await readRecord(db)
  refuseUnknown(migrations, recorded)
  return applied
}

const readRecord = async (db: Pick<Client, 'execute'>): Promise<Map<string, string>> => {
  const { rows } = await db.execute('SELECT name, sha256 FROM schema_migrations ORDER BY name')
  return new Map(rows.map(row => [String(row.name), String(row.sha256)]))
}

const refuseUnknown = (migrations: readonly Migration[], recorded: Map<string, string>): void => {
  const known = new Map(migrations.map(migration => [migration.name, migration]))
  const last = [...recorded.keys()].at(-1) ?? ''
  for (const [name, sha256] of recorded) {
    const migration = known.get(name)
    if (migration === undefined) {
      throw new MigrationError(
        `The database is newer than this Slipway: it holds the migration ${name}. Start the version that wrote it.`,
      )
    }
    if (migration.sha256 !== sha256) {
      throw new MigrationError(
        `The migration ${name} was changed after it was applied. Restore migrations/${name}.sql and write a new file instead.`,
      )
    }
  }
  const late = migrations.find(({ name }) => name < last && !recorded.has(name))
  if (late !== undefined) {
    throw new MigrationError(
      `The migration ${late.name} comes before ${last}, which is applied. Give it a later number.`,
    )
  }
}

const apply = async (db: Client, migration: Migration, now: number): Promise<boolean> => {
  const transaction = await db.transaction('write')
  try {
    const { rows } = await transaction.execute({
      sql: 'SELECT 1 FROM schema_migrations WHERE name = ?',
      args: [migration.name],
    })
    if (rows.length > 0) return false
    await transaction.executeMultiple(migration.sql)
    await transaction.execute({
      sql: 'INSERT INTO schema_migrations (name, sha256, applied_at) VALUES (?, ?, ?)',
      args: [migration.name, migration.sha256, BigInt(now)],
    })
    await transaction.commit()
    return true
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new MigrationError(`The migration ${migration.name} failed: ${reason}`, { cause: error })
  } finally {
    transaction.close()
  }
}
