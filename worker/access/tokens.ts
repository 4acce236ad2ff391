import { and, desc, eq, isNull } from 'drizzle-orm'
import { decodeProtectedHeader, importJWK, type JWK, jwtVerify, SignJWT } from 'jose'
import type { Database } from '../database/client.ts'
import type { Environment } from '../environment.ts'
import { randomToken } from './digest.ts'
import { openWithMaster, sealWithMaster } from './envelope.ts'
import { signingKeys } from './schema.ts'

/** Whom a token is for; one for the other audience is refused. */
export type Audience = 'api' | 'runner'

export type IssuedClaims = {
  subject: string
  id: string
  issuedAt: number
  expiresAt: number
  claims: Record<string, unknown>
}

const TYPE: Record<Audience, string> = { api: 'at+jwt', runner: 'runner+jwt' }
const ALGORITHM = 'EdDSA'
const MAX_TOKEN_CHARACTERS = 4_096
const KID = /^[A-Za-z0-9_-]{22}$/
/** How long a fetched key is used without asking again, in milliseconds. */
const KEY_CACHE_MS = 300_000
const MAX_CACHED_KEYS = 32

type Cached = { key: CryptoKey; until: number }
const verifyingKeys = new Map<string, Cached>()
const signingKey = new Map<string, Cached & { kid: string }>()

/**
 * A signed token (EdDSA, `kid`), good for `ttlMs` from `now`. Own claims come beside the standard
 * ones; the instant of issue is carried in milliseconds too, since `iat` has whole seconds only.
 */
export const issueToken = async (
  env: Environment,
  db: Database,
  token: {
    audience: Audience
    subject: string
    ttlMs: number
    claims?: Record<string, unknown>
    now: number
  },
): Promise<string> => {
  const { key, kid } = await currentKey(env, db, token.now)
  return new SignJWT({ ...token.claims, issued_at_ms: token.now })
    .setProtectedHeader({ alg: ALGORITHM, kid, typ: TYPE[token.audience] })
    .setIssuer(issuerOf(env))
    .setAudience(token.audience)
    .setSubject(token.subject)
    .setJti(randomToken(16))
    .setIssuedAt(Math.floor(token.now / 1000))
    .setExpirationTime(Math.floor((token.now + token.ttlMs) / 1000))
    .sign(key)
}

/** Undefined for whatever is not exactly a live token of ours for this audience. */
export const verifyToken = async (
  env: Environment,
  db: Database,
  token: string,
  expected: { audience: Audience; now: number },
): Promise<IssuedClaims | undefined> => {
  const kid = kidOf(token)
  if (kid === undefined) return undefined
  if (!keyIsCached(env, kid, expected.now)) {
    const [row] = await db
      .select({ publicJwk: signingKeys.publicJwk })
      .from(signingKeys)
      .where(and(eq(signingKeys.kid, kid), isNull(signingKeys.retiredAt)))
    if (!row) return undefined
    await rememberKey(env, kid, row.publicJwk, expected.now)
  }
  return verifyWithCachedKey(env, token, expected)
}

/** The key a token claims to be signed with; undefined when it cannot be one of ours at all. */
export const kidOf = (token: string): string | undefined => {
  if (token.length > MAX_TOKEN_CHARACTERS) return undefined
  try {
    const { alg, kid } = decodeProtectedHeader(token)
    return alg === ALGORITHM && kid && KID.test(kid) ? kid : undefined
  } catch {
    return undefined
  }
}

export const keyIsCached = (env: Environment, kid: string, now: number): boolean =>
  (verifyingKeys.get(cacheKey(env, kid))?.until ?? 0) > now

/** @param publicJwk the column of `signing_keys`, as read together with other things */
export const rememberKey = async (
  env: Environment,
  kid: string,
  publicJwk: string,
  now: number,
): Promise<void> => {
  if (verifyingKeys.size >= MAX_CACHED_KEYS) verifyingKeys.clear()
  const key = await importKey(JSON.parse(publicJwk) as JWK)
  verifyingKeys.set(cacheKey(env, kid), { key, until: now + KEY_CACHE_MS })
}

export const verifyWithCachedKey = async (
  env: Environment,
  token: string,
  { audience, now }: { audience: Audience; now: number },
): Promise<IssuedClaims | undefined> => {
  const kid = kidOf(token)
  const cached = kid === undefined ? undefined : verifyingKeys.get(cacheKey(env, kid))
  if (!cached) return undefined
  try {
    const { payload } = await jwtVerify(token, cached.key, {
      algorithms: [ALGORITHM],
      issuer: issuerOf(env),
      audience,
      typ: TYPE[audience],
      requiredClaims: ['exp', 'iat', 'sub', 'jti'],
      currentDate: new Date(now),
    })
    const { sub, jti, iat, exp, iss: _, aud: __, nbf: ___, issued_at_ms, ...claims } = payload
    if (!sub || !jti || iat === undefined || exp === undefined) return undefined
    return {
      subject: sub,
      id: jti,
      issuedAt: typeof issued_at_ms === 'number' ? issued_at_ms : iat * 1000,
      expiresAt: exp * 1000,
      claims,
    }
  } catch {
    return undefined
  }
}

const issuerOf = (env: Environment): string => `urn:slipway:${env.INSTALLATION_ID}`

const cacheKey = (env: Environment, kid: string): string => `${env.LIBSQL_URL}|${kid}`

const importKey = async (jwk: JWK): Promise<CryptoKey> => {
  const key = await importJWK(jwk, ALGORITHM)
  if (key instanceof Uint8Array) throw new Error('a signing key must not be symmetric')
  return key as CryptoKey
}

const currentKey = async (env: Environment, db: Database, now: number) => {
  const cached = signingKey.get(env.LIBSQL_URL)
  if (cached && cached.until > now) return cached
  const [row] = await db
    .select()
    .from(signingKeys)
    .where(isNull(signingKeys.retiredAt))
    .orderBy(desc(signingKeys.createdAt), signingKeys.kid)
    .limit(1)
  const { kid, privateJwk } = row
    ? {
        kid: row.kid,
        privateJwk: await openWithMaster(env, `signing-key|${row.kid}`, row.privateJwk),
      }
    : await createKey(env, db, now)
  const key = await importKey(JSON.parse(privateJwk) as JWK)
  const current = { kid, key, until: now + KEY_CACHE_MS }
  if (signingKey.size >= MAX_CACHED_KEYS) signingKey.clear()
  signingKey.set(env.LIBSQL_URL, current)
  return current
}

/** Two isolates may each make one at the same time: both stay good, the newer one signs. */
const createKey = async (env: Environment, db: Database, now: number) => {
  const pair = (await crypto.subtle.generateKey('Ed25519', true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair
  const kid = randomToken(16)
  const [publicJwk, privateJwk] = await Promise.all([
    crypto.subtle.exportKey('jwk', pair.publicKey),
    crypto.subtle.exportKey('jwk', pair.privateKey),
  ])
  const text = JSON.stringify(privateJwk)
  await db.insert(signingKeys).values({
    kid,
    publicJwk: JSON.stringify(publicJwk),
    privateJwk: await sealWithMaster(env, `signing-key|${kid}`, text),
    createdAt: now,
  })
  return { kid, privateJwk: text }
}
