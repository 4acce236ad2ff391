import { and, eq, sql } from 'drizzle-orm'
import { record } from '../audit/record.ts'
import { commit, type Database, type Write } from '../database/client.ts'
import { guard, isGuardFailure, isUniqueViolation } from '../database/guard.ts'
import { nextId } from '../database/ids.ts'
import { freeSlug, slugOf } from '../database/slug.ts'
import type { Context } from '../http/call.ts'
import { invalid, Problem } from '../http/problem.ts'
import { authorize } from './authorization.ts'
import { roleGrants, spaces, teamMembers, teams, users } from './schema.ts'
import type { SpaceInput } from './space.ts'
import {
  getSpace,
  managersTeamOf,
  type SpaceRow,
  createSpace as spaceWrites,
} from './space-store.ts'

/** A space with all that a new one has. Members of the named teams become its managers too.
 *  @throws Problem `invalid` for unknown users, `conflict` for a taken name, `forbidden` */
export const createSpace = async (context: Context, input: SpaceInput): Promise<SpaceRow> => {
  const { db, env, now, principal } = context
  authorize(principal, 'SpaceCreate', {})
  const id = await nextId(db, 'Spaces')
  const members = await managersFrom(db, input, managersTeamOf(id))
  const row = {
    id,
    name: input.Name,
    slug: await freeSlug(db, spaces, input.Slug || input.Name),
    description: input.Description ?? '',
    isDefault: false,
  }
  const userIds = members ?? [principal.id]
  await write(context, row, 'Created', [...(await spaceWrites(env, db, row, { userIds }, now))])
  return getSpace(db, id)
}

/** @throws Problem `invalid` for unknown users, `conflict` for a taken name, `not_found`,
 *  `forbidden` */
export const modifySpace = async (
  context: Context,
  reference: string,
  input: SpaceInput,
): Promise<SpaceRow> => {
  const { db, principal } = context
  const before = await getSpace(db, reference)
  authorize(principal, 'SpaceEdit', { spaceId: before.id })
  const teamId = managersTeamOf(before.id)
  const members = await managersFrom(db, input, teamId)
  const row = {
    ...before,
    name: input.Name,
    slug:
      input.Slug && slugOf(input.Slug) !== before.slug
        ? await freeSlug(db, spaces, input.Slug)
        : before.slug,
    description: input.Description ?? before.description,
    taskQueueStopped: input.TaskQueueStopped ?? before.taskQueueStopped,
  }
  await write(context, row, 'Modified', [
    db
      .update(spaces)
      .set({
        name: row.name,
        slug: row.slug,
        description: row.description,
        taskQueueStopped: row.taskQueueStopped,
      })
      .where(eq(spaces.id, row.id)),
    ...(members
      ? [
          db.delete(teamMembers).where(eq(teamMembers.teamId, teamId)),
          ...members.map(userId => db.insert(teamMembers).values({ teamId, userId })),
        ]
      : []),
  ])
  return row
}

/**
 * Deletes a space with everything in it, once its task queue is stopped and nothing runs.
 * @throws Problem `conflict` for the default space, a running queue and unfinished tasks,
 *   `not_found`, `forbidden`
 */
export const deleteSpace = async (context: Context, reference: string): Promise<void> => {
  const { db, principal } = context
  const row = await getSpace(db, reference)
  authorize(principal, 'SpaceDelete', { spaceId: row.id })
  if (row.isDefault)
    throw new Problem('conflict', 'The default space cannot be deleted; clients rely on it.')
  try {
    await write(context, row, 'Deleted', [
      guard(
        db,
        sql`(SELECT task_queue_stopped FROM spaces WHERE id = ${row.id}) AND NOT EXISTS (
          SELECT 1 FROM tasks WHERE space_id = ${row.id} AND state IN ('Executing', 'Cancelling'))`,
      ),
      ...emptied(db, row.id),
      db.delete(spaces).where(and(eq(spaces.id, row.id), eq(spaces.isDefault, false))),
    ])
  } catch (error) {
    if (isGuardFailure(error))
      throw new Problem(
        'conflict',
        `Space ${row.name} cannot be deleted while its task queue runs. ` +
          'Stop the queue (TaskQueueStopped) and let or make its tasks end first.',
      )
    throw error
  }
}

/** Children before parents: not every reference is one that deletes along. */
const emptied = (db: Database, spaceId: string): Write[] => [
  db.run(sql`DELETE FROM outbox_positions WHERE deployment_id IN
    (SELECT id FROM deployments WHERE space_id = ${spaceId})`),
  ...[
    'dashboard',
    'deployments',
    'tasks',
    'releases',
    'channels',
    'projects',
    'project_groups',
    'lifecycles',
    'targets',
    'workers',
    'environments',
    'runners',
  ].map(table => db.run(sql`DELETE FROM ${sql.identifier(table)} WHERE space_id = ${spaceId}`)),
  db.delete(roleGrants).where(eq(roleGrants.spaceId, spaceId)),
  db.delete(teams).where(eq(teams.spaceId, spaceId)),
]

/** The users who are to manage the space; undefined when the input does not say. */
const managersFrom = async (
  db: Database,
  input: SpaceInput,
  ownTeam: string,
): Promise<string[] | undefined> => {
  const named = input.SpaceManagersTeamMembers
  const teamIds = (input.SpaceManagersTeams ?? []).filter(id => id !== ownTeam)
  if (!named && teamIds.length === 0) return undefined
  const [knownUsers, knownTeams, ofTeams] = await db.batch([
    db
      .select({ id: users.id })
      .from(users)
      .where(inList('users.id', named ?? [])),
    db
      .select({ id: teams.id })
      .from(teams)
      .where(and(inList('teams.id', teamIds), sql`space_id IS NULL`)),
    db
      .select({ id: teamMembers.userId })
      .from(teamMembers)
      .where(inList('team_members.team_id', teamIds)),
  ])
  const known = new Set([...knownUsers, ...knownTeams].map(({ id }) => id))
  const unknown = [...(named ?? []), ...teamIds].find(id => !known.has(id))
  if (unknown !== undefined)
    throw invalid(`'${unknown}' is neither a user nor a team; a space's managers must exist.`)
  const all = [...knownUsers, ...ofTeams].map(({ id }) => id)
  if (all.length === 0)
    throw invalid('A space needs at least one manager: name one in SpaceManagersTeamMembers.')
  return [...new Set(all)]
}

const inList = (column: string, ids: string[]) =>
  sql`${sql.raw(column)} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`

const write = async (
  context: Context,
  row: { id: string; name: string; slug: string; description: string },
  category: 'Created' | 'Modified' | 'Deleted',
  writes: Write[],
): Promise<void> => {
  const { db } = context
  try {
    await commit(db, [
      ...writes,
      ...record(db, context, {
        spaceId: category === 'Deleted' ? null : row.id,
        category,
        message: `Space ${row.name} was ${category.toLowerCase()}`,
        documentIds: [row.id],
        details: { name: row.name, slug: row.slug, description: row.description },
      }),
    ])
  } catch (error) {
    if (isUniqueViolation(error, 'spaces.name'))
      throw new Problem('conflict', `A space named '${row.name}' already exists. Choose another.`)
    throw error
  }
}
