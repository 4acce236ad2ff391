import { and, eq, gt, isNull, lte, or } from 'drizzle-orm'
import type { Database, Write } from '../database/client.ts'
import { randomToken, sha256Hex } from './digest.ts'
import { signInLinks } from './schema.ts'

/** A link that was never used is good for this long, in milliseconds. */
const LINK_MS = 24 * 3_600_000
const TOKEN = /^[\w-]{43}$/

/** A fresh one-time link for the user; the older ones of the same user end. */
export const newSignInLink = async (
  db: Database,
  userId: string,
  now: number,
): Promise<{ path: string; writes: Write[] }> => {
  const token = randomToken()
  return {
    path: `/sign-in/${token}`,
    writes: [
      db
        .delete(signInLinks)
        .where(or(eq(signInLinks.userId, userId), lte(signInLinks.expiresAt, now))),
      db.insert(signInLinks).values({
        tokenHash: await sha256Hex(token),
        userId,
        createdAt: now,
        expiresAt: now + LINK_MS,
      }),
    ],
  }
}

/** Whether the link would still work: for the page that asks to confirm. Uses nothing up. */
export const signInLinkWorks = async (
  db: Database,
  token: string,
  now: number,
): Promise<boolean> => {
  if (!TOKEN.test(token)) return false
  const [row] = await db
    .select({ userId: signInLinks.userId })
    .from(signInLinks)
    .where(unused(await sha256Hex(token), now))
  return row !== undefined
}

const unused = (tokenHash: string, now: number) =>
  and(
    eq(signInLinks.tokenHash, tokenHash),
    isNull(signInLinks.usedAt),
    gt(signInLinks.expiresAt, now),
  )
