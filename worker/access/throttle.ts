import { sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { Problem } from '../http/problem.ts'
import { sha256Hex } from './digest.ts'

/** Failed attempts allowed for one account, and for one address, within each span. */
const LIMITS = [
  { spanMs: 60_000, attempts: 10 },
  { spanMs: 900_000, attempts: 40 },
] as const
const LONGEST_MS = 900_000

/** Takes an attempt back that turned out well. */
export type Attempt = { succeeded: () => Promise<void> }

/**
 * Counts one attempt to sign in before it is looked at, so that attempts at the same time count
 * too; refused ones do not, or who attacks an account would keep its owner out for good.
 * @throws Problem `too_many_requests` with the seconds to wait
 */
export const countAttempt = async (
  db: Database,
  { username, address, now }: { username: string; address: string; now: number },
): Promise<Attempt> => {
  const subjects = [`account:${await sha256Hex(canonical(username))}`]
  if (address !== '') subjects.push(`address:${address}`)
  const list = JSON.stringify(subjects)
  const [, added, counted] = await db.batch([
    db.run(sql`DELETE FROM sign_in_attempts WHERE at <= ${now - LONGEST_MS}`),
    db.all<{ id: number }>(sql`INSERT INTO sign_in_attempts (subject, at)
      SELECT s.value, ${now} FROM json_each(${list}) s
      WHERE NOT EXISTS (SELECT 1 FROM json_each(${list}) j WHERE ${overLimit(now)})
      RETURNING rowid AS id`),
    db.all<{ oldest: number }>(sql`SELECT max(at) AS oldest FROM sign_in_attempts
      WHERE subject IN (SELECT value FROM json_each(${list}))`),
  ])
  if (added.length === 0) {
    const waitMs = (counted[0]?.oldest ?? now) + LIMITS[0].spanMs - now
    const retryAfter = Math.max(1, Math.ceil(waitMs / 1000))
    throw new Problem(
      'too_many_requests',
      `Too many failed attempts to sign in. Wait ${retryAfter} seconds and try again.`,
      { retryAfter },
    )
  }
  const ids = JSON.stringify(added.map(({ id }) => id))
  return {
    succeeded: async () => {
      await db.run(sql`DELETE FROM sign_in_attempts WHERE rowid IN
        (SELECT value FROM json_each(${ids}))`)
    },
  }
}

const overLimit = (now: number) =>
  sql.join(
    LIMITS.map(
      ({ spanMs, attempts }) => sql`(SELECT count(*) FROM sign_in_attempts a
        WHERE a.subject = j.value AND a.at > ${now - spanMs}) >= ${attempts}`,
    ),
    sql` OR `,
  )

/** All spellings of a name are one account: letter case, width, blanks and invisible characters. */
const canonical = (username: string): string =>
  username
    .normalize('NFKC')
    .replace(/[\p{C}\s.]+/gu, '')
    .toLowerCase()
