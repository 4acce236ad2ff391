import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import type { EnrolmentReply, EnrolmentRequest } from '../../runner/protocol/messages.ts'
import { sha256Hex } from '../access/digest.ts'
import { record } from '../audit/record.ts'
import { commit, type Database, type Write } from '../database/client.ts'
import {
  guard,
  isForeignKeyViolation,
  isGuardFailure,
  isUniqueViolation,
} from '../database/guard.ts'
import { nextId } from '../database/ids.ts'
import { slugOf } from '../database/slug.ts'
import type { AnyPrincipalCall } from '../http/call.ts'
import {
  targetEnvironments,
  targets,
  targetTags,
  workerPoolMembers,
  workers,
} from '../infrastructure/schema.ts'
import { Refused } from './replies.ts'
import { enrolmentTokens, runners } from './schema.ts'

type Token = typeof enrolmentTokens.$inferSelect

/** Two runners that want one name at the same moment: the later one looks again. */
const NAME_ATTEMPTS = 5
const REFUSAL =
  'The token is unknown, was used already, or has expired. Make a new registration command in the portal.'

/** The token, if a runner could enrol with it now. */
export const findToken = async (
  db: Database,
  token: string,
  now: number,
): Promise<Token | undefined> => {
  const [row] = await db
    .select()
    .from(enrolmentTokens)
    .where(
      and(
        eq(enrolmentTokens.tokenHash, await sha256Hex(token)),
        isNull(enrolmentTokens.usedAt),
        gt(enrolmentTokens.expiresAt, now),
      ),
    )
  return row
}

/**
 * A token and a key become a runner, with the target or worker the token is for: once, all of it or
 * nothing.
 */
export const enrol = async (
  call: Pick<AnyPrincipalCall, 'db' | 'now' | 'origin'>,
  request: EnrolmentRequest,
): Promise<EnrolmentReply> => {
  const { db, now } = call
  const token = await findToken(db, request.token, now)
  if (!token) throw new Refused('forbidden', REFUSAL)
  const wanted = (token.name ?? request.name ?? request.facts.hostname).trim() || 'runner'
  for (let attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
    const name = await freeName(db, token.spaceId, wanted)
    const runnerId = await nextId(db, 'Runners')
    try {
      await commit(db, await writesFor(call, token, request, runnerId, name))
      return { runnerId, spaceId: token.spaceId, name }
    } catch (error) {
      if (isGuardFailure(error)) throw new Refused('forbidden', REFUSAL)
      if (isForeignKeyViolation(error))
        throw new Refused(
          'invalid',
          'An environment or pool of this token is gone. Make a new one.',
        )
      if (!isUniqueViolation(error, '.name')) throw error
    }
  }
  throw new Refused('unavailable', `No free name like ${wanted} was found. Try again.`)
}

/** The name itself, or with the first number from 2 that nobody has. */
const freeName = async (db: Database, spaceId: string, wanted: string): Promise<string> => {
  const pattern = `${wanted.replaceAll(/[\\%_]/g, '\\$&')}%`
  const rows = await db.all<{ name: string }>(sql`
    SELECT name FROM targets WHERE space_id = ${spaceId} AND name LIKE ${pattern} ESCAPE '\\'
    UNION SELECT name FROM workers WHERE space_id = ${spaceId} AND name LIKE ${pattern} ESCAPE '\\' LIMIT 10000`)
  const taken = new Set(rows.map(({ name }) => name.toLowerCase()))
  if (!taken.has(wanted.toLowerCase())) return wanted
  let number = 2
  while (taken.has(`${wanted}-${number}`.toLowerCase())) number++
  return `${wanted}-${number}`
}

const writesFor = async (
  { db, now, origin }: Pick<AnyPrincipalCall, 'db' | 'now' | 'origin'>,
  token: Token,
  { publicKey, facts }: EnrolmentRequest,
  runnerId: string,
  name: string,
): Promise<Write[]> => {
  const { spaceId, tokenHash, environmentIds, tags, workerPoolIds } = token
  const targetId = environmentIds.length > 0 ? await nextId(db, 'Machines') : undefined
  const workerId = workerPoolIds.length > 0 ? await nextId(db, 'Workers') : undefined
  const slug = slugOf(name)
  const common = { spaceId, name, slug, runnerId, createdAt: now }
  return [
    guard(
      db,
      sql`SELECT used_at IS NULL AND expires_at > ${now} FROM enrolment_tokens WHERE token_hash = ${tokenHash}`,
    ),
    db.insert(runners).values({ id: runnerId, spaceId, name, publicKey, facts, createdAt: now }),
    db
      .update(enrolmentTokens)
      .set({ usedAt: now, runnerId })
      .where(eq(enrolmentTokens.tokenHash, tokenHash)),
    ...(targetId === undefined
      ? []
      : [
          db.insert(targets).values({ id: targetId, ...common }),
          ...environmentIds.map(environmentId =>
            db.insert(targetEnvironments).values({ targetId, environmentId }),
          ),
          ...tags.map(tag => db.insert(targetTags).values({ targetId, tag })),
        ]),
    ...(workerId === undefined
      ? []
      : [
          db.insert(workers).values({ id: workerId, ...common, isShared: token.sharedWorker }),
          ...workerPoolIds.map(poolId => db.insert(workerPoolMembers).values({ poolId, workerId })),
        ]),
    ...(await record(
      db,
      { principal: enroller(token, name), origin, now },
      {
        spaceId,
        category: 'Created',
        message: `Runner ${name} registered itself`,
        documentIds: [runnerId, targetId, workerId].filter(id => id !== undefined),
        details: { hostname: facts.hostname, environmentIds, tags, workerPoolIds },
      },
    )),
  ]
}

/** The record names who made the token: it was their permission. */
const enroller = ({ createdBy }: Token, name: string) => ({
  kind: 'user' as const,
  id: createdBy,
  username: `runner ${name}`,
  displayName: name,
  email: '',
  isService: true,
  grants: [],
  establishedWith: 'Host' as const,
})
