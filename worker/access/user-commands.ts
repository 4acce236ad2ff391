import { eq } from 'drizzle-orm'
import { record } from '../audit/record.ts'
import { commit, type Write } from '../database/client.ts'
import { isUniqueViolation } from '../database/guard.ts'
import { nextId } from '../database/ids.ts'
import type { Context } from '../http/call.ts'
import { invalid, notFound, Problem } from '../http/problem.ts'
import { generateApiKey, hintOf } from './api-key.ts'
import { authorize, permits } from './authorization.ts'
import { sha256Hex } from './digest.ts'
import { hashPassword } from './password.ts'
import { apiKeys, sessions, users } from './schema.ts'
import { requireGoodPassword, requireGoodUsername, takenName } from './sign-in.ts'
import { issueToken } from './tokens.ts'
import type { ApiKeyInput, UserInput, UserRow } from './user.ts'
import { type ApiKeyRow, getApiKey, getUser, listApiKeys } from './user-store.ts'

const TOKEN_MS = 3_600_000
const MAX_KEYS = 100

/** @throws Problem `invalid`, `conflict` for a taken name, `forbidden` */
export const createUser = async (context: Context, input: UserInput): Promise<UserRow> => {
  authorize(context.principal, 'UserEdit', {})
  const { db, now } = context
  requireGoodUsername(input.Username)
  if (input.Password) requireGoodPassword(input.Password)
  const row: UserRow = {
    id: await nextId(db, 'Users'),
    username: input.Username,
    displayName: input.DisplayName || input.Username,
    email: input.EmailAddress ?? '',
    isActive: input.IsActive ?? true,
    isService: input.IsService ?? false,
    passwordHash: input.Password && !input.IsService ? await hashPassword(input.Password) : null,
    validAfter: 0,
    createdAt: now,
  }
  await write(context, row, 'Created', [db.insert(users).values(row)])
  return row
}

/**
 * Changes an account. A new password or a disabled account ends its sessions and tokens at once.
 * Everybody may change their own name, address and password; the rest takes UserEdit, and somebody
 * else's password AdministerSystem: it would make one into the other.
 * @throws Problem `invalid`, `conflict`, `not_found`, `forbidden`
 */
export const modifyUser = async (
  context: Context,
  reference: string,
  input: UserInput,
): Promise<UserRow> => {
  const { db, now, principal } = context
  const isSelf = reference.toLowerCase() === principal.id.toLowerCase()
  if (!isSelf) authorize(principal, 'UserEdit', {})
  const before = await getUser(db, reference)
  if (!isSelf && input.Password) authorize(principal, 'AdministerSystem', {})
  if (isSelf && input.IsActive === false)
    throw invalid('You cannot disable your own account; ask another administrator.')
  if (!isSelf && input.IsActive === false) authorize(principal, 'AdministerSystem', {})
  requireGoodUsername(input.Username)
  if (input.Password) requireGoodPassword(input.Password)
  const row: UserRow = {
    ...before,
    username: input.Username,
    displayName: input.DisplayName || before.displayName,
    email: input.EmailAddress ?? before.email,
    isActive: input.IsActive ?? before.isActive,
    passwordHash: input.Password ? await hashPassword(input.Password) : before.passwordHash,
  }
  const isCutOff = Boolean(input.Password) || (before.isActive && !row.isActive)
  if (isCutOff) row.validAfter = now
  await write(context, row, 'Modified', [
    db.update(users).set(row).where(eq(users.id, row.id)),
    ...(isCutOff ? [db.delete(sessions).where(eq(sessions.userId, row.id))] : []),
  ])
  return row
}

/**
 * A new key; its text is in this answer and never again. It ends no later than the credential it
 * was made with.
 * @throws Problem `invalid`, `conflict` beyond 100 keys, `not_found`, `forbidden`
 */
export const createApiKey = async (
  context: Context,
  userId: string,
  input: ApiKeyInput,
): Promise<{ key: string; row: ApiKeyRow }> => {
  const user = await ownOrAdministered(context, userId)
  const { db, now, principal } = context
  const wanted = input.Expires ? Date.parse(input.Expires) : null
  if (wanted !== null && wanted <= now)
    throw invalid(`Expires lies in the past: ${input.Expires}. Choose a later instant.`)
  if ((await listApiKeys(db, user.id)).length >= MAX_KEYS)
    throw new Problem('conflict', `A user may have ${MAX_KEYS} keys. Revoke one first.`)
  const key = generateApiKey()
  const limit = principal.credentialExpiresAt
  const row: ApiKeyRow = {
    id: await nextId(db, 'APIKeys'),
    userId: user.id,
    purpose: input.Purpose,
    keyHash: await sha256Hex(key),
    hint: hintOf(key),
    createdAt: now,
    expiresAt: limit === undefined ? wanted : Math.min(limit, wanted ?? limit),
    lastUsedAt: null,
  }
  await commit(db, [
    db.insert(apiKeys).values(row),
    ...record(db, context, {
      spaceId: null,
      category: 'Created',
      message: `API key ${row.hint} of ${user.username} was created: ${row.purpose}`,
      documentIds: [user.id, row.id],
    }),
  ])
  return { key, row }
}

/** It is refused from the next request on.
 *  @throws Problem `not_found`, `forbidden` */
export const revokeApiKey = async (context: Context, userId: string, id: string): Promise<void> => {
  const user = await ownOrAdministered(context, userId)
  const { db } = context
  const row = await getApiKey(db, user.id, id)
  await commit(db, [
    db.delete(apiKeys).where(eq(apiKeys.id, row.id)),
    ...record(db, context, {
      spaceId: null,
      category: 'Deleted',
      message: `API key ${row.hint} of ${user.username} was revoked`,
      documentIds: [user.id, row.id],
    }),
  ])
}

/** A token for the caller, good for an hour and never longer than what it was asked with. */
export const createAccessToken = async ({ env, db, now, principal }: Context) => {
  const limit = principal.credentialExpiresAt ?? Number.POSITIVE_INFINITY
  const ttlMs = Math.min(TOKEN_MS, limit - now)
  const token = await issueToken(env, db, { audience: 'api', subject: principal.id, ttlMs, now })
  return { token, expiresInSeconds: Math.floor(ttlMs / 1000) }
}

/** The user, when it is oneself or one administers the system; else as if there were none. */
export const ownOrAdministered = async (context: Context, userId: string): Promise<UserRow> => {
  const { db, principal } = context
  const isSelf =
    userId.toLowerCase() === 'me' || userId.toLowerCase() === principal.id.toLowerCase()
  if (!isSelf && !permits(principal, 'AdministerSystem', {})) {
    if (!permits(principal, 'UserView', {})) throw notFound(userId)
    authorize(principal, 'AdministerSystem', {})
  }
  return getUser(db, isSelf ? principal.id : userId)
}

const write = async (
  context: Context,
  row: UserRow,
  category: 'Created' | 'Modified',
  writes: Write[],
): Promise<void> => {
  const { db } = context
  const { passwordHash: _, ...shown } = row
  try {
    await commit(db, [
      ...writes,
      ...record(db, context, {
        spaceId: null,
        category,
        message: `User ${row.username} was ${category.toLowerCase()}`,
        documentIds: [row.id],
        details: shown,
      }),
    ])
  } catch (error) {
    if (isUniqueViolation(error, 'users.username')) throw takenName(row.username)
    throw error
  }
}
