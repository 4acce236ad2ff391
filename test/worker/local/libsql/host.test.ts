import { createClient } from '@libsql/client/http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningServer, servers } from './servers.ts'

describe('the embedded libSQL host', () => {
  let server: RunningServer
  beforeAll(async () => {
    const [embedded] = servers()
    if (embedded === undefined) throw new Error('The embedded host is always there')
    server = await embedded.start()
  })
  afterAll(() => server.stop())
  const client = () => createClient({ url: server.url, authToken: server.token })

  it.each([
    { who: 'without a token', authorization: '' },
    { who: 'with a wrong token', authorization: 'Bearer wrong' },
  ])('refuses whoever comes $who', async ({ authorization }) => {
    const body = JSON.stringify({ requests: [] })
    const url = `${server.url}/v2/pipeline`
    const response = await fetch(url, { method: 'POST', headers: { authorization }, body })
    expect(response.status).toBe(401)
  })

  it('refuses a body over 32 MiB', async () => {
    const response = await fetch(`${server.url}/v2/pipeline`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}` },
      body: new Uint8Array(32 * 1024 * 1024 + 1),
    })
    expect(response.status).toBe(413)
  })

  it('refuses a result over 32 MiB, and lets go of what it has read', async () => {
    const db = client()
    await db.execute('CREATE TABLE large (text TEXT)')
    await db.execute(`
      INSERT INTO large WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
      SELECT hex(zeroblob(512 * 1024)) FROM n`)
    await expect(db.execute('SELECT text FROM large')).rejects.toMatchObject({
      code: 'RESPONSE_TOO_LARGE',
    })
    const { rows } = await db.execute('PRAGMA wal_checkpoint(TRUNCATE)')
    expect(rows[0]?.busy).toBe(0)
    db.close()
  })

  it('refuses to write in a transaction begun for reading', async () => {
    const db = client()
    await db.execute('CREATE TABLE kept (a)')
    const reading = await db.transaction('read')
    await reading.execute('SELECT a FROM kept')
    const written = reading.execute('INSERT INTO kept VALUES (1)')
    await expect(written).rejects.toMatchObject({ code: 'SQLITE_READONLY' })
    reading.close()
    db.close()
  })

  it('tells whether a transaction is open', async () => {
    const statement = (sql: string) => ({ type: 'execute', stmt: { sql } })
    const requests = [
      { type: 'get_autocommit' },
      statement('BEGIN'),
      { type: 'get_autocommit' },
      statement('COMMIT'),
      { type: 'get_autocommit' },
      { type: 'close' },
    ]
    const response = await fetch(`${server.url}/v3/pipeline`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}` },
      body: JSON.stringify({ requests }),
    })
    const { results } = (await response.json()) as {
      results: { response: { is_autocommit?: boolean } }[]
    }
    const states = results.map(({ response }) => response.is_autocommit)
    expect(states.filter(state => state !== undefined)).toEqual([true, false, true])
  })

  it('keeps at most 256 streams open', async () => {
    const open = async () => {
      const response = await fetch(`${server.url}/v2/pipeline`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.token}` },
        body: JSON.stringify({ requests: [{ type: 'store_sql', sql_id: 1, sql: 'SELECT 1' }] }),
      })
      await response.arrayBuffer()
      return response.status
    }
    const statuses: number[] = []
    for (let stream = 0; stream < 257; stream += 1) statuses.push(await open())
    expect(statuses.filter(status => status === 200)).toHaveLength(256)
    expect(statuses.at(-1)).toBe(503)
  })
})
