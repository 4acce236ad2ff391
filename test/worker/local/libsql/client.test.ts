import type { Client } from '@libsql/client/http'
import { createClient } from '@libsql/client/http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningServer, servers } from './servers.ts'

describe.each(servers())('@libsql/client/http against $name', ({ start }) => {
  let server: RunningServer
  let db: Client

  beforeAll(async () => {
    server = await start()
    db = createClient({ url: server.url, authToken: server.token })
    await db.executeMultiple(`
      CREATE TABLE projects (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, icon BLOB);
      CREATE TABLE releases (
        id INTEGER PRIMARY KEY,
        project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
        version TEXT NOT NULL
      );
      CREATE TABLE numbers (value, kind TEXT GENERATED ALWAYS AS (typeof(value)));
    `)
  })
  afterAll(async () => {
    db.close()
    await server.stop()
  })

  const count = async (where: string): Promise<number> => {
    const { rows } = await db.execute(
      `SELECT count(*) AS n FROM projects WHERE name LIKE '${where}'`,
    )
    return Number(rows[0]?.n)
  }

  it('binds positional arguments and answers rows with their column types', async () => {
    const inserted = await db.execute({
      sql: 'INSERT INTO projects (name) VALUES (?) RETURNING id, name',
      args: ['Shop'],
    })
    expect(inserted.columns).toEqual(['id', 'name'])
    expect(inserted.columnTypes).toEqual(['INTEGER', 'TEXT'])
    expect(inserted.rows[0]?.name).toBe('Shop')
    expect(inserted.rowsAffected).toBe(1)
    expect(inserted.lastInsertRowid).toBe(BigInt(Number(inserted.rows[0]?.id)))
  })

  it('binds named arguments, however they are prefixed and repeated', async () => {
    const { rows } = await db.execute({
      sql: 'SELECT :name AS a, @other AS b, $third AS c, :name AS again',
      args: { name: 'web-1', other: 2, third: null },
    })
    expect({ ...rows[0] }).toEqual({ a: 'web-1', b: 2, c: null, again: 'web-1' })
  })

  it.each([
    { value: 7, kind: 'real' },
    { value: 7n, kind: 'integer' },
    { value: 1.5, kind: 'real' },
    { value: 'seven', kind: 'text' },
    { value: null, kind: 'null' },
  ])('keeps $value as $kind', async ({ value, kind }) => {
    const { rows } = await db.execute({
      sql: 'INSERT INTO numbers (value) VALUES (?) RETURNING value, kind',
      args: [value],
    })
    expect(rows[0]?.kind).toBe(kind)
    expect(rows[0]?.value).toEqual(typeof value === 'bigint' ? Number(value) : value)
  })

  it('keeps the largest integers exactly', async () => {
    const exact = createClient({ url: server.url, authToken: server.token, intMode: 'bigint' })
    const { rows } = await exact.execute({
      sql: 'SELECT ? AS most, ? AS least',
      args: [9223372036854775807n, -9223372036854775808n],
    })
    exact.close()
    expect({ ...rows[0] }).toEqual({ most: 9223372036854775807n, least: -9223372036854775808n })
  })

  it.each([0, 1, 2, 3, 100_000])('keeps a blob of %i bytes', async length => {
    const icon = Uint8Array.from({ length }, (_, index) => index % 256)
    const { rows } = await db.execute({
      sql: 'INSERT INTO projects (name, icon) VALUES (?, ?) RETURNING icon',
      args: [`icon of ${length}`, icon],
    })
    expect(new Uint8Array(rows[0]?.icon as ArrayBuffer)).toEqual(icon)
  })

  it('counts the rows that a change touched', async () => {
    await db.execute("INSERT INTO projects (name) VALUES ('counted 1'), ('counted 2')")
    const updated = await db.execute("UPDATE projects SET icon = NULL WHERE name LIKE 'counted %'")
    expect(updated.rowsAffected).toBe(2)
    const ignored = await db.execute("INSERT OR IGNORE INTO projects (name) VALUES ('counted 1')")
    expect(ignored.rowsAffected).toBe(0)
  })

  it('carries a batch out as one transaction', async () => {
    const results = await db.batch(
      [
        { sql: 'INSERT INTO projects (name) VALUES (?) RETURNING name', args: ['batched 1'] },
        { sql: 'INSERT INTO projects (name) VALUES (?) RETURNING name', args: ['batched 2'] },
        "SELECT count(*) AS n FROM projects WHERE name LIKE 'batched %'",
      ],
      'write',
    )
    expect(results.map(result => ({ ...result.rows[0] }))).toEqual([
      { name: 'batched 1' },
      { name: 'batched 2' },
      { n: 2 },
    ])
  })

  it.each(['write', 'deferred'] as const)(
    'undoes the whole %s batch when a statement fails',
    async mode => {
      const name = `atomic ${mode}`
      const failed = db.batch(
        [
          { sql: 'INSERT INTO projects (name) VALUES (?)', args: [name] },
          { sql: 'INSERT INTO projects (name) VALUES (?)', args: [name] },
          { sql: 'INSERT INTO projects (name) VALUES (?)', args: [`${name} after`] },
        ],
        mode,
      )
      await expect(failed).rejects.toMatchObject({
        code: expect.stringMatching(/^SQLITE_CONSTRAINT/),
        message: expect.stringContaining('UNIQUE constraint failed: projects.name'),
      })
      expect(await count(`${name}%`)).toBe(0)
    },
  )

  it('enforces foreign keys', async () => {
    const orphan = db.execute("INSERT INTO releases (project_id, version) VALUES (-1, '1.0.0')")
    await expect(orphan).rejects.toMatchObject({
      code: expect.stringMatching(/^SQLITE_CONSTRAINT/),
      message: expect.stringContaining('FOREIGN KEY constraint failed'),
    })
  })

  it('enforces foreign keys again after a migration that switched them off', async () => {
    await db.migrate(["INSERT INTO releases (project_id, version) VALUES (-2, '1.0.0')"])
    await db.execute('DELETE FROM releases WHERE project_id = -2')
    const orphan = db.execute("INSERT INTO releases (project_id, version) VALUES (-2, '1.0.0')")
    await expect(orphan).rejects.toThrow('FOREIGN KEY constraint failed')
  })

  it.each([
    { when: 'a statement cannot be parsed', sql: 'SELEKT 1', code: 'SQL_PARSE_ERROR' },
    { when: 'a column does not exist', sql: 'SELECT x FROM projects', code: 'SQL_INPUT_ERROR' },
    { when: 'there are two statements', sql: 'SELECT 1; SELECT 2', code: 'SQL_MANY_STATEMENTS' },
    { when: 'there is no statement', sql: '-- nothing', code: 'SQL_NO_STATEMENT' },
    { when: 'an argument is missing', sql: 'SELECT ?', code: 'ARGS_INVALID' },
    { when: 'another file is attached', sql: "ATTACH 'x' AS y", code: 'SQL_PARSE_ERROR' },
  ])('refuses with $code when $when', async ({ sql, code }) => {
    await expect(db.execute(sql)).rejects.toMatchObject({ code })
  })

  it('refuses an argument too many', async () => {
    await expect(db.execute({ sql: 'SELECT ?', args: [1, 2] })).rejects.toMatchObject({
      code: 'ARGS_INVALID',
    })
  })

  it('runs a text of several statements, a trigger with its own semicolons among them', async () => {
    await db.executeMultiple(`
      CREATE TABLE journal (line TEXT);
      CREATE TRIGGER project_named AFTER UPDATE ON projects BEGIN
        INSERT INTO journal VALUES (CASE WHEN new.icon IS NULL THEN 'plain; ' ELSE 'icon' END);
        INSERT INTO journal VALUES (new.name);
      END;
      INSERT INTO projects (name) VALUES ('watched');
      UPDATE projects SET name = 'renamed' WHERE name = 'watched';
    `)
    const { rows } = await db.execute('SELECT line FROM journal')
    expect(rows.map(row => row.line)).toEqual(['plain; ', 'renamed'])
    await db.execute('DROP TRIGGER project_named')
  })

  it('stops a text of several statements at the first that fails', async () => {
    const text = `
      INSERT INTO projects (name) VALUES ('sequence 1');
      INSERT INTO projects (name) VALUES ('sequence 1');
      INSERT INTO projects (name) VALUES ('sequence 2');`
    await expect(db.executeMultiple(text)).rejects.toThrow('UNIQUE constraint failed')
    expect(await count('sequence %')).toBe(1)
  })

  it('notices a column that was added between two uses of a statement', async () => {
    await db.execute('CREATE TABLE growing (a)')
    await db.execute('INSERT INTO growing VALUES (1)')
    expect((await db.execute('SELECT * FROM growing')).columns).toEqual(['a'])
    await db.execute('ALTER TABLE growing ADD COLUMN b')
    expect((await db.execute('SELECT * FROM growing')).columns).toEqual(['a', 'b'])
  })
})
