import { and, asc, eq, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { notFound } from '../http/problem.ts'
import type { RoleGrant } from './principal.ts'
import { apiKeys, roleGrants, teamMembers, teams, users } from './schema.ts'
import type { UserRow } from './user.ts'

export type ApiKeyRow = typeof apiKeys.$inferSelect
export type TeamRow = typeof teams.$inferSelect & { memberIds: string[] }

/** @throws Problem `not_found` */
export const getUser = async (db: Database, reference: string): Promise<UserRow> => {
  const [row] = await db.select().from(users).where(sql`${users.id} = ${reference} COLLATE NOCASE`)
  if (!row) throw notFound(reference)
  return row
}

/** Users by name; `filter` is part of a username, display name or address. */
export const listUsers = async (
  db: Database,
  { ids, filter }: { ids?: string[] | undefined; filter?: string | undefined },
  page: { skip: number; take: number },
): Promise<{ rows: UserRow[]; total: number }> => {
  const part = filter?.toLowerCase()
  const where = and(
    ids && sql`${users.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`,
    part === undefined
      ? undefined
      : or(
          ...[users.username, users.displayName, users.email].map(
            column => sql`instr(lower(${column}), ${part}) > 0`,
          ),
        ),
  )
  const [rows, counted] = await db.batch([
    db
      .select()
      .from(users)
      .where(where)
      .orderBy(asc(users.username))
      .limit(page.take)
      .offset(page.skip),
    db.select({ total: sql<number>`count(*)` }).from(users).where(where),
  ])
  return { rows, total: counted[0]?.total ?? 0 }
}

/** A user's keys, newest first. */
export const listApiKeys = (db: Database, userId: string): Promise<ApiKeyRow[]> =>
  db
    .select()
    .from(apiKeys)
    .where(eq(apiKeys.userId, userId))
    .orderBy(sql`${apiKeys.createdAt} DESC`, asc(apiKeys.id))
    .limit(1_000)

/** @throws Problem `not_found` for a key of somebody else, too */
export const getApiKey = async (db: Database, userId: string, id: string): Promise<ApiKeyRow> => {
  const [row] = await db
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.userId, userId), sql`${apiKeys.id} = ${id} COLLATE NOCASE`))
  if (!row) throw notFound(id)
  return row
}

/** All teams by name, each with its members. */
export const listTeams = (db: Database, where?: SQL): Promise<TeamRow[]> =>
  db
    .select({
      id: teams.id,
      spaceId: teams.spaceId,
      name: teams.name,
      isBuiltIn: teams.isBuiltIn,
      memberIds: sql<string>`(SELECT json_group_array(user_id) FROM team_members
        WHERE team_id = teams.id)`.mapWith(value => JSON.parse(String(value)) as string[]),
    })
    .from(teams)
    .where(where)
    .orderBy(asc(teams.name), asc(teams.id))
    .limit(10_000)

/** The teams a user is in; everybody is in Everyone. */
export const teamsOf = (db: Database, userId: string): Promise<TeamRow[]> =>
  listTeams(
    db,
    sql`teams.id = 'teams-everyone'
      OR teams.id IN (SELECT team_id FROM team_members WHERE user_id = ${userId})`,
  )

/** What a user holds through teams. */
export const grantsOf = (db: Database, userId: string): Promise<RoleGrant[]> =>
  db
    .select({
      roleId: roleGrants.roleId,
      spaceId: roleGrants.spaceId,
      projectIds: roleGrants.projectIds,
      environmentIds: roleGrants.environmentIds,
    })
    .from(roleGrants)
    .where(
      or(
        eq(roleGrants.teamId, 'teams-everyone'),
        sql`${roleGrants.teamId} IN
          (SELECT ${teamMembers.teamId} FROM ${teamMembers} WHERE ${teamMembers.userId} = ${userId})`,
      ),
    )
