import { and, asc, type Column, count, eq, inArray, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import type { Prefix } from '../database/ids.ts'
import type { Page } from '../http/paging.ts'
import { notFound } from '../http/problem.ts'
import { type ProjectSettings, readSettings } from './project.ts'
import { processes, projectGroups, projects } from './schema.ts'
import { within } from './visibility.ts'

export type ProjectRow = Omit<typeof projects.$inferSelect, 'settings'> & {
  settings: ProjectSettings
}
export type ProcessRow = typeof processes.$inferSelect
export type GroupRow = typeof projectGroups.$inferSelect

export const toProject = (row: typeof projects.$inferSelect): ProjectRow => ({
  ...row,
  settings: readSettings(row.settings),
})

/** `PROJECTS-7` as `Projects-7`: an id in its own spelling is found by its index. */
export const spelledAs = (prefix: Prefix, reference: string): string => {
  const number = /^[a-z]+(-\d{1,12})$/i.exec(reference)?.[1]
  const isId = number && reference.length === prefix.length + number.length
  return isId && reference.toLowerCase().startsWith(prefix.toLowerCase())
    ? `${prefix}${number}`
    : reference
}

const named = (
  table: typeof projects | typeof projectGroups,
  prefix: Prefix,
  spaceId: string,
  reference: string,
) => {
  const id = spelledAs(prefix, reference)
  const slug = reference.toLowerCase()
  return {
    where: and(
      eq(table.spaceId, spaceId),
      or(eq(table.id, id), eq(table.slug, slug), eq(table.name, reference)),
    ),
    order: sql`${table.id} = ${id} DESC, ${table.slug} = ${slug} DESC`,
  }
}

/** By id, else by slug, else by name; letter case does not matter. */
export const findProject = async (
  db: Database,
  spaceId: string,
  reference: string,
): Promise<ProjectRow | undefined> => {
  const { where, order } = named(projects, 'Projects', spaceId, reference)
  const [row] = await db.select().from(projects).where(where).orderBy(order).limit(1)
  return row && toProject(row)
}

/** @throws Problem `not_found` */
export const getProject = async (
  db: Database,
  spaceId: string,
  reference: string,
): Promise<ProjectRow> => {
  const project = await findProject(db, spaceId, reference)
  if (!project) throw notFound(reference)
  return project
}

/** The live process of a project (or of another owner of one).
 *  @throws Problem `not_found` */
export const getProcess = async (db: Database, ownerId: string): Promise<ProcessRow> => {
  const [row] = await db.select().from(processes).where(eq(processes.ownerId, ownerId))
  if (!row) throw notFound(`deploymentprocess-${ownerId}`)
  return row
}

/** Only what is given narrows the list; `visible` comes from the caller's roles. */
export type ProjectFilter = {
  name?: string | undefined
  partialName?: string | undefined
  ids?: string[] | undefined
  groupId?: string | undefined
  lifecycleId?: string | undefined
  visible?: string[] | undefined
}

/** By name. */
export const listProjects = async (
  db: Database,
  spaceId: string,
  page: Page,
  filter: ProjectFilter = {},
): Promise<{ rows: ProjectRow[]; total: number }> => {
  const where = and(
    eq(projects.spaceId, spaceId),
    filter.name !== undefined ? eq(projects.name, filter.name) : undefined,
    contains(projects.name, filter.partialName),
    within(projects.id, filter.ids),
    filter.groupId !== undefined ? eq(projects.projectGroupId, filter.groupId) : undefined,
    filter.lifecycleId !== undefined ? eq(projects.lifecycleId, filter.lifecycleId) : undefined,
    within(projects.id, filter.visible),
  )
  const [rows, [counted]] = await db.batch([
    db
      .select()
      .from(projects)
      .where(where)
      .orderBy(asc(projects.name))
      .limit(page.take)
      .offset(page.skip),
    db.select({ total: count() }).from(projects).where(where),
  ])
  return { rows: rows.map(toProject), total: counted?.total ?? 0 }
}

export const contains = (column: Column, part: string | undefined): SQL | undefined =>
  part === undefined ? undefined : sql`instr(lower(${column}), ${part.toLowerCase()}) > 0`

/** @throws Problem `not_found` */
export const getGroup = async (
  db: Database,
  spaceId: string,
  reference: string,
): Promise<GroupRow> => {
  const { where, order } = named(projectGroups, 'ProjectGroups', spaceId, reference)
  const [row] = await db.select().from(projectGroups).where(where).orderBy(order).limit(1)
  if (!row) throw notFound(reference)
  return row
}

/** By name. */
export const listGroups = async (
  db: Database,
  spaceId: string,
  page: Page,
  filter: Pick<ProjectFilter, 'name' | 'partialName' | 'ids'> = {},
): Promise<{ rows: GroupRow[]; total: number }> => {
  const where = and(
    eq(projectGroups.spaceId, spaceId),
    filter.name !== undefined ? eq(projectGroups.name, filter.name) : undefined,
    contains(projectGroups.name, filter.partialName),
    within(projectGroups.id, filter.ids),
  )
  const [rows, [counted]] = await db.batch([
    db
      .select()
      .from(projectGroups)
      .where(where)
      .orderBy(asc(projectGroups.name))
      .limit(page.take)
      .offset(page.skip),
    db.select({ total: count() }).from(projectGroups).where(where),
  ])
  return { rows, total: counted?.total ?? 0 }
}

/** Every group, by name. */
export const listProjectGroups = (db: Database, spaceId: string): Promise<GroupRow[]> =>
  db
    .select()
    .from(projectGroups)
    .where(eq(projectGroups.spaceId, spaceId))
    .orderBy(asc(projectGroups.name))
    .limit(10_000)

/** All slugs that a new project or group of this name could collide with. */
export const takenSlugs = async (
  db: Database,
  table: typeof projects | typeof projectGroups,
  spaceId: string,
  slug: string,
): Promise<Set<string>> => {
  const rows = await db
    .select({ slug: table.slug })
    .from(table)
    .where(
      and(
        eq(table.spaceId, spaceId),
        or(eq(table.slug, slug), sql`${table.slug} GLOB ${slug} || '-*'`),
      ),
    )
    .limit(10_000)
  return new Set(rows.map(row => row.slug))
}

/** Names of projects by id, for pages and messages. */
export const projectNames = async (db: Database, ids: string[]): Promise<Map<string, string>> => {
  if (ids.length === 0) return new Map()
  const rows = await db
    .select({ id: projects.id, name: projects.name })
    .from(projects)
    .where(inArray(projects.id, ids))
  return new Map(rows.map(row => [row.id, row.name]))
}
