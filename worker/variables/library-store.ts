import { and, asc, count, eq, inArray, or, sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import type { Page } from '../http/paging.ts'
import { notFound } from '../http/problem.ts'
import { projects } from '../projects/schema.ts'
import { spelledAs } from '../projects/store.ts'
import { libraryVariableSets } from './schema.ts'
import type { LibrarySet } from './store.ts'

/** @throws Problem `not_found` */
export const getLibrarySet = async (
  db: Database,
  spaceId: string,
  reference: string,
): Promise<LibrarySet> => {
  const id = spelledAs('LibraryVariableSets', reference)
  const [row] = await db
    .select()
    .from(libraryVariableSets)
    .where(
      and(
        eq(libraryVariableSets.spaceId, spaceId),
        or(eq(libraryVariableSets.id, id), eq(libraryVariableSets.name, reference)),
      ),
    )
    .orderBy(sql`${libraryVariableSets.id} = ${id} DESC`)
    .limit(1)
  if (!row) throw notFound(reference)
  return row
}

export type LibraryFilter = {
  partialName?: string | undefined
  ids?: string[] | undefined
  contentType?: LibrarySet['contentType'] | undefined
}

/** By name. */
export const listLibrarySets = async (
  db: Database,
  spaceId: string,
  page: Page,
  filter: LibraryFilter = {},
): Promise<{ rows: LibrarySet[]; total: number }> => {
  const { partialName, ids, contentType } = filter
  const where = and(
    eq(libraryVariableSets.spaceId, spaceId),
    contentType && eq(libraryVariableSets.contentType, contentType),
    partialName === undefined
      ? undefined
      : sql`instr(lower(${libraryVariableSets.name}), ${partialName.toLowerCase()}) > 0`,
    ids === undefined
      ? undefined
      : ids.length === 0
        ? sql`0`
        : inArray(libraryVariableSets.id, ids),
  )
  const [rows, [counted]] = await db.batch([
    db
      .select()
      .from(libraryVariableSets)
      .where(where)
      .orderBy(asc(libraryVariableSets.name))
      .limit(page.take)
      .offset(page.skip),
    db.select({ total: count() }).from(libraryVariableSets).where(where),
  ])
  return { rows, total: counted?.total ?? 0 }
}

/** Those of the given sets that are there, in their order. */
export const libraryNames = async (
  db: Database,
  spaceId: string,
  ids: readonly string[],
): Promise<{ id: string; name: string; contentType: LibrarySet['contentType'] }[]> => {
  if (ids.length === 0) return []
  const { id, name, contentType } = libraryVariableSets
  const rows = await db
    .select({ id, name, contentType })
    .from(libraryVariableSets)
    .where(and(eq(libraryVariableSets.spaceId, spaceId), inArray(id, [...ids])))
  return ids.flatMap(each => rows.find(row => row.id === each) ?? [])
}

/** The projects that include a set, by name. */
export const projectsIncluding = (db: Database, setId: string) =>
  db
    .select({ id: projects.id, name: projects.name, slug: projects.slug })
    .from(projects)
    .where(
      sql`EXISTS (SELECT 1 FROM json_each(${projects.settings}, '$.IncludedLibraryVariableSetIds')
        AS each WHERE each.value = ${setId})`,
    )
    .orderBy(asc(projects.name))
    .limit(10_000)

/** How many projects include each set of a space. */
export const includedCounts = async (
  db: Database,
  spaceId: string,
): Promise<ReadonlyMap<string, number>> => {
  const rows = await db.all<{ id: string; projects: number }>(sql`
    SELECT each.value AS id, count(*) AS projects FROM ${projects},
      json_each(${projects.settings}, '$.IncludedLibraryVariableSetIds') AS each
    WHERE ${projects.spaceId} = ${spaceId} GROUP BY each.value`)
  return new Map(rows.map(row => [row.id, row.projects]))
}
