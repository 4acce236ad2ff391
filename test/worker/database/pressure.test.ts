import { describe, expect, it } from 'vitest'
import {
  MAX_BURST,
  MAX_QUERIES,
  MAX_QUERY_MS,
  Pressure,
  SLOW_MS,
} from '../../../worker/database/pressure.ts'
import { awayProblem } from '../../../worker/http/away.ts'

/** So many queries that are never answered. */
const full = (now: number, queries = MAX_QUERIES): Pressure => {
  const pressure = new Pressure()
  const never = () => new Promise<never>(() => {})
  for (let query = 0; query < queries; query++) void pressure.bound(never, () => now)
  return pressure
}

describe('the pressure on the database', () => {
  it('takes many who come at one moment', async () => {
    const answered = full(0).bound(
      async () => 'answered',
      () => SLOW_MS - 1,
    )
    await expect(answered).resolves.toBe('answered')
  })

  it.each([
    ['while the database is slow', MAX_QUERIES, SLOW_MS],
    ['of a moment', MAX_BURST, 1],
  ])('refuses what is beyond its bound %s, as worth trying again', async (_, queries, now) => {
    const refused = await full(0, queries)
      .bound(
        async () => 'answered',
        () => now,
      )
      .catch(error => awayProblem(error))
    expect(refused).toMatchObject({ code: 'unavailable', detail: { retryAfter: 5 } })
  })

  it.each([
    { what: 'counts one that is under way', now: MAX_QUERY_MS - 1, waiting: MAX_QUERIES },
    { what: 'forgets those that nobody will hear of', now: MAX_QUERY_MS, waiting: 0 },
  ])('$what', async ({ now, waiting }) => {
    const pressure = full(0)
    await pressure
      .bound(
        async () => {},
        () => now,
      )
      .catch(() => undefined)
    expect(pressure.waiting).toBe(waiting)
  })

  it.each<[string, () => Promise<void>]>([
    ['answered', async () => {}],
    ['failed', async () => Promise.reject(new Error('away'))],
  ])('has room again for one that was %s', async (_, query) => {
    const pressure = new Pressure()
    await pressure.bound(query, () => 0).catch(() => undefined)
    expect(pressure.waiting).toBe(0)
  })
})
