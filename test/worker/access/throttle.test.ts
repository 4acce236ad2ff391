import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { countAttempt } from '../../../worker/access/throttle.ts'
import { type TestDatabase, testDatabase } from '../../support/database.ts'

describe('attempts to sign in', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await testDatabase()
  })
  afterEach(() => database.rows('DELETE FROM sign_in_attempts'))
  afterAll(() => database.stop())

  const start = 1_000_000_000_000
  const attempt = (username: string, address = '', now = start) =>
    countAttempt(database.db, { username, address, now })
  const SPELLINGS = ['eve', 'EVE', 'Eve ', 'e\u200bve', 'ｅve', 'eve\0', 'eve.', ' e v e']

  it.each([
    [
      'one account, in all its spellings',
      (at: number) => [SPELLINGS[at % 8] ?? '', `192.0.2.${at}`],
    ],
    ['one address', (at: number) => [`user-${at}`, '203.0.113.9']],
  ] as const)('stop after ten failures for %s, for a minute', async (_what, guess) => {
    const guessed = (at: number, now = start) => attempt(guess(at)[0] ?? '', guess(at)[1], now)
    for (let at = 0; at < 10; at++) await guessed(at)
    await expect(guessed(10)).rejects.toMatchObject({
      code: 'too_many_requests',
      message: 'Too many failed attempts to sign in. Wait 60 seconds and try again.',
      detail: { retryAfter: 60 },
    })
    await expect(guessed(11, start + 59_000)).rejects.toMatchObject({ detail: { retryAfter: 1 } })
    await guessed(12, start + 60_000)
  })

  it('stop also when they come all at once', async () => {
    const settled = await Promise.allSettled(Array.from({ length: 30 }, () => attempt('eve')))
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
  })

  it('stop for longer after forty within a quarter of an hour', async () => {
    for (let minute = 0; minute < 4; minute++)
      for (let at = 0; at < 10; at++) await attempt('eve', '', start + minute * 61_000)
    await expect(attempt('eve', '', start + 5 * 61_000)).rejects.toMatchObject({
      code: 'too_many_requests',
    })
    await attempt('eve', '', start + 901_000)
  })

  it('do not keep others out', async () => {
    for (let at = 0; at < 10; at++) await attempt('eve', '192.0.2.1')
    await attempt('ada', '192.0.2.2')
  })

  it('do not count once they have succeeded', async () => {
    for (let at = 0; at < 30; at++) await (await attempt('ada', '192.0.2.1')).succeeded()
    expect(await database.rows('SELECT * FROM sign_in_attempts')).toEqual([])
  })

  it('keep neither names nor anything typed in their place', async () => {
    await attempt('my password by mistake')
    expect(JSON.stringify(await database.rows('SELECT * FROM sign_in_attempts'))).not.toContain(
      'password',
    )
  })
})
