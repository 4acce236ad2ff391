import { createClient } from '@libsql/client'
import { drizzle } from 'drizzle-orm/libsql'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { printable } from '../../../worker/audit/printable.ts'
import { sealEvents } from '../../../worker/audit/seals.ts'
import { verifyChain } from '../../../worker/audit/verify.ts'
import { migrate, readMigrations } from '../../../worker/local/migrations.ts'
import { pathTo } from '../../../worker/local/paths.ts'
import { type TestDatabase, testDatabase } from '../../support/database.ts'
import { openShop } from '../infrastructure/shop.ts'
import { servers } from '../local/libsql/servers.ts'
import { writeDeeds } from './tamper.ts'

describe.each(servers())('the tables of the record, in $name', server => {
  let stand: TestDatabase
  beforeAll(async () => {
    stand = await testDatabase({}, server)
    await writeDeeds(stand.db, 3)
    await sealEvents(stand.db, stand.env.MASTER_KEY)
  })
  afterAll(() => stand.stop())

  const COLUMNS = `(sequence, occurred_at, username, category, message, established_with, nonce, mac)`
  it.each([
    "UPDATE events SET username = 'eve'",
    'DELETE FROM events WHERE sequence = 3',
    `INSERT OR REPLACE INTO events ${COLUMNS} VALUES (3, 0, '', '', '', '', 'n', '')`,
    `INSERT OR REPLACE INTO events ${COLUMNS} VALUES (1, 0, '', '', '', '', 'n', '')`,
    `INSERT OR REPLACE INTO events ${COLUMNS} SELECT NULL, 0, '', '', '', '', nonce, '' FROM events LIMIT 1`,
    `INSERT INTO events ${COLUMNS} VALUES (9, 0, '', '', '', '', 'n', '')`,
    `INSERT INTO events ${COLUMNS} VALUES (-1, 0, '', '', '', '', 'n', '')`,
    "UPDATE event_documents SET document_id = 'Projects-2'",
    'DELETE FROM event_documents',
    "UPDATE audit_seals SET hash = ''",
    'DELETE FROM audit_seals WHERE sequence = 3',
    "INSERT OR REPLACE INTO audit_seals VALUES (3, '')",
    "INSERT OR REPLACE INTO audit_seals VALUES (2, '')",
  ])('refuse %s', async deed => {
    await expect(stand.rows(deed)).rejects.toThrow(/append-only|sealed already|CHECK constraint/)
    const verified = await verifyChain(stand.db, stand.env.MASTER_KEY, undefined)
    expect(verified).toMatchObject({ state: 'verified', rows: 3, missingGuards: [] })
  })
})

describe('a change', () => {
  it('does not happen when it cannot be recorded', async () => {
    const shop = await openShop()
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    try {
      await shop.rows(
        "CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'disk full'); END",
      )
      const sent = { body: { Name: 'Test' } }
      expect((await shop.send('POST', '/api/environments', sent)).status).toBeGreaterThanOrEqual(
        500,
      )
      const made = await shop.rows('SELECT name FROM environments ORDER BY name')
      expect(made.map(({ name }) => name)).toEqual(['Production', 'Staging'])
      await shop.rows('DROP TRIGGER full')
      expect((await shop.send('POST', '/api/environments', sent)).status).toBe(201)
      expect(said).toHaveBeenCalledWith(expect.stringContaining('disk full'))
    } finally {
      said.mockRestore()
      await shop.stop()
    }
  })

  it('leaves no line of its own in a log that shows it', async () => {
    const shop = await openShop()
    try {
      await shop.json('POST', '/api/environments', {
        body: { Name: 'Te\u202est' },
        headers: { 'user-agent': 'curl \t 8' },
      })
      const [row] = await shop.rows('SELECT message, user_agent FROM events ORDER BY sequence DESC')
      expect(row).toEqual({
        message: 'Environment Te\\u202est was created',
        user_agent: 'curl \\u0009 8',
      })
    } finally {
      await shop.stop()
    }
  })

  it.each([
    ['one\ntwo', 'one\\u000atwo'],
    ['one\r\n2026-11-24 INFO admin signed in', 'one\\u000d\\u000a2026-11-24 INFO admin signed in'],
    ['a\0b', 'a\\u0000b'],
    ['\u001b[2Jgone', '\\u001b[2Jgone'],
    ['\u0085\u2028\u2029', '\\u0085\\u2028\\u2029'],
    ['\u202egnp.exe\u2066', '\\u202egnp.exe\\u2066'],
    ['half \ud800 of a pair', 'half \\ud800 of a pair'],
    ['tag \u{e0041}', 'tag \\u{e0041}'],
    ['Zürich, 東京, 🚀, <b> & "quotes"', 'Zürich, 東京, 🚀, <b> & "quotes"'],
  ])('of %j is written as %s', (text, written) => expect(printable(text)).toBe(written))
})

describe('a database from before the chain', () => {
  it('keeps its rows, their numbers and ids, and goes on behind them', async () => {
    const client = createClient({ url: ':memory:' })
    const all = await readMigrations(pathTo('migrations'))
    const at = all.findIndex(({ name }) => name === '0013_audit_chain')
    await migrate(client, all.slice(0, at), 0)
    await client.execute("INSERT INTO counters VALUES ('Events', 8)")
    for (const sequence of [2, 3, 7])
      await client.batch([
        {
          sql: `INSERT INTO events (id, sequence, occurred_at, username, category, message, document_ids, established_with)
            VALUES ('Events-' || ?1, ?1, 0, 'ada', 'Created', 'Project Shop was created', '["Projects-1"]', 'Session')`,
          args: [sequence],
        },
        { sql: "INSERT INTO event_documents VALUES ('Projects-1', ?)", args: [sequence] },
      ])
    await migrate(client, all, 1)
    const stored = await client.execute('SELECT id, sequence FROM events ORDER BY sequence')
    expect(stored.rows.map(({ id }) => id)).toEqual(['Events-2', 'Events-3', 'Events-7'])

    const key = Buffer.alloc(32, 7).toString('base64')
    const db = drizzle(client)
    expect(await verifyChain(db, key, undefined)).toMatchObject({ state: 'verified', unsealed: 3 })
    await sealEvents(db, key)
    expect(await verifyChain(db, key, undefined)).toMatchObject({ state: 'verified', rows: 3 })
    await client.execute(
      `INSERT INTO events (occurred_at, username, category, message, established_with, nonce, mac)
        VALUES (0, 'eve', 'Created', 'forged', 'Session', 'n', 'x')`,
    )
    const { firstBad } = await verifyChain(db, key, undefined)
    expect(firstBad).toMatchObject({ kind: 'inserted', sequence: 8 })
    client.close()
  })
})
