import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient } from '@libsql/client/http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Migration, migrate, readMigrations } from '../../../worker/local/migrations.ts'
import { pathTo } from '../../../worker/local/paths.ts'
import { type RunningServer, servers } from './libsql/servers.ts'

const NOW = 1_800_000_000_000

describe.each(servers())('migrating a database of $name', ({ start }) => {
  let server: RunningServer
  let db: Client
  let directory: string

  beforeEach(async () => {
    server = await start()
    db = createClient({ url: server.url, authToken: server.token })
    directory = await mkdtemp(join(tmpdir(), 'slipway-migrations-'))
    await writeFile(join(directory, '0001_projects.sql'), 'CREATE TABLE projects (name TEXT);')
  })
  afterEach(async () => {
    db.close()
    await server.stop()
    await rm(directory, { recursive: true })
  })

  const write = async (name: string, sql: string): Promise<Migration[]> => {
    await writeFile(join(directory, `${name}.sql`), sql)
    return readMigrations(directory)
  }
  const tables = async (): Promise<string[]> => {
    const { rows } = await db.execute(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'libsql_%' ORDER BY name",
    )
    return rows.map(row => String(row.name))
  }

  it('applies all of the product, once', async () => {
    const all = await readMigrations(pathTo('migrations'))
    expect(await migrate(db, all, NOW)).toEqual(all.map(({ name }) => name))
    expect(await migrate(db, all, NOW)).toEqual([])
    expect((await db.execute('PRAGMA foreign_key_check')).rows).toEqual([])
  })

  it('applies what was added since', async () => {
    await migrate(db, await readMigrations(directory), NOW)
    const all = await write('0002_releases', 'CREATE TABLE releases (version TEXT);')
    expect(await migrate(db, all, NOW)).toEqual(['0002_releases'])
    expect(await tables()).toEqual(['projects', 'releases', 'schema_migrations'])
  })

  it('keeps nothing of a file that fails, and tries it again when it is mended', async () => {
    const broken = 'CREATE TABLE releases (version TEXT); CREATE TABLE releases (version TEXT);'
    const failing = migrate(db, await write('0002_releases', broken), NOW)
    await expect(failing).rejects.toThrow(/^The migration 0002_releases failed: .*already exists/)
    expect(await tables()).toEqual(['projects', 'schema_migrations'])
    const mended = await write('0002_releases', 'CREATE TABLE releases (version TEXT);')
    expect(await migrate(db, mended, NOW)).toEqual(['0002_releases'])
  })

  it('applies a file with a trigger', async () => {
    const trigger = `CREATE TRIGGER no_shop BEFORE INSERT ON projects BEGIN
      SELECT CASE WHEN new.name = 'Shop' THEN RAISE(ABORT, 'taken; choose another') END;
    END;
    INSERT INTO projects VALUES ('Store');`
    await migrate(db, await write('0002_trigger', trigger), NOW)
    await expect(db.execute("INSERT INTO projects VALUES ('Shop')")).rejects.toThrow(
      'taken; choose',
    )
  })

  it('refuses a file that was changed after it was applied', async () => {
    await migrate(db, await readMigrations(directory), NOW)
    const changed = await write('0001_projects', 'CREATE TABLE projects (title TEXT);')
    await expect(migrate(db, changed, NOW)).rejects.toThrow(
      'The migration 0001_projects was changed after it was applied. Restore migrations/0001_projects.sql and write a new file instead.',
    )
  })

  it('refuses a database that is newer than the files', async () => {
    const newer = await write('0002_releases', 'CREATE TABLE releases (version TEXT);')
    await migrate(db, newer, NOW)
    await expect(migrate(db, newer.slice(0, 1), NOW)).rejects.toThrow(
      'The database is newer than this Slipway: it holds the migration 0002_releases. Start the version that wrote it.',
    )
  })

  it('lets two migrators at once do the work once', async () => {
    const other = createClient({ url: server.url, authToken: server.token })
    const all = await write('0002_releases', 'CREATE TABLE releases (version TEXT);')
    const applied = await Promise.all([migrate(db, all, NOW), migrate(other, all, NOW)])
    expect(applied.flat().sort()).toEqual(['0001_projects', '0002_releases'])
    other.close()
  })

  it('refuses a file with an unexpected name', async () => {
    await expect(write('releases', '')).rejects.toThrow(
      'Expected migrations named like 0001_access.sql, found releases.sql.',
    )
  })
})
