import { and, asc, eq, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { notFound } from '../http/problem.ts'
import { runners } from '../runners/schema.ts'
import { targets } from './schema.ts'

export type TargetRow = Awaited<ReturnType<typeof selectTargets>>[number]

/** Reads a list that SQLite made of a correlated query. */
const list = (query: SQL): SQL<string[]> =>
  query.mapWith(value => JSON.parse(String(value ?? '[]')) as string[]) as SQL<string[]>

const selectTargets = (
  db: Database,
  where: SQL | undefined,
  { skip = 0, take = 10_000 }: { skip?: number; take?: number } = {},
) =>
  db
    .select({
      id: targets.id,
      spaceId: targets.spaceId,
      name: targets.name,
      slug: targets.slug,
      runnerId: targets.runnerId,
      machinePolicyId: targets.machinePolicyId,
      isDisabled: targets.isDisabled,
      healthStatus: targets.healthStatus,
      statusSummary: targets.statusSummary,
      tenantedParticipation: targets.tenantedParticipation,
      createdAt: targets.createdAt,
      runnerFacts: runners.facts,
      lastSeenAt: runners.lastSeenAt,
      tags: list(sql`(SELECT json_group_array(tag) FROM
        (SELECT tag FROM target_tags WHERE target_id = targets.id ORDER BY tag))`),
      environmentIds: list(sql`(SELECT json_group_array(environment_id) FROM
        (SELECT t.environment_id FROM target_environments t
          JOIN environments e ON e.id = t.environment_id
          WHERE t.target_id = targets.id ORDER BY e.sort_order, e.name))`),
    })
    .from(targets)
    .leftJoin(runners, eq(runners.id, targets.runnerId))
    .where(where)
    .orderBy(asc(targets.name))
    .limit(take)
    .offset(skip)

/**
 * The targets a step could go to: those in the environment that have any of the tags (without
 * `tags`, all of them). Disabled and unhealthy ones are included; the plan decides about them.
 */
export const listTargetsFor = (
  db: Database,
  spaceId: string,
  { environmentId, tags }: { environmentId: string; tags?: string[] },
): Promise<TargetRow[]> =>
  selectTargets(
    db,
    and(
      eq(targets.spaceId, spaceId),
      sql`targets.id IN (SELECT target_id FROM target_environments
        WHERE environment_id = ${environmentId})`,
      tags && hasAnyTag(tags),
    ),
  )

export type TargetFilter = {
  name?: string | undefined
  partialName?: string | undefined
  ids?: string[] | undefined
  roles?: string[] | undefined
  environmentIds?: string[] | undefined
  healthStatuses?: string[] | undefined
  isDisabled?: boolean | undefined
  commStyles?: string[] | undefined
  /** Ids of the environments the caller may see targets in; undefined: all. */
  withinEnvironments?: string[] | undefined
}

const hasAnyTag = (tags: string[]): SQL =>
  sql`targets.id IN (SELECT target_id FROM target_tags
    WHERE tag IN (SELECT value FROM json_each(${JSON.stringify(tags)})))`

const isOneOf = (column: SQL, values: string[]): SQL =>
  sql`lower(${column}) IN (SELECT lower(value) FROM json_each(${JSON.stringify(values)}))`

const isIn = (environmentIds: string[]): SQL =>
  sql`targets.id IN (SELECT target_id FROM target_environments
    WHERE ${isOneOf(sql`environment_id`, environmentIds)})`

/** A page of targets by name, and how many there are in all. */
export const listTargets = async (
  db: Database,
  spaceId: string,
  filter: TargetFilter,
  page: { skip: number; take: number },
): Promise<{ rows: TargetRow[]; total: number }> => {
  const where = and(
    eq(targets.spaceId, spaceId),
    filter.name === undefined ? undefined : eq(targets.name, filter.name),
    filter.partialName === undefined
      ? undefined
      : sql`instr(lower(targets.name), ${filter.partialName.toLowerCase()}) > 0`,
    filter.ids && isOneOf(sql`targets.id`, filter.ids),
    filter.roles && hasAnyTag(filter.roles),
    filter.environmentIds && isIn(filter.environmentIds),
    filter.withinEnvironments && isIn(filter.withinEnvironments),
    filter.commStyles &&
      isOneOf(
        sql`CASE WHEN targets.runner_id IS NULL THEN 'None' ELSE 'TentacleActive' END`,
        filter.commStyles,
      ),
    filter.healthStatuses && isOneOf(sql`targets.health_status`, filter.healthStatuses),
    filter.isDisabled === undefined ? undefined : eq(targets.isDisabled, filter.isDisabled),
  )
  const [rows, counted] = await db.batch([
    selectTargets(db, where, page),
    db.select({ total: sql<number>`count(*)` }).from(targets).where(where),
  ])
  return { rows, total: counted[0]?.total ?? 0 }
}

/** By id or name. */
export const findTarget = async (
  db: Database,
  spaceId: string,
  reference: string,
): Promise<TargetRow | undefined> => {
  const [row] = await selectTargets(
    db,
    and(
      eq(targets.spaceId, spaceId),
      sql`(targets.id = ${reference} COLLATE NOCASE OR targets.name = ${reference}
        OR targets.slug = ${reference.toLowerCase()})`,
    ),
    { take: 1 },
  )
  return row
}

/** @throws Problem `not_found` */
export const getTarget = async (
  db: Database,
  spaceId: string,
  reference: string,
): Promise<TargetRow> => {
  const row = await findTarget(db, spaceId, reference)
  if (!row) throw notFound(reference)
  return row
}

/** Every tag of the space's targets, once. */
export const listTags = async (db: Database, spaceId: string): Promise<string[]> => {
  const rows = await db.all<{ tag: string }>(sql`SELECT DISTINCT tag FROM target_tags
    WHERE target_id IN (SELECT id FROM targets WHERE space_id = ${spaceId})
    ORDER BY tag LIMIT 10000`)
  return rows.map(({ tag }) => tag)
}
