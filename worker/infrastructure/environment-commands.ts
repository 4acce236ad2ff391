import { and, eq, sql } from 'drizzle-orm'
import { authorize } from '../access/authorization.ts'
import { type ChangeKind, commitChange } from '../audit/change.ts'
import { record } from '../audit/record.ts'
import { commit, type Database, type Write } from '../database/client.ts'
import {
  guard,
  isForeignKeyViolation,
  isGuardFailure,
  isUniqueViolation,
} from '../database/guard.ts'
import { nextId } from '../database/ids.ts'
import { freeSlug } from '../database/slug.ts'
import type { Context } from '../http/call.ts'
import { invalid, Problem } from '../http/problem.ts'
import type { EnvironmentInput } from './environment.ts'
import {
  type EnvironmentRow,
  getEnvironment,
  listEnvironments,
  MAX_ENVIRONMENTS,
} from './environment-store.ts'
import { environments } from './schema.ts'

/** @throws Problem `conflict` for a name that is taken, `forbidden` */
export const createEnvironment = async (
  context: Context,
  spaceId: string,
  input: EnvironmentInput,
): Promise<EnvironmentRow> => {
  authorize(context.principal, 'EnvironmentCreate', { spaceId })
  const { db, now } = context
  const existing = await listEnvironments(db, spaceId)
  if (existing.length >= MAX_ENVIRONMENTS)
    throw new Problem('conflict', `A space may have ${MAX_ENVIRONMENTS} environments.`)
  const row = {
    id: await nextId(db, 'Environments'),
    spaceId,
    name: input.Name,
    slug: await freeSlug(db, environments, input.Slug || input.Name, inSpace(spaceId)),
    description: input.Description ?? '',
    sortOrder: input.SortOrder ?? Math.max(-1, ...existing.map(each => each.sortOrder)) + 1,
    useGuidedFailure: input.UseGuidedFailure ?? false,
    allowDynamicInfrastructure: input.AllowDynamicInfrastructure ?? false,
    createdAt: now,
  }
  await write(context, row, 'Created', [db.insert(environments).values(row)])
  return row
}

/** What the input leaves out stays as it is.
 *  @throws Problem `conflict` for a name that is taken, `not_found`, `forbidden` */
export const modifyEnvironment = async (
  context: Context,
  spaceId: string,
  reference: string,
  input: EnvironmentInput,
): Promise<EnvironmentRow> => {
  const { db } = context
  const before = await getEnvironment(db, spaceId, reference)
  authorize(context.principal, 'EnvironmentEdit', { spaceId, environmentId: before.id })
  const row = {
    ...before,
    name: input.Name,
    slug:
      input.Slug && input.Slug !== before.slug
        ? await freeSlug(db, environments, input.Slug, inSpace(spaceId))
        : before.slug,
    description: input.Description ?? before.description,
    sortOrder: input.SortOrder ?? before.sortOrder,
    useGuidedFailure: input.UseGuidedFailure ?? before.useGuidedFailure,
    allowDynamicInfrastructure:
      input.AllowDynamicInfrastructure ?? before.allowDynamicInfrastructure,
  }
  await write(
    context,
    row,
    'Modified',
    [db.update(environments).set(row).where(eq(environments.id, row.id))],
    before,
  )
  return row
}

/** @throws Problem `conflict` while targets, lifecycles or deployments refer to it, `not_found`,
 *  `forbidden` */
export const deleteEnvironment = async (
  context: Context,
  spaceId: string,
  reference: string,
): Promise<void> => {
  const { db } = context
  const row = await getEnvironment(db, spaceId, reference)
  authorize(context.principal, 'EnvironmentDelete', { spaceId, environmentId: row.id })
  const users = await referencesTo(db, row)
  if (users.length > 0) throw stillUsed(row, users)
  try {
    await write(context, row, 'Deleted', [
      guard(db, sql`NOT EXISTS (${lifecyclesWith(row)})`),
      db.delete(environments).where(eq(environments.id, row.id)),
    ])
  } catch (error) {
    // Something came to refer to it since we looked.
    if (isForeignKeyViolation(error) || isGuardFailure(error))
      throw stillUsed(row, await referencesTo(db, row))
    throw error
  }
}

/** Puts the named ones first, in this order; those left out keep theirs behind them.
 *  @throws Problem `invalid` for an unknown or a repeated one */
export const sortEnvironments = async (
  context: Context,
  spaceId: string,
  ids: string[],
): Promise<EnvironmentRow[]> => {
  authorize(context.principal, 'EnvironmentEdit', { spaceId })
  const { db } = context
  const existing = await listEnvironments(db, spaceId)
  const known = new Set(existing.map(({ id }) => id))
  const unknown = ids.find(id => !known.has(id))
  if (unknown !== undefined)
    throw invalid(`The order names '${unknown}', which is no environment of this space.`)
  if (new Set(ids).size < ids.length) throw invalid('The order names an environment twice.')
  const order = [...ids, ...existing.map(({ id }) => id).filter(id => !ids.includes(id))]
  const list = JSON.stringify(order)
  await commit(db, [
    db
      .update(environments)
      .set({
        sortOrder: sql`(SELECT key FROM json_each(${list}) WHERE value = environments.id)`,
      })
      .where(
        and(
          eq(environments.spaceId, spaceId),
          sql`environments.id IN (SELECT value FROM json_each(${list}))`,
        ),
      ),
    ...record(db, context, {
      spaceId,
      category: 'Modified',
      message: 'The order of the environments was changed',
      documentIds: order,
      details: { before: existing.map(({ id }) => id), after: order },
    }),
  ])
  return listEnvironments(db, spaceId)
}

const inSpace = (spaceId: string) => sql`space_id = ${spaceId}`

const lifecyclesWith = (row: EnvironmentRow) => sql`SELECT l.name FROM lifecycles l
  WHERE l.space_id = ${row.spaceId} AND EXISTS (SELECT 1 FROM json_tree(l.phases) t
    WHERE t.atom = ${row.id} AND t.path LIKE '%DeploymentTargets')`

const referencesTo = async (db: Database, row: EnvironmentRow): Promise<string[]> => {
  const rows = await db.all<{ what: string }>(sql`
    SELECT 'target ' || name AS what FROM targets WHERE id IN
      (SELECT target_id FROM target_environments WHERE environment_id = ${row.id})
    UNION ALL SELECT 'lifecycle ' || name FROM (${lifecyclesWith(row)})
    UNION ALL SELECT 'deployment ' || id FROM
      (SELECT id FROM deployments WHERE environment_id = ${row.id} LIMIT 1)
    LIMIT 6`)
  return rows.map(({ what }) => what)
}

const stillUsed = (row: EnvironmentRow, users: string[]) => {
  const shown = users.slice(0, 5).join(', ') || 'something new'
  return new Problem(
    'conflict',
    `Environment ${row.name} cannot be deleted: it is used by ${shown}` +
      `${users.length > 5 ? ' and more' : ''}. Take it out of there first.`,
  )
}

const write = async (
  context: Context,
  row: EnvironmentRow,
  category: ChangeKind,
  writes: Write[],
  before?: EnvironmentRow,
): Promise<void> => {
  try {
    await commitChange(context, 'Environment', row, category, writes, {
      details: before ? { before, after: row } : row,
    })
  } catch (error) {
    if (isUniqueViolation(error, 'environments.name'))
      throw new Problem(
        'conflict',
        `An environment named '${row.name}' already exists. Choose another name.`,
      )
    if (isUniqueViolation(error, 'environments.slug'))
      throw new Problem('conflict', `The slug '${row.slug}' was taken just now. Try again.`)
    throw error
  }
}
