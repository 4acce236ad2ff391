import { and, eq, sql } from 'drizzle-orm'
import { sha256Hex } from '../access/digest.ts'
import type { Database, Write } from '../database/client.ts'
import { idempotencyKeys } from '../database/schema.ts'
import type { Call, Context } from '../http/call.ts'
import { invalid, Problem } from '../http/problem.ts'

/** What a client gives along so that repeating a request creates nothing twice. */
export type Idempotency = {
  key: string
  /** Of the whole request: the same key with another one is refused. */
  digest: string
}

const MAX_KEY = 200
/** How long a key is remembered, in milliseconds. */
export const KEEP_KEYS_MS = 24 * 3_600_000
const SWEPT_AT_ONCE = 10_000

/** From the header `Idempotency-Key`; undefined without one. @throws Problem `invalid` */
export const idempotencyOf = async (call: Call<unknown>): Promise<Idempotency | undefined> => {
  const key = call.request.headers.get('idempotency-key')
  if (key === null) return undefined
  const { pathname } = new URL(call.request.url)
  return idempotencyFrom(key, [call.request.method, pathname, call.body])
}

/** @param of what the request says, in any form that is the same for the same request
 *  @throws Problem `invalid` */
export const idempotencyFrom = async (key: string, of: unknown): Promise<Idempotency> => {
  if (key.trim() === '' || key.length > MAX_KEY)
    throw invalid(
      `An Idempotency-Key has 1 to ${MAX_KEY} characters, such as a random UUID; this one has ${key.trim().length}.`,
    )
  return { key: key.trim(), digest: await sha256Hex(JSON.stringify(of)) }
}

/** What the same request was answered before; undefined when it is the first with its key.
 *  @throws Problem `conflict` when another request had the key */
export const answerTo = async (
  { db, principal }: Pick<Context, 'db' | 'principal'>,
  spaceId: string,
  { key, digest }: Idempotency,
): Promise<unknown> => {
  const [kept] = await db
    .select()
    .from(idempotencyKeys)
    .where(
      and(
        eq(idempotencyKeys.spaceId, spaceId),
        eq(idempotencyKeys.userId, principal.id),
        eq(idempotencyKeys.key, key),
      ),
    )
  if (!kept) return undefined
  if (kept.digest === digest) return JSON.parse(kept.answer)
  throw new Problem(
    'conflict',
    `The Idempotency-Key '${key}' was used for another request within the last day. ` +
      'Give each request a key of its own, and repeat it only with the very same content.',
  )
}

/** Goes into the commit of what was created: of two at once the second fails on the key. */
export const keepAnswer = (
  { db, principal, now }: Pick<Context, 'db' | 'principal' | 'now'>,
  spaceId: string,
  { key, digest }: Idempotency,
  answer: unknown,
): Write =>
  db.insert(idempotencyKeys).values({
    spaceId,
    userId: principal.id,
    key,
    digest,
    answer: JSON.stringify(answer),
    createdAt: now,
  })

/** Keys older than a day may be used again. */
export const forgetAnswers = async (db: Database, now: number): Promise<void> => {
  await db.run(sql`DELETE FROM idempotency_keys WHERE rowid IN (SELECT rowid FROM idempotency_keys
    WHERE created_at < ${now - KEEP_KEYS_MS} LIMIT ${SWEPT_AT_ONCE})`)
}
