import { eq, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import type { Environment } from '../environment.ts'
import type { Space } from '../http/call.ts'
import { Problem } from '../http/problem.ts'
import { Query } from '../http/query.ts'
import type { Route } from '../http/route.ts'
import { type Credential, credentialOf, REFUSALS } from './credential.ts'
import { isUnsafe, requireOwnPage } from './cross-site.ts'
import type { Principal, User } from './principal.ts'
import { apiKeys, roleGrants, sessions, spaces, users } from './schema.ts'
import { isLive } from './session.ts'
import { keyIsCached, rememberKey, verifyWithCachedKey } from './tokens.ts'

/** How often the last use of a key or a session is written down, in milliseconds. */
const TOUCH_MS = 300_000

type Asked = {
  request: Request
  env: Environment
  db: Database
  /** Epoch milliseconds. */
  now: number
  /** Id or slug, as the URL has it; undefined: the default space. */
  spaceReference: string | undefined
  route: Route
}

/**
 * Who asks, and in which space: one round trip to the database, none when neither is wanted.
 * @throws Problem `unauthenticated` for a credential that is not good, unless the route is public:
 *   there it counts as none. `forbidden` for a change that came by cookie from elsewhere.
 */
export const identify = async (asked: Asked): Promise<{ principal: Principal; space?: Space }> => {
  const { request, env, db, now, route } = asked
  const isPublic = route.permission === 'public'
  const query = new Query(new URL(request.url).searchParams)
  const credential = await credentialOf(request, env, query)
  if (credential.kind === 'unusable' && !isPublic) throw refused(credential.reason)
  const usable = credential.kind !== 'none' && credential.kind !== 'unusable'
  if (!usable && !isPublic) return { principal: ANONYMOUS }
  if (!usable && route.area !== 'space' && asked.spaceReference === undefined)
    return { principal: ANONYMOUS }

  const found = await lookUp(db, credential, asked.spaceReference, now)
  const space = found.space && { space: found.space }
  if (!usable) return { principal: ANONYMOUS, ...space }
  try {
    const principal = await believe(asked, credential, found)
    return { principal, ...space }
  } catch (error) {
    if (isPublic && error instanceof Problem) return { principal: ANONYMOUS, ...space }
    throw error
  }
}

const ANONYMOUS: Principal = { kind: 'anonymous' }

const refused = (reason: string) => new Problem('unauthenticated', reason)

type Presented = Exclude<Credential, { kind: 'none' | 'unusable' }>
type Found = Awaited<ReturnType<typeof lookUp>>

const believe = async (
  { request, env, db, now }: Asked,
  credential: Presented,
  { user, grants, evidence }: Found,
): Promise<User> => {
  const refusal = refused(REFUSALS[credential.kind])
  if (!user?.isActive || !evidence) throw refusal
  const identity = {
    kind: 'user' as const,
    id: user.id,
    username: user.username,
    displayName: user.displayName,
    email: user.email,
    isService: user.isService,
    grants,
  }
  switch (credential.kind) {
    case 'key': {
      if (now - (evidence.at ?? 0) > TOUCH_MS)
        await db.update(apiKeys).set({ lastUsedAt: now }).where(eq(apiKeys.id, evidence.id))
      return { ...identity, establishedWith: 'API key', ...endingAt(evidence.content) }
    }
    case 'token': {
      const { kid, token } = credential
      if (!keyIsCached(env, kid, now)) await rememberKey(env, kid, evidence.content ?? '', now)
      const claims = await verifyWithCachedKey(env, token, { audience: 'api', now })
      if (!claims || claims.subject !== user.id || claims.issuedAt < user.validAfter) throw refusal
      return { ...identity, establishedWith: 'Access token', ...endingAt(claims.expiresAt) }
    }
    case 'session': {
      const { idHash, fromClient } = credential
      const [createdAt = 0, expiresAt = 0, csrfToken = ''] = JSON.parse(evidence.content ?? '[]')
      const session = { createdAt, expiresAt, lastSeenAt: evidence.at ?? 0 }
      if (!isLive(session, now) || createdAt < user.validAfter) throw refusal
      if (isUnsafe(request)) await requireOwnPage(request, env, { csrfToken, fromClient })
      if (now - session.lastSeenAt > TOUCH_MS)
        await db.update(sessions).set({ lastSeenAt: now }).where(eq(sessions.idHash, idHash))
      return { ...identity, establishedWith: 'Session', csrfToken, sessionIdHash: idHash }
    }
  }
}

const endingAt = (instant: number | string | null) =>
  instant === null ? {} : { credentialExpiresAt: Number(instant) }

type Evidence = { id: string; at: number | null; content: string | null }

const lookUp = async (
  db: Database,
  credential: Credential,
  spaceReference: string | undefined,
  now: number,
) => {
  const userId = userIdOf(credential, now)
  const [spaceRows, userRows, grantRows, evidenceRows] = await db.batch([
    db
      .select({
        id: spaces.id,
        name: spaces.name,
        slug: spaces.slug,
        isDefault: spaces.isDefault,
      })
      .from(spaces)
      .where(spaceIs(spaceReference))
      .limit(1),
    db.select().from(users).where(sql`${users.id} = ${userId}`),
    db
      .select({
        roleId: roleGrants.roleId,
        spaceId: roleGrants.spaceId,
        projectIds: roleGrants.projectIds,
        environmentIds: roleGrants.environmentIds,
      })
      .from(roleGrants)
      .where(
        sql`${roleGrants.teamId} IN (SELECT team_id FROM team_members WHERE user_id = ${userId})
          OR (${roleGrants.teamId} = 'teams-everyone' AND ${userId} IS NOT NULL)`,
      ),
    db.all<Evidence>(evidenceFor(credential, now)),
  ])
  return {
    space: spaceRows[0],
    user: userRows[0],
    grants: grantRows,
    evidence: evidenceRows[0],
  }
}

const spaceIs = (reference: string | undefined): SQL =>
  reference === undefined
    ? sql`${spaces.isDefault} = 1`
    : sql`${spaces.id} = ${reference} COLLATE NOCASE OR ${spaces.slug} = ${reference.toLowerCase()}`

const userIdOf = (credential: Credential, now: number): SQL => {
  switch (credential.kind) {
    case 'key':
      return sql`(SELECT user_id FROM api_keys WHERE key_hash = ${credential.keyHash}
        AND (expires_at IS NULL OR expires_at > ${now}))`
    case 'session':
      return sql`(SELECT user_id FROM sessions WHERE id_hash = ${credential.idHash})`
    case 'token':
      return sql`${credential.subject}`
    default:
      return sql`NULL`
  }
}

/** What proves the credential, in one shape for all kinds: one round trip then does for each. */
const evidenceFor = (credential: Credential, now: number): SQL => {
  switch (credential.kind) {
    case 'key':
      return sql`SELECT id, last_used_at AS at, expires_at AS content FROM api_keys
        WHERE key_hash = ${credential.keyHash} AND (expires_at IS NULL OR expires_at > ${now})`
    case 'session':
      return sql`SELECT id_hash AS id, last_seen_at AS at,
        json_array(created_at, expires_at, csrf_token) AS content
        FROM sessions WHERE id_hash = ${credential.idHash}`
    case 'token':
      return sql`SELECT kid AS id, created_at AS at, public_jwk AS content FROM signing_keys
        WHERE kid = ${credential.kid} AND retired_at IS NULL`
    default:
      return sql`SELECT NULL AS id, NULL AS at, NULL AS content WHERE 0`
  }
}
