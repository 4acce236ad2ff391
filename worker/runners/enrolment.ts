import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import type { EnrolmentReply, EnrolmentRequest } from '../../runner/protocol/enrolment.ts'
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
import { Refused } from './refused.ts'
import { enrolmentTokens, runners } from './schema.ts'
import { succession } from './succession.ts'

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
  const given = (token.name ?? request.name ?? '').trim()
  const place = given === '' ? undefined : await findPlace(db, token, given)
  const wanted = given || request.facts.hostname.trim() || 'runner'
  for (let attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
    const name = place?.name ?? (await freeName(db, token.spaceId, wanted))
    const runnerId = await nextId(db, 'Runners')
    const newcomer = { token, request, runnerId, name }
    try {
      await commit(
        db,
        await (place ? writesInto(call, newcomer, place) : writesFor(call, newcomer)),
      )
      return { runnerId, spaceId: token.spaceId, name, ...(place?.isTaken && { isPending: true }) }
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

type Newcomer = { token: Token; request: EnrolmentRequest; runnerId: string; name: string }

/** A target that has the name already. Taken, unless it waits for its runner or the token says to
 *  replace it: somebody must approve a change of who works there. */
const findPlace = async (db: Database, token: Token, name: string) => {
  if (token.environmentIds.length === 0) return undefined
  const [target] = await db
    .select({ id: targets.id, name: targets.name, runnerId: targets.runnerId })
    .from(targets)
    .where(and(eq(targets.spaceId, token.spaceId), sql`${targets.name} = ${name} COLLATE NOCASE`))
  if (!target) return undefined
  const [elsewhere] = await db.all<{ id: string }>(
    sql`SELECT environment_id AS id FROM target_environments WHERE target_id = ${target.id}
      AND environment_id NOT IN (SELECT value FROM json_each(${JSON.stringify(token.environmentIds)}))
      LIMIT 1`,
  )
  const mayEnter = target.runnerId === null || token.replaces
  return { ...target, isTaken: !mayEnter || elsewhere !== undefined }
}

/** The runner and the end of its token, which is good for one. */
const enrolled = (
  { db, now }: Pick<AnyPrincipalCall, 'db' | 'now'>,
  { token, request, runnerId, name }: Newcomer,
  pendingTargetId: string | null,
): Write[] => [
  guard(
    db,
    sql`SELECT used_at IS NULL AND expires_at > ${now} FROM enrolment_tokens WHERE token_hash = ${token.tokenHash}`,
  ),
  db.insert(runners).values({
    id: runnerId,
    spaceId: token.spaceId,
    name,
    publicKey: request.publicKey,
    facts: request.facts,
    createdAt: now,
    pendingTargetId,
  }),
  db
    .update(enrolmentTokens)
    .set({ usedAt: now, runnerId })
    .where(eq(enrolmentTokens.tokenHash, token.tokenHash)),
]

const writesInto = async (
  call: Pick<AnyPrincipalCall, 'db' | 'now' | 'origin'>,
  newcomer: Newcomer,
  place: { id: string; name: string; runnerId: string | null; isTaken: boolean },
): Promise<Write[]> => {
  const { db, now, origin } = call
  const { token, request, runnerId, name } = newcomer
  return [
    ...enrolled(call, newcomer, place.isTaken ? place.id : null),
    ...(place.isTaken ? [] : succession(db, { ...place, to: runnerId, now })),
    ...(await record(
      db,
      { principal: enroller(token, name), origin, now },
      {
        spaceId: token.spaceId,
        category: place.isTaken ? 'RunnerPending' : 'Modified',
        message: place.isTaken
          ? `A runner asks to take the place of the one of ${name}`
          : `Runner ${name} registered itself for the target of its name`,
        documentIds: [runnerId, place.id],
        details: { hostname: request.facts.hostname },
      },
    )),
  ]
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
  call: Pick<AnyPrincipalCall, 'db' | 'now' | 'origin'>,
  newcomer: Newcomer,
): Promise<Write[]> => {
  const { db, now, origin } = call
  const { token, request, runnerId, name } = newcomer
  const { spaceId, environmentIds, tags, workerPoolIds } = token
  const targetId = environmentIds.length > 0 ? await nextId(db, 'Machines') : undefined
  const workerId = workerPoolIds.length > 0 ? await nextId(db, 'Workers') : undefined
  const slug = slugOf(name)
  const common = { spaceId, name, slug, runnerId, createdAt: now }
  return [
    ...enrolled(call, newcomer, null),
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
        details: { hostname: request.facts.hostname, environmentIds, tags, workerPoolIds },
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
