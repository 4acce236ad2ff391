import { and, eq, ne, sql } from 'drizzle-orm'
import { authorize } from '../access/authorization.ts'
import { type ChangeKind, commitChange } from '../audit/change.ts'
import type { Database, Write } from '../database/client.ts'
import { isUniqueViolation } from '../database/guard.ts'
import { nextId } from '../database/ids.ts'
import { freeSlug } from '../database/slug.ts'
import type { Context } from '../http/call.ts'
import { invalid, Problem } from '../http/problem.ts'
import type { PoolInput, WorkerInput } from './pool.ts'
import { workerPoolMembers, workerPools, workers } from './schema.ts'
import { revokeUnused } from './target-commands.ts'
import { getPool, getWorker, listPools, type PoolRow, type WorkerRow } from './worker-store.ts'

/** @throws Problem `conflict` for a taken name, `forbidden` */
export const createPool = async (
  context: Context,
  spaceId: string,
  input: PoolInput,
): Promise<PoolRow> => {
  authorize(context.principal, 'WorkerEdit', { spaceId })
  const { db } = context
  const existing = await listPools(db, spaceId)
  const row: PoolRow = {
    id: await nextId(db, 'WorkerPools'),
    spaceId,
    name: input.Name,
    slug: await freeSlug(db, workerPools, input.Name, sql`space_id = ${spaceId}`),
    description: input.Description ?? '',
    isDefault: input.IsDefault ?? false,
    sortOrder: input.SortOrder ?? Math.max(-1, ...existing.map(each => each.sortOrder)) + 1,
  }
  await write(context, 'Worker pool', row, 'Created', [
    db.insert(workerPools).values(row),
    ...(row.isDefault ? [onlyDefault(db, row)] : []),
  ])
  return row
}

/** @throws Problem `conflict` for a taken name, `invalid` when the default pool gives that up,
 *  `not_found`, `forbidden` */
export const modifyPool = async (
  context: Context,
  spaceId: string,
  reference: string,
  input: PoolInput,
): Promise<PoolRow> => {
  authorize(context.principal, 'WorkerEdit', { spaceId })
  const { db } = context
  const before = await getPool(db, spaceId, reference)
  if (before.isDefault && input.IsDefault === false)
    throw invalid('One pool must be the default. Make another one the default instead.')
  const row: PoolRow = {
    ...before,
    name: input.Name,
    description: input.Description ?? before.description,
    isDefault: input.IsDefault ?? before.isDefault,
    sortOrder: input.SortOrder ?? before.sortOrder,
  }
  await write(context, 'Worker pool', row, 'Modified', [
    db.update(workerPools).set(row).where(eq(workerPools.id, row.id)),
    ...(row.isDefault ? [onlyDefault(db, row)] : []),
  ])
  return row
}

/** @throws Problem `conflict` for the default pool and for one with members, `not_found`,
 *  `forbidden` */
export const deletePool = async (
  context: Context,
  spaceId: string,
  reference: string,
): Promise<void> => {
  authorize(context.principal, 'WorkerEdit', { spaceId })
  const { db } = context
  const row = await getPool(db, spaceId, reference)
  if (row.isDefault)
    throw new Problem(
      'conflict',
      `Worker pool ${row.name} is the default one and cannot be deleted. ` +
        'Make another pool the default first.',
    )
  const members = await db.$count(workerPoolMembers, eq(workerPoolMembers.poolId, row.id))
  if (members > 0)
    throw new Problem(
      'conflict',
      `Worker pool ${row.name} still has ${members} workers. Move or delete them first.`,
    )
  await write(context, 'Worker pool', row, 'Deleted', [
    db.delete(workerPools).where(eq(workerPools.id, row.id)),
  ])
}

/** @throws Problem `invalid` for an unknown pool, `conflict` for a taken name, `not_found`,
 *  `forbidden` */
export const modifyWorker = async (
  context: Context,
  spaceId: string,
  reference: string,
  input: WorkerInput,
): Promise<WorkerRow> => {
  authorize(context.principal, 'WorkerEdit', { spaceId })
  const { db } = context
  const before = await getWorker(db, spaceId, reference)
  const poolIds = await resolvePools(db, spaceId, input.WorkerPoolIds)
  await write(context, 'Worker', { ...before, name: input.Name }, 'Modified', [
    db
      .update(workers)
      .set({ name: input.Name, isDisabled: input.IsDisabled ?? before.isDisabled })
      .where(eq(workers.id, before.id)),
    db.delete(workerPoolMembers).where(eq(workerPoolMembers.workerId, before.id)),
    ...poolIds.map(poolId => db.insert(workerPoolMembers).values({ poolId, workerId: before.id })),
  ])
  return getWorker(db, spaceId, before.id)
}

/** @throws Problem `not_found`, `forbidden` */
export const deleteWorker = async (
  context: Context,
  spaceId: string,
  reference: string,
): Promise<void> => {
  authorize(context.principal, 'WorkerEdit', { spaceId })
  const { db, now } = context
  const row = await getWorker(db, spaceId, reference)
  await write(context, 'Worker', row, 'Deleted', [
    db.delete(workers).where(eq(workers.id, row.id)),
    ...(row.runnerId ? [revokeUnused(db, row.runnerId, now)] : []),
  ])
}

/** Ids of pools named by id, slug or name.
 *  @throws Problem `invalid`, naming the unknown one */
export const resolvePools = async (
  db: Database,
  spaceId: string,
  references: string[],
): Promise<string[]> => {
  if (references.length === 0) return []
  const pools = await listPools(db, spaceId)
  return [
    ...new Set(
      references.map(reference => {
        const lower = reference.trim().toLowerCase()
        const found = pools.find(
          ({ id, slug, name }) =>
            id.toLowerCase() === lower || slug === lower || name.toLowerCase() === lower,
        )
        if (!found) throw invalid(`The worker pool '${reference}' does not exist here.`)
        return found.id
      }),
    ),
  ]
}

const onlyDefault = (db: Database, row: PoolRow): Write =>
  db
    .update(workerPools)
    .set({ isDefault: false })
    .where(and(eq(workerPools.spaceId, row.spaceId), ne(workerPools.id, row.id)))

const write = async (
  context: Context,
  kind: 'Worker pool' | 'Worker',
  row: { id: string; spaceId: string; name: string },
  category: ChangeKind,
  writes: Write[],
): Promise<void> => {
  try {
    await commitChange(context, kind, row, category, writes, { details: row })
  } catch (error) {
    if (isUniqueViolation(error))
      throw new Problem(
        'conflict',
        `A ${kind.toLowerCase()} named '${row.name}' already exists. Choose another name.`,
      )
    throw error
  }
}
