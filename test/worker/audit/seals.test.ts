import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { SYSTEM } from '../../../worker/access/system-user.ts'
import { record } from '../../../worker/audit/record.ts'
import { sealEvents } from '../../../worker/audit/seals.ts'
import { verifyChain } from '../../../worker/audit/verify.ts'
import { commit } from '../../../worker/database/client.ts'
import { type TestDatabase, testDatabase } from '../../support/database.ts'
import { remember, tamper, writeDeeds } from './tamper.ts'

let stand: TestDatabase
let putBack: () => Promise<void>
beforeAll(async () => {
  stand = await testDatabase()
  putBack = await remember(stand.rows)
})
afterEach(() => putBack())
afterAll(() => stand.stop())

const seal = () => sealEvents(stand.db, stand.env.MASTER_KEY)
const verify = (from = 0, rows?: number) =>
  verifyChain(stand.db, stand.env.MASTER_KEY, undefined, { from, ...(rows && { rows }) })
const numbers = async (table: 'events' | 'audit_seals') => {
  const query = {
    events: 'SELECT sequence FROM events',
    audit_seals: 'SELECT sequence FROM audit_seals',
  }
  return (await stand.rows(`${query[table]} ORDER BY sequence`)).map(({ sequence }) => sequence)
}

describe('the numbers of the record', () => {
  it('have no gap where a transaction failed', async () => {
    await writeDeeds(stand.db, 2)
    const context = { principal: SYSTEM, origin: { userAgent: '', address: '' }, now: 3 }
    const deed = { spaceId: null, category: 'Created', message: 'Nothing', documentIds: ['X-1'] }
    const failing = commit(stand.db, [
      ...record(stand.db, context, deed),
      stand.db.run('INSERT INTO guards (ok) VALUES (0)'),
    ])
    await expect(failing).rejects.toThrow()
    await writeDeeds(stand.db, 2, 4)
    expect(await numbers('events')).toEqual([1, 2, 3, 4])
    expect(await stand.rows("SELECT * FROM event_documents WHERE document_id = 'X-1'")).toEqual([])
  })

  it('have no gap and no repeat when many write at once', async () => {
    await Promise.all(Array.from({ length: 8 }, (_, at) => writeDeeds(stand.db, 5, 10 * at)))
    expect(await numbers('events')).toEqual(Array.from({ length: 40 }, (_, at) => at + 1))
    await seal()
    expect(await verify()).toMatchObject({ state: 'verified', rows: 40 })
  })
})

describe('sealing', () => {
  it('seals each row once, though two do it at once', async () => {
    await writeDeeds(stand.db, 12)
    await Promise.all([seal(), seal(), seal()])
    await writeDeeds(stand.db, 3, 13)
    await Promise.all([seal(), seal()])
    await seal()
    expect(await numbers('audit_seals')).toEqual(Array.from({ length: 15 }, (_, at) => at + 1))
    expect(await verify()).toMatchObject({ state: 'verified', upTo: 15, unsealed: 0 })
  })

  it('goes through more rows than one batch holds', async () => {
    await writeDeeds(stand.db, 601)
    expect(await seal()).toBe(601)
    expect(await seal()).toBe(0)
    expect(await verify()).toMatchObject({ state: 'verified', rows: 601 })
  })
})

describe('verification', () => {
  it('goes on where it stopped, in bounded parts', async () => {
    await writeDeeds(stand.db, 450)
    await seal()
    await writeDeeds(stand.db, 5, 451)
    const first = await verify(0, 200)
    expect(first).toMatchObject({ state: 'continues', upTo: 200, next: 200, unsealed: 5 })
    const second = await verify(first.next, 200)
    expect(second).toMatchObject({ state: 'continues', upTo: 400, next: 400 })
    const third = await verify(second.next, 200)
    expect(third).toMatchObject({ state: 'verified', rows: 55, upTo: 455, sealedUpTo: 450 })
    await tamper(stand.rows, [['UPDATE events SET user_id = NULL WHERE sequence = 399']])
    expect((await verify(200, 200)).firstBad).toMatchObject({ kind: 'changed', sequence: 399 })
  })

  it.each([
    ['nobody', 'whole', 'verified'],
    ["UPDATE events SET details = '{}' WHERE sequence = 5", 'changed', 'inserted 5'],
    ['DELETE FROM events WHERE sequence = 4', 'thinned out', 'missing 4'],
    ['UPDATE events SET sequence = 9 WHERE sequence = 6', 'left a hole', 'missing 6'],
  ])('looks at rows that are not sealed yet: %s', async (deed, _what, expected) => {
    await writeDeeds(stand.db, 3)
    await seal()
    await writeDeeds(stand.db, 3, 4)
    if (deed !== 'nobody') await tamper(stand.rows, [[deed]])
    const { state, firstBad } = await verify()
    expect(firstBad ? `${firstBad.kind} ${firstBad.sequence}` : state).toBe(expected)
  })

  it('sees a forged row even when the server sealed it', async () => {
    await writeDeeds(stand.db, 3)
    await stand.rows(
      `INSERT INTO events (occurred_at, username, category, message, established_with, nonce, mac)
        VALUES (5, 'ada', 'Created', 'Ben was made an administrator', 'Session', 'other', 'x')`,
    )
    await writeDeeds(stand.db, 1, 5)
    await seal()
    const { firstBad } = await verify()
    expect(firstBad).toEqual({
      kind: 'inserted',
      sequence: 4,
      message: 'Row 4 was put into the record by something else than this server.',
    })
  })

  it.each([
    ['its row alone is gone', 'DELETE FROM events WHERE sequence = 2', 'missing 2'],
    ['its seal alone is gone', 'DELETE FROM audit_seals WHERE sequence = 2', 'rechained 2'],
    ['its seal is another', "UPDATE audit_seals SET hash = 'x' WHERE sequence = 2", 'rechained 2'],
    [
      'it is not listed under what it concerns',
      "DELETE FROM event_documents WHERE document_id = 'Channels-2'",
      'hidden 2',
    ],
    ['its list is no list', "UPDATE events SET document_ids = '[' WHERE sequence = 2", 'changed 2'],
    [
      'it came an hour earlier',
      'UPDATE events SET occurred_at = 0 WHERE sequence = 2',
      'changed 2',
    ],
  ])('names a row when %s', async (_when, deed, expected) => {
    await writeDeeds(stand.db, 4)
    await seal()
    await tamper(stand.rows, [[deed]])
    const { firstBad } = await verify()
    expect(`${firstBad?.kind} ${firstBad?.sequence}`).toBe(expected)
  })

  it('takes an empty record as whole', async () => {
    expect(await verify()).toMatchObject({ state: 'verified', rows: 0, upTo: 0, unsealed: 0 })
    expect(await seal()).toBe(0)
  })

  it('knows nothing of another key', async () => {
    await writeDeeds(stand.db, 2)
    await seal()
    const other = Buffer.alloc(32, 8).toString('base64')
    expect((await verifyChain(stand.db, other, undefined)).firstBad).toMatchObject({ sequence: 1 })
    const stored = JSON.stringify(await stand.rows('SELECT * FROM audit_seals'))
    expect(stored).not.toContain(stand.env.MASTER_KEY)
  })

  it('says which triggers are missing', async () => {
    const [guard] = await stand.rows("SELECT sql FROM sqlite_master WHERE name = 'events_remain'")
    await stand.rows('DROP TRIGGER events_remain')
    expect((await verify()).missingGuards).toEqual(['events_remain'])
    await stand.rows(String(guard?.sql))
  })
})
