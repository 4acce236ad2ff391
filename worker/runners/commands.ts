import { and, eq, isNull } from 'drizzle-orm'
import { record } from '../audit/record.ts'
import { commit } from '../database/client.ts'
import type { Context } from '../http/call.ts'
import { notFound, Problem } from '../http/problem.ts'
import { authorizeIn } from '../infrastructure/target-commands.ts'
import { getTarget, type TargetRow } from '../infrastructure/target-store.ts'
import { hubObject } from './object.ts'
import { runners } from './schema.ts'
import { succession } from './succession.ts'

type Row = typeof runners.$inferSelect

const getRunner = async ({ db }: Context, spaceId: string, id: string): Promise<Row> => {
  const [row] = await db
    .select()
    .from(runners)
    .where(and(eq(runners.spaceId, spaceId), eq(runners.id, id), isNull(runners.revokedAt)))
  if (!row) throw notFound(id)
  return row
}

/** @throws Problem `conflict` for a runner that waits for nothing */
const pendingTarget = async (context: Context, spaceId: string, row: Row): Promise<TargetRow> => {
  if (row.pendingTargetId === null)
    throw new Problem('conflict', `${row.name} (${row.id}) does not wait for approval.`)
  const target = await getTarget(context.db, spaceId, row.pendingTargetId)
  authorizeIn(context, 'MachineEdit', spaceId, target.environmentIds)
  return target
}

/** Lets a runner take the place it asked for. A step that runs there ends first.
 *  @throws Problem `conflict` while the target is in use, `not_found`, `forbidden` */
export const approveRunner = async (
  context: Context,
  spaceId: string,
  id: string,
): Promise<void> => {
  const { db, env, now } = context
  const row = await getRunner(context, spaceId, id)
  const target = await pendingTarget(context, spaceId, row)
  const lock = await hubObject(env, spaceId).lockOf(target.id)
  if (lock && lock.attempt === null)
    throw new Problem(
      'conflict',
      `${target.name} is in use by ${lock.label}. Approve the new runner when that has ended.`,
    )
  await commit(db, [
    ...succession(db, { id: target.id, runnerId: target.runnerId, to: row.id, now }),
    ...record(db, context, {
      spaceId,
      category: 'RunnerApproved',
      message: `Runner ${row.id} took the place of the one of ${target.name}`,
      documentIds: [row.id, target.id, ...(target.runnerId ? [target.runnerId] : [])],
    }),
  ])
}

/** Turns away a runner that asked for a place. @throws Problem `conflict`, `not_found`, `forbidden` */
export const rejectRunner = async (
  context: Context,
  spaceId: string,
  id: string,
): Promise<void> => {
  const { db, now } = context
  const row = await getRunner(context, spaceId, id)
  const target = await pendingTarget(context, spaceId, row)
  await commit(db, [
    db.update(runners).set({ revokedAt: now, pendingTargetId: null }).where(eq(runners.id, row.id)),
    ...record(db, context, {
      spaceId,
      category: 'RunnerRejected',
      message: `Runner ${row.id} was not let in as ${target.name}`,
      documentIds: [row.id, target.id],
    }),
  ])
}

/** Lets a runner in again that was found on two machines. @throws Problem `conflict`, `not_found` */
export const releaseRunner = async (
  context: Context,
  spaceId: string,
  id: string,
): Promise<void> => {
  const { db, env } = context
  const row = await getRunner(context, spaceId, id)
  if (row.quarantinedAt === null)
    throw new Problem('conflict', `${row.name} (${row.id}) is not quarantined.`)
  await commit(db, [
    db
      .update(runners)
      .set({ quarantinedAt: null, quarantineReason: '' })
      .where(eq(runners.id, row.id)),
    ...record(db, context, {
      spaceId,
      category: 'RunnerReleased',
      message: `Runner ${row.name} was let in again`,
      documentIds: [row.id],
      details: { reason: row.quarantineReason },
    }),
  ])
  await hubObject(env, spaceId).releaseRunner(row.id)
}

/**
 * Frees a target that an unknown outcome keeps, on somebody's word: from now on other work may begin
 * there. The record names them, and why.
 * @throws Problem `conflict` unless it is held for an unknown outcome
 */
export const liftLock = async (
  context: Context,
  target: TargetRow,
  reason: string,
): Promise<void> => {
  const { db, env } = context
  const { id, name, spaceId } = target
  authorizeIn(context, 'MachineEdit', spaceId, target.environmentIds)
  const hub = hubObject(env, spaceId)
  const lock = await hub.lockOf(id)
  if (!lock || lock.attempt === null)
    throw new Problem(
      'conflict',
      lock
        ? `${name} is in use by ${lock.label}, which has not ended. Cancel it first.`
        : `${name} is not held by anything.`,
    )
  await commit(
    db,
    record(db, context, {
      spaceId,
      category: 'MachineReleased',
      message: `${name} was freed from ${lock.label}, whose outcome there is unknown`,
      documentIds: [id, lock.deployment],
      details: { attempt: lock.attempt, reason },
    }),
  )
  await hub.liftTarget(id)
}
