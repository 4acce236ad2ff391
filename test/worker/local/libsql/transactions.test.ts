import type { Client } from '@libsql/client/http'
import { createClient } from '@libsql/client/http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type RunningServer, servers } from './servers.ts'

describe.each(servers())('a transaction at $name', ({ start }) => {
  let server: RunningServer
  let db: Client

  beforeAll(async () => {
    server = await start()
    db = createClient({ url: server.url, authToken: server.token, concurrency: 100 })
    await db.execute('CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL)')
  })
  beforeEach(async () => {
    await db.batch(['DELETE FROM counters', "INSERT INTO counters VALUES ('tasks', 0)"], 'write')
  })
  afterAll(async () => {
    db.close()
    await server.stop()
  })

  const value = async (): Promise<number> => {
    const { rows } = await db.execute("SELECT value FROM counters WHERE name = 'tasks'")
    return Number(rows[0]?.value)
  }

  it('is invisible to others until it commits', async () => {
    const transaction = await db.transaction('write')
    await transaction.execute('UPDATE counters SET value = 1')
    expect(await value()).toBe(0)
    await transaction.commit()
    expect(await value()).toBe(1)
  })

  it.each(['rollback', 'close'] as const)('leaves nothing after %s', async ending => {
    const transaction = await db.transaction('write')
    await transaction.execute('UPDATE counters SET value = 1')
    await transaction[ending]()
    expect(await value()).toBe(0)
  })

  it('goes on after a statement that failed', async () => {
    const transaction = await db.transaction('write')
    await transaction.execute('UPDATE counters SET value = 1')
    const again = transaction.execute("INSERT INTO counters VALUES ('tasks', 5)")
    await expect(again).rejects.toThrow('UNIQUE constraint failed: counters.name')
    await transaction.execute('UPDATE counters SET value = value + 1')
    await transaction.commit()
    expect(await value()).toBe(2)
  })

  it('may begin with reading and come to write', async () => {
    const transaction = await db.transaction('deferred')
    const { rows } = await transaction.execute('SELECT value FROM counters')
    await transaction.execute({
      sql: 'UPDATE counters SET value = ?',
      args: [Number(rows[0]?.value) + 1],
    })
    await transaction.commit()
    expect(await value()).toBe(1)
  })

  it('sees one moment only when it reads', async () => {
    const reading = await db.transaction('read')
    await reading.execute('SELECT value FROM counters')
    await db.execute('UPDATE counters SET value = 9')
    const { rows } = await reading.execute('SELECT value FROM counters')
    await reading.rollback()
    expect(rows[0]?.value).toBe(0)
    expect(await value()).toBe(9)
  })

  it('loses no update of 16 parallel readers and writers', async () => {
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        const transaction = await db.transaction('write')
        const { rows } = await transaction.execute('SELECT value FROM counters')
        await transaction.execute({
          sql: 'UPDATE counters SET value = ?',
          args: [Number(rows[0]?.value) + 1],
        })
        await transaction.commit()
      }),
    )
    expect(await value()).toBe(16)
  })

  it('loses none of 200 parallel single writes', async () => {
    await Promise.all(
      Array.from({ length: 200 }, () => db.execute('UPDATE counters SET value = value + 1')),
    )
    expect(await value()).toBe(200)
  })

  it('is rolled back when its client falls silent, and the writers behind it go on', async () => {
    const abandoned = await db.transaction('write')
    await abandoned.execute('UPDATE counters SET value = 100')
    await db.execute('UPDATE counters SET value = value + 1')
    expect(await value()).toBe(1)
    await expect(abandoned.execute('SELECT value FROM counters')).rejects.toMatchObject({
      code: 'TRANSACTION_TIMEOUT',
    })
    abandoned.close()
  }, 15_000)
})
