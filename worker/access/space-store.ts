import { asc, eq, inArray, sql } from 'drizzle-orm'
import type { Database, Write } from '../database/client.ts'
import type { Environment } from '../environment.ts'
import { notFound } from '../http/problem.ts'
import { seedInfrastructure } from '../infrastructure/seed.ts'
import { seedLifecycles } from '../lifecycles/seed.ts'
import { seedFeeds } from '../packages/seed.ts'
import { seedProjectGroups } from '../projects/seed.ts'
import { newDataKey } from './envelope.ts'
import { roleGrants, spaces, teamMembers, teams } from './schema.ts'

export type SpaceRow = typeof spaces.$inferSelect

/** By id or slug, in any letter case. */
export const findSpace = async (db: Database, reference: string): Promise<SpaceRow | undefined> => {
  const [row] = await db
    .select()
    .from(spaces)
    .where(
      sql`${spaces.id} = ${reference} COLLATE NOCASE OR ${spaces.slug} = ${reference.toLowerCase()}`,
    )
    .limit(1)
  return row
}

/** @throws Problem `not_found` */
export const getSpace = async (db: Database, reference: string): Promise<SpaceRow> => {
  const row = await findSpace(db, reference)
  if (!row) throw notFound(reference)
  return row
}

/** All spaces by name. An installation has few; there is a cap all the same. */
export const listSpaces = (db: Database): Promise<SpaceRow[]> =>
  db.select().from(spaces).orderBy(asc(spaces.name)).limit(10_000)

export const managersTeamOf = (spaceId: string): string => `teams-spacemanagers-${spaceId}`

/** A space with all that clients expect to find in a new one; nothing happens until the commit. */
export const createSpace = async (
  env: Environment,
  db: Database,
  space: { id: string; name: string; slug: string; description: string; isDefault: boolean },
  managers: { userIds: string[] },
  now: number,
): Promise<Write[]> => {
  const teamId = managersTeamOf(space.id)
  const seeds = [seedLifecycles, seedFeeds, seedProjectGroups, seedInfrastructure]
  return [
    db
      .insert(spaces)
      .values({ ...space, dataKey: await newDataKey(env, space.id), createdAt: now }),
    db
      .insert(teams)
      .values({ id: teamId, spaceId: space.id, name: 'Space Managers', isBuiltIn: true }),
    db.insert(roleGrants).values({
      id: `grant-${teamId}`,
      teamId,
      roleId: 'userroles-spacemanager',
      spaceId: space.id,
    }),
    ...managers.userIds.map(userId => db.insert(teamMembers).values({ teamId, userId })),
    ...(await Promise.all(seeds.map(seed => seed(db, space.id, now)))).flat(),
  ]
}

/** Ids of the users who manage each space, by the space's id. */
export const managersOf = async (
  db: Database,
  spaceIds: string[],
): Promise<Map<string, string[]>> => {
  const managers = new Map<string, string[]>(spaceIds.map(id => [id, []]))
  const rows = await db
    .select({ spaceId: teams.spaceId, userId: teamMembers.userId })
    .from(teamMembers)
    .innerJoin(teams, eq(teams.id, teamMembers.teamId))
    .where(inArray(teamMembers.teamId, spaceIds.map(managersTeamOf)))
  for (const { spaceId, userId } of rows) managers.get(spaceId ?? '')?.push(userId)
  return managers
}
