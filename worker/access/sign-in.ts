import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import { record } from '../audit/record.ts'
import { commit, type Database, type Write } from '../database/client.ts'
import { guard, isGuardFailure, isUniqueViolation } from '../database/guard.ts'
import type { Context } from '../http/call.ts'
import { invalid, Problem } from '../http/problem.ts'
import { clearSessionCookies, setSessionCookie } from './cookies.ts'
import { randomToken, sha256Hex } from './digest.ts'
import {
  hashPassword,
  MAX_PASSWORD,
  MIN_PASSWORD,
  needsRehash,
  verifyPassword,
} from './password.ts'
import type { User } from './principal.ts'
import { sessions, signInLinks, users } from './schema.ts'
import { SESSION_MS } from './session.ts'
import { countAttempt } from './throttle.ts'

/** What signing in needs; there is no principal yet. */
export type Arrival = Pick<Context, 'env' | 'db' | 'now' | 'origin'>

export type SignedIn = {
  userId: string
  session: { id: string; csrfToken: string }
  /** The `Set-Cookie` header for a browser. */
  cookie: string
}

/** A new session; an earlier one of this browser ends by the same commit. */
export const createSession = async (
  db: Database,
  userId: string,
  now: number,
  earlierIdHash?: string,
): Promise<{ session: SignedIn['session']; writes: Write[] }> => {
  const session = { id: randomToken(), csrfToken: randomToken() }
  return {
    session,
    writes: [
      db.delete(sessions).where(sql`${sessions.expiresAt} <= ${now}`),
      ...(earlierIdHash ? [db.delete(sessions).where(eq(sessions.idHash, earlierIdHash))] : []),
      db.insert(sessions).values({
        idHash: await sha256Hex(session.id),
        userId,
        csrfToken: session.csrfToken,
        createdAt: now,
        lastSeenAt: now,
        expiresAt: now + SESSION_MS,
      }),
    ],
  }
}

/**
 * Signs in by name and password. An unknown name, a wrong password and a disabled account get one
 * answer, after the same work.
 * @throws Problem `unauthenticated`, `too_many_requests`, `unavailable` under a rush
 */
export const signIn = async (
  { env, db, now, origin }: Arrival,
  { username, password }: { username: string; password: string },
  earlierIdHash?: string,
): Promise<SignedIn> => {
  const attempt = await countAttempt(db, { username, address: origin.address, now })
  const [user] = await db
    .select()
    .from(users)
    .where(eq(users.username, username.trim().slice(0, 200)))
  const matches = await verifyPassword(password.slice(0, MAX_PASSWORD), user?.passwordHash)
  if (!user?.isActive || user.isService || !matches || password.length > MAX_PASSWORD)
    throw new Problem('unauthenticated', 'The username or the password is not right. Try again.')
  const { session, writes } = await createSession(db, user.id, now, earlierIdHash)
  if (user.passwordHash && needsRehash(user.passwordHash)) {
    const passwordHash = await hashPassword(password)
    writes.push(db.update(users).set({ passwordHash }).where(eq(users.id, user.id)))
  }
  await commit(db, writes)
  await attempt.succeeded()
  return { userId: user.id, session, cookie: setSessionCookie(env, session.id, SESSION_MS) }
}

/**
 * Signs in by a one-time link, and sets name and password of the account when they are given. All
 * of it happens or none: a refused password does not use the link up.
 * @throws Problem `unauthenticated` for a link that was used, replaced or has expired; `invalid`
 *   for a weak password; `conflict` for a taken name
 */
export const consumeSignInLink = async (
  { env, db, now, origin }: Arrival,
  token: string,
  account?: { username: string; password: string },
): Promise<SignedIn> => {
  const tokenHash = await sha256Hex(token)
  const good = and(
    eq(signInLinks.tokenHash, tokenHash),
    isNull(signInLinks.usedAt),
    gt(signInLinks.expiresAt, now),
  )
  const [found] = await db
    .select({ user: users })
    .from(signInLinks)
    .innerJoin(users, eq(users.id, signInLinks.userId))
    .where(good)
  if (!found?.user.isActive) throw deadLink()
  const { user } = found
  const changes = account ? await accountChanges(account, now) : undefined
  const { session, writes } = await createSession(db, user.id, now)
  try {
    await commit(db, [
      guard(
        db,
        sql`SELECT count(*) FROM sign_in_links WHERE token_hash = ${tokenHash}
          AND used_at IS NULL AND expires_at > ${now}`,
      ),
      db.update(signInLinks).set({ usedAt: now }).where(good),
      ...(changes ? [db.update(users).set(changes).where(eq(users.id, user.id))] : []),
      ...writes,
      ...record(
        db,
        { principal: asPrincipal(user), origin, now },
        {
          spaceId: null,
          category: 'Modified',
          message: account
            ? `${changes?.username ?? user.username} signed in by a one-time link and set a password`
            : `${user.username} signed in by a one-time link`,
          documentIds: [user.id],
        },
      ),
    ])
  } catch (error) {
    if (isGuardFailure(error)) throw deadLink()
    if (isUniqueViolation(error, 'users.username')) throw takenName(account?.username ?? '')
    throw error
  }
  return { userId: user.id, session, cookie: setSessionCookie(env, session.id, SESSION_MS) }
}

/** Ends the session; answers the headers that make the browser forget it. */
export const signOut = async ({
  env,
  db,
  principal,
}: Pick<Context, 'env' | 'db' | 'principal'>): Promise<string[]> => {
  if (principal.sessionIdHash)
    await commit(db, [db.delete(sessions).where(eq(sessions.idHash, principal.sessionIdHash))])
  return clearSessionCookies(env)
}

/** @throws Problem `invalid`, saying what a password needs */
export const requireGoodPassword = (password: string): void => {
  if (password.length >= MIN_PASSWORD && password.length <= MAX_PASSWORD) return
  const message = `A password has ${MIN_PASSWORD} to ${MAX_PASSWORD} characters; this one has ${password.length}.`
  throw invalid(message, { password: message })
}

export const USERNAME = /^[^\s\p{C}][^\p{C}]{0,62}$/u

/** @throws Problem `invalid` */
export const requireGoodUsername = (username: string): void => {
  if (USERNAME.test(username) && username === username.trim()) return
  const message = 'A username has 1 to 63 characters, and none that cannot be seen.'
  throw invalid(message, { username: message })
}

export const takenName = (username: string) => {
  const message = `The username '${username}' is taken. Choose another.`
  return new Problem('conflict', message, { fields: { username: message } })
}

const accountChanges = async (account: { username: string; password: string }, now: number) => {
  const username = account.username.trim()
  requireGoodUsername(username)
  requireGoodPassword(account.password)
  return { username, passwordHash: await hashPassword(account.password), validAfter: now }
}

const deadLink = () =>
  new Problem(
    'unauthenticated',
    'This sign-in link is not valid: it was used, replaced by a newer one, or has expired. ' +
      'Restart the server for a fresh one, or sign in with your password.',
  )

const asPrincipal = (user: typeof users.$inferSelect): User => ({
  kind: 'user',
  id: user.id,
  username: user.username,
  displayName: user.displayName,
  email: user.email,
  isService: user.isService,
  grants: [],
  establishedWith: 'Session',
})
