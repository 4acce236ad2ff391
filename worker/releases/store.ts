import { and, desc, eq, inArray, or, type SQL, sql } from 'drizzle-orm'
import type { Database, Write } from '../database/client.ts'
import type { Page } from '../http/paging.ts'
import { notFound } from '../http/problem.ts'
import { spelledAs } from '../projects/store.ts'
import { within } from '../projects/visibility.ts'
import type { Selection } from './package-selection.ts'
import { releases } from './schema.ts'

export type ReleaseRow = typeof releases.$inferSelect

/** So many of a project's releases are looked at for its next number. */
const NUMBERED = 5_000

/** @throws Problem `not_found` */
export const getRelease = async (
  db: Database,
  spaceId: string,
  id: string,
): Promise<ReleaseRow> => {
  const [row] = await db
    .select()
    .from(releases)
    .where(and(eq(releases.spaceId, spaceId), eq(releases.id, spelledAs('Releases', id))))
  if (!row) throw notFound(id)
  return row
}

/** Letter case does not matter, nor whether it is the number or the id. */
export const findReleaseByVersion = async (
  db: Database,
  projectId: string,
  version: string,
): Promise<ReleaseRow | undefined> => {
  const [row] = await db
    .select()
    .from(releases)
    .where(
      and(
        eq(releases.projectId, projectId),
        or(eq(releases.version, version), eq(releases.id, spelledAs('Releases', version))),
      ),
    )
    .orderBy(sql`${releases.version} = ${version} DESC`)
    .limit(1)
  return row
}

/** @throws Problem `not_found`, saying which project has no such release */
export const getReleaseByVersion = async (
  db: Database,
  project: { id: string; name: string },
  version: string,
): Promise<ReleaseRow> => {
  const row = await findReleaseByVersion(db, project.id, version)
  if (!row) throw notFound(`${project.name} ${version}`)
  return row
}

export type ReleaseFilter = {
  ids?: string[] | undefined
  projectId?: string | undefined
  channelId?: string | undefined
  /** Part of the version. */
  searchByVersion?: string | undefined
  /** Projects the caller's roles are limited to. */
  visible?: string[] | undefined
}

/** Newest first. */
export const listReleases = async (
  db: Database,
  spaceId: string,
  page: Page,
  filter: ReleaseFilter = {},
): Promise<{ rows: ReleaseRow[]; total: number }> => {
  const { ids, projectId, channelId, searchByVersion, visible } = filter
  const condition = and(
    eq(releases.spaceId, spaceId),
    projectId === undefined ? undefined : eq(releases.projectId, projectId),
    channelId === undefined ? undefined : eq(releases.channelId, channelId),
    searchByVersion === undefined
      ? undefined
      : sql`instr(lower(${releases.version}), ${searchByVersion.toLowerCase()}) > 0`,
    within(releases.id, ids?.slice(0, 1_000)),
    within(releases.projectId, visible),
  )
  const order =
    projectId === undefined && channelId === undefined
      ? [desc(releases.assembledAt), desc(releases.sequence)]
      : [desc(releases.sequence)]
  const [rows, [count]] = await db.batch([
    db
      .select()
      .from(releases)
      .where(condition)
      .orderBy(...order)
      .limit(page.take)
      .offset(page.skip),
    db.select({ total: sql<number>`count(*)` }).from(releases).where(condition),
  ])
  return { rows, total: count?.total ?? 0 }
}

/** Versions of a project's newest releases, with their channels; newest first. */
export const releaseVersions = (
  db: Database,
  projectId: string,
): Promise<{ version: string; channelId: string }[]> =>
  db
    .select({ version: releases.version, channelId: releases.channelId })
    .from(releases)
    .where(eq(releases.projectId, projectId))
    .orderBy(desc(releases.sequence))
    .limit(NUMBERED)

/** True while the repository still holds just these packages; for a guard. */
export const holdsPackages = (spaceId: string, selections: Selection[]): SQL => {
  const wanted = [
    ...new Set(
      selections.flatMap(({ packageId, version, content }) =>
        content ? [`${packageId}/${version}/${content.sha256}`.toLowerCase()] : [],
      ),
    ),
  ]
  return sql`(SELECT count(*) FROM json_each(${JSON.stringify(wanted)}) AS wanted
    WHERE NOT EXISTS (SELECT 1 FROM packages WHERE space_id = ${spaceId}
      AND package_id = substr(wanted.value, 1, instr(wanted.value, '/') - 1)
      AND lower(package_id || '/' || version || '/' || sha256) = wanted.value)) = 0`
}

/** Its place among the project's releases is found in the transaction itself. */
export const insertRelease = (db: Database, row: Omit<ReleaseRow, 'sequence'>): Write =>
  db.insert(releases).values({
    ...row,
    sequence: sql`(SELECT coalesce(max(sequence), 0) + 1 FROM releases
      WHERE project_id = ${row.projectId})` as never,
  })

export const updateRelease = (
  db: Database,
  id: string,
  change: Partial<Omit<ReleaseRow, 'id'>>,
): Write => db.update(releases).set(change).where(eq(releases.id, id))

export const removeRelease = (db: Database, id: string): Write =>
  db.delete(releases).where(eq(releases.id, id))

/** Versions by release id, for lists that name them. */
export const releaseNames = async (db: Database, ids: string[]): Promise<Map<string, string>> => {
  if (ids.length === 0) return new Map()
  const rows = await db
    .select({ id: releases.id, version: releases.version })
    .from(releases)
    .where(inArray(releases.id, ids))
  return new Map(rows.map(row => [row.id, row.version]))
}
