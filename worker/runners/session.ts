import { and, eq, isNull } from 'drizzle-orm'
import { SESSION_TTL_MS } from '../../runner/protocol/limits.ts'
import {
  type Absent,
  deploymentOf,
  type Journalled,
  type SessionReply,
  type SessionRequest,
} from '../../runner/protocol/messages.ts'
import { sessionMessage } from '../../runner/protocol/signatures.ts'
import { fromBase64 } from '../access/digest.ts'
import { issueToken, verifyToken } from '../access/tokens.ts'
import type { Database } from '../database/client.ts'
import { deploymentObject } from '../deployments/object.ts'
import type { Environment } from '../environment.ts'
import type { AnyPrincipalCall } from '../http/call.ts'
import { hubObject } from './object.ts'
import { Refused } from './refused.ts'
import { currentRelease, mustStay } from './release.ts'
import { runners } from './schema.ts'

export type RunnerRow = typeof runners.$inferSelect

/** What a session token says: the signature is its proof, nothing is looked up. */
/** `key`: it signs its claims and completions, with this key. */
export type RunnerSession = { runnerId: string; spaceId: string; epoch: number; key?: string }

/** How many deployments a session may list attempts of. */
const MAX_DEPLOYMENTS = 200

/** @throws Refused `unauthenticated` for a runner that is unknown or revoked, in the same words */
export const getRunner = async (db: Database, id: string): Promise<RunnerRow> => {
  const [row] = await db
    .select()
    .from(runners)
    .where(and(eq(runners.id, id), isNull(runners.revokedAt)))
  if (!row)
    throw new Refused('unauthenticated', 'This runner is not known here. Register it again.')
  if (row.pendingTargetId !== null)
    throw new Refused(
      'forbidden',
      'This runner waits for approval: another one has its name. Approve it on the page of its target.',
    )
  return row
}

/**
 * A new session: the runner has signed our nonce, and says what is in its journal. Older sessions
 * end with it.
 */
export const openSession = async (
  { env, db, now, defer }: Pick<AnyPrincipalCall, 'env' | 'db' | 'now' | 'defer'>,
  runner: RunnerRow,
  request: SessionRequest,
): Promise<SessionReply> => {
  if (!(await isSignedBy(runner, request)))
    throw new Refused('unauthenticated', "The signature is not one of this runner's key.")
  const opening = await hubObject(env, runner.spaceId).openSession({
    runner: runner.id,
    nonce: request.nonce,
    instance: request.instance ?? `${request.facts.hostname}/${request.facts.bootId}`,
    attempts: request.attempts.map(({ attempt, state }) => ({
      attempt,
      isRunning: state === 'starting' || state === 'running',
    })),
  })
  if (opening.type === 'refused')
    throw new Refused(opening.isQuarantined ? 'forbidden' : 'unauthenticated', opening.message)
  const { epoch } = opening
  const [session, attempts, release] = await Promise.all([
    issueToken(env, db, {
      audience: 'runner',
      subject: runner.id,
      ttlMs: SESSION_TTL_MS,
      claims: { space: runner.spaceId, epoch, ...(request.proofs && { key: runner.publicKey }) },
      now,
    }),
    reconcile(env, { runnerId: runner.id, epoch }, request.attempts),
    releaseFor(env, db, runner.id),
  ])
  defer(
    db
      .update(runners)
      .set({ facts: request.facts, lastSessionAt: now, lastSeenAt: now })
      .where(eq(runners.id, runner.id))
      .execute(),
  )
  return { session, epoch, ttlMs: SESSION_TTL_MS, attempts, ...(release && { release }) }
}

const releaseFor = async (env: Environment, db: Database, runnerId: string) => {
  const release = await currentRelease(env)
  return release && !(await mustStay(db, runnerId)) ? release : undefined
}

const isSignedBy = async (runner: RunnerRow, request: SessionRequest): Promise<boolean> => {
  const key = await crypto.subtle.importKey('raw', fromBase64(runner.publicKey), 'Ed25519', false, [
    'verify',
  ])
  return crypto.subtle.verify(
    'Ed25519',
    key,
    fromBase64(request.signature),
    sessionMessage(runner.id, request.nonce),
  )
}

const reconcile = async (
  env: Environment,
  session: { runnerId: string; epoch: number },
  attempts: Journalled[],
): Promise<SessionReply['attempts']> => {
  const byDeployment = Map.groupBy(attempts, ({ attempt }) => deploymentOf(attempt))
  if (byDeployment.size > MAX_DEPLOYMENTS)
    throw new Refused('too_large', `At most ${MAX_DEPLOYMENTS} deployments in one session.`)
  const answers = await Promise.all(
    [...byDeployment].map(([deployment, listed]) =>
      deploymentObject(env, deployment).reconcile(session, listed),
    ),
  )
  return answers.flat()
}

/** The deployments hear of it too: what waits there for this is not kept back any more. */
export const noteAbsent = async (
  env: Environment,
  session: { runnerId: string; epoch: number },
  absent: Absent[],
): Promise<void> => {
  const byDeployment = Map.groupBy(absent, ({ attempt }) => deploymentOf(attempt))
  await Promise.all(
    [...byDeployment].map(([deployment, listed]) =>
      deploymentObject(env, deployment).absent(session, listed),
    ),
  )
}

/** A runner shows the same token many times a second: its signature is checked once a minute. */
const verified = new Map<string, RunnerSession & { until: number }>()
const VERIFIED_MS = 60_000
const MAX_VERIFIED = 2_000

/** Who speaks. @throws Refused `unauthenticated` */
export const sessionOf = async (
  call: Pick<AnyPrincipalCall, 'env' | 'db' | 'now' | 'request'>,
): Promise<RunnerSession> => {
  const { env, db, now, request } = call
  const token = /^bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  const known = token === undefined ? undefined : verified.get(token)
  if (known && known.until > now) return known
  const issued = token && (await verifyToken(env, db, token, { audience: 'runner', now }))
  const { space, epoch, key } = issued ? issued.claims : {}
  if (!issued || typeof space !== 'string' || typeof epoch !== 'number')
    throw new Refused('unauthenticated', 'The session has ended. Open a new one.')
  const common = { runnerId: issued.subject, spaceId: space, epoch }
  const session = typeof key === 'string' ? { ...common, key } : common
  if (verified.size >= MAX_VERIFIED) verified.clear()
  verified.set(token, { ...session, until: Math.min(issued.expiresAt, now + VERIFIED_MS) })
  return session
}
