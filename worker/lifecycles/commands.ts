import { eq, sql } from 'drizzle-orm'
import { authorize } from '../access/authorization.ts'
import { type ChangeKind, commitChange } from '../audit/change.ts'
import type { Database, Write } from '../database/client.ts'
import { isForeignKeyViolation, isUniqueViolation } from '../database/guard.ts'
import { nextId } from '../database/ids.ts'
import { freeSlug } from '../database/slug.ts'
import type { Context } from '../http/call.ts'
import { Problem } from '../http/problem.ts'
import { listEnvironments } from '../infrastructure/environment-store.ts'
import { type LifecycleInput, parsePhases } from './lifecycle.ts'
import { lifecycles } from './schema.ts'
import { getLifecycle, type LifecycleRow } from './store.ts'

/** @throws Problem `invalid` for bad phases, `conflict` for a taken name, `forbidden` */
export const createLifecycle = async (
  context: Context,
  spaceId: string,
  input: LifecycleInput,
): Promise<LifecycleRow> => {
  authorize(context.principal, 'LifecycleCreate', { spaceId })
  const { db, now } = context
  const phases = parsePhases(input.Phases, await listEnvironments(db, spaceId))
  const row: LifecycleRow = {
    id: await nextId(db, 'Lifecycles'),
    spaceId,
    name: input.Name,
    slug: await freeSlug(db, lifecycles, input.Slug || input.Name, sql`space_id = ${spaceId}`),
    description: input.Description ?? '',
    phases,
    settings: settingsOf(input),
    createdAt: now,
  }
  await write(context, row, 'Created', [db.insert(lifecycles).values(row)])
  return row
}

/** Applies at once to the releases there are: lifecycles are not part of what a release froze.
 *  @throws Problem `invalid` for bad phases, `conflict` for a taken name, `not_found`, `forbidden` */
export const modifyLifecycle = async (
  context: Context,
  spaceId: string,
  reference: string,
  input: LifecycleInput,
): Promise<LifecycleRow> => {
  authorize(context.principal, 'LifecycleEdit', { spaceId })
  const { db } = context
  const [before, environments] = await Promise.all([
    getLifecycle(db, spaceId, reference),
    listEnvironments(db, spaceId),
  ])
  const row: LifecycleRow = {
    ...before,
    name: input.Name,
    description: input.Description ?? before.description,
    phases: input.Phases ? parsePhases(input.Phases, environments) : before.phases,
    settings: { ...(before.settings as object), ...settingsOf(input) },
  }
  await write(
    context,
    row,
    'Modified',
    [db.update(lifecycles).set(row).where(eq(lifecycles.id, row.id))],
    before,
  )
  return row
}

/** @throws Problem `conflict` while projects or channels use it, `not_found`, `forbidden` */
export const deleteLifecycle = async (
  context: Context,
  spaceId: string,
  reference: string,
): Promise<void> => {
  authorize(context.principal, 'LifecycleDelete', { spaceId })
  const { db } = context
  const row = await getLifecycle(db, spaceId, reference)
  const users = await usersOf(db, row.id)
  if (users.length > 0) throw stillUsed(row, users)
  try {
    await write(context, row, 'Deleted', [db.delete(lifecycles).where(eq(lifecycles.id, row.id))])
  } catch (error) {
    if (isForeignKeyViolation(error)) throw stillUsed(row, await usersOf(db, row.id))
    throw error
  }
}

const settingsOf = (input: LifecycleInput) => ({
  ...(input.ReleaseRetentionPolicy && { ReleaseRetentionPolicy: input.ReleaseRetentionPolicy }),
  ...(input.TentacleRetentionPolicy && { TentacleRetentionPolicy: input.TentacleRetentionPolicy }),
})

const usersOf = async (db: Database, id: string): Promise<string[]> => {
  const rows = await db.all<{ what: string }>(sql`
    SELECT 'project ' || name AS what FROM projects WHERE lifecycle_id = ${id}
    UNION ALL SELECT 'channel ' || c.name || ' of ' || p.name FROM channels c
      JOIN projects p ON p.id = c.project_id WHERE c.lifecycle_id = ${id}
    LIMIT 6`)
  return rows.map(({ what }) => what)
}

const stillUsed = (row: LifecycleRow, users: string[]) =>
  new Problem(
    'conflict',
    `Lifecycle ${row.name} cannot be deleted: it is used by ` +
      `${users.slice(0, 5).join(', ') || 'something new'}${users.length > 5 ? ' and more' : ''}. ` +
      'Give those another lifecycle first.',
  )

const write = async (
  context: Context,
  row: LifecycleRow,
  category: ChangeKind,
  writes: Write[],
  before?: LifecycleRow,
): Promise<void> => {
  try {
    await commitChange(context, 'Lifecycle', row, category, writes, {
      details: before ? { before, after: row } : row,
    })
  } catch (error) {
    if (isUniqueViolation(error, 'lifecycles.name'))
      throw new Problem(
        'conflict',
        `A lifecycle named '${row.name}' already exists. Choose another name.`,
      )
    throw error
  }
}
