import { and, asc, desc, eq, getTableColumns, inArray, or, type SQL, sql } from 'drizzle-orm'
import { parseVersion } from '../../runner/substitution/versions/version.ts'
import type { Database, Write } from '../database/client.ts'
import type { Page } from '../http/paging.ts'
import { notFound } from '../http/problem.ts'
import { normalizedVersionOf } from './package.ts'
import { feeds, packages } from './schema.ts'

export type PackageRow = typeof packages.$inferSelect

/** A version without its texts, which may be long. */
export type PackageVersion = Omit<PackageRow, 'description' | 'releaseNotes'>

/** How many of the newest versions are looked through for one that passes a rule. */
export const NEWEST_VERSIONS = 2_000

const {
  description: _description,
  releaseNotes: _releaseNotes,
  ...BRIEF
} = getTableColumns(packages)

const named = (spaceId: string, packageId: string): SQL | undefined =>
  and(eq(packages.spaceId, spaceId), eq(packages.packageId, packageId))

/** Two spellings of one version (`1.0`, `1.0.0`) find the same package. */
export const findPackage = async (
  db: Database,
  spaceId: string,
  packageId: string,
  version: string,
): Promise<PackageRow | undefined> => {
  const [row] = await db
    .select()
    .from(packages)
    .where(
      and(named(spaceId, packageId), eq(packages.normalizedVersion, normalizedVersionOf(version))),
    )
  return row
}

/** The newest version that is accepted, among the {@link NEWEST_VERSIONS} newest. */
export const latestPackage = async (
  db: Database,
  spaceId: string,
  packageId: string,
  accepts: (version: string) => boolean = () => true,
): Promise<PackageVersion | undefined> => {
  const [rows = []] = await newestPackages(db, spaceId, [packageId])
  return rows.find(row => accepts(row.version))
}

/** For each id its newest versions, newest first, in one round trip: those with the highest numbers,
 *  or those that were published last. */
export const newestPackages = async (
  db: Database,
  spaceId: string,
  packageIds: string[],
  by: 'version' | 'publication' = 'version',
): Promise<PackageVersion[][]> => {
  const order = by === 'publication' ? [desc(packages.publishedAt)] : []
  const [first, ...rest] = packageIds.map(packageId =>
    db
      .select(BRIEF)
      .from(packages)
      .where(named(spaceId, packageId))
      .orderBy(...order, desc(packages.versionOrder))
      .limit(NEWEST_VERSIONS),
  )
  return first ? db.batch([first, ...rest]) : []
}

/** By id, or by `<PackageId>.<Version>` as one client asks for it.
 *  @throws Problem `not_found` */
export const getPackage = async (
  db: Database,
  spaceId: string,
  reference: string,
): Promise<PackageRow> => {
  const rows = await db
    .select()
    .from(packages)
    .where(
      and(
        eq(packages.spaceId, spaceId),
        or(eq(packages.id, reference), ...splits(reference).map(isPackage)),
      ),
    )
    .orderBy(sql`length(${packages.packageId})`)
    .limit(1)
  if (!rows[0]) throw notFound(reference)
  return rows[0]
}

const isPackage = ({ packageId, version }: { packageId: string; version: string }) =>
  and(
    eq(packages.packageId, packageId),
    eq(packages.normalizedVersion, normalizedVersionOf(version)),
  )

/** Every way to cut `Acme.Web.1.2.3` into an id and a version. */
const splits = (reference: string): { packageId: string; version: string }[] => {
  const text = reference.replace(/^packages-(?=.*\.)/i, '').slice(0, 400)
  const found: { packageId: string; version: string }[] = []
  for (
    let dot = text.indexOf('.');
    dot !== -1 && found.length < 20;
    dot = text.indexOf('.', dot + 1)
  ) {
    const version = text.slice(dot + 1)
    if (dot > 0 && /^\d/.test(version) && parseVersion(version, 'semver'))
      found.push({ packageId: text.slice(0, dot), version })
  }
  return found
}

export type PackageFilter = {
  /** Part of the id, in any letter case. */
  filter?: string | undefined
  packageId?: string | undefined
  latestOnly?: boolean
  ids?: string[] | undefined
  /** Release notes are long; without this they come empty. */
  withNotes?: boolean
}

/** By id, and of one id the newest version first. */
export const listPackages = async (
  db: Database,
  spaceId: string,
  { filter, packageId, latestOnly, ids, withNotes = false }: PackageFilter,
  page: Page,
): Promise<{ rows: PackageRow[]; total: number }> => {
  const condition = and(
    eq(packages.spaceId, spaceId),
    packageId === undefined ? undefined : eq(packages.packageId, packageId),
    filter === undefined
      ? undefined
      : sql`instr(lower(${packages.packageId}), ${filter.toLowerCase()}) > 0`,
    ids && inArray(packages.id, ids.slice(0, 1_000)),
    latestOnly
      ? sql`NOT EXISTS (SELECT 1 FROM packages AS newer WHERE newer.space_id = ${packages.spaceId}
          AND newer.package_id = ${packages.packageId}
          AND newer.version_order > ${packages.versionOrder})`
      : undefined,
  )
  const [rows, [count]] = await db.batch([
    db
      .select({
        ...getTableColumns(packages),
        ...(!withNotes && { releaseNotes: sql<string>`''` }),
      })
      .from(packages)
      .where(condition)
      .orderBy(asc(packages.packageId), desc(packages.versionOrder))
      .limit(page.take)
      .offset(page.skip),
    db.select({ total: sql<number>`count(*)` }).from(packages).where(condition),
  ])
  return { rows, total: count?.total ?? 0 }
}

/** Names a few of the releases that took these packages. By SQL alone: releases stand above
 *  packages, whose code does not know them. */
export const releasesUsing = async (db: Database, rows: PackageRow[]): Promise<string[]> => {
  if (rows.length === 0) return []
  const found = await db.all<{ project: string; version: string; packageId: string }>(
    sql`SELECT projects.name AS project, releases.version AS version,
          selected.value ->> 'PackageId' || ' ' || (selected.value ->> 'Version') AS packageId
        FROM ${usage(rows)} LIMIT 5`,
  )
  return found.map(({ project, version, packageId }) => `${project} ${version} (${packageId})`)
}

/** True, when no release has taken any of these packages; for a guard. */
export const isUnused = (rows: PackageRow[]): SQL => sql`NOT EXISTS (SELECT 1 FROM ${usage(rows)})`

const usage = (rows: PackageRow[]): SQL => {
  const wanted = JSON.stringify(rows.map(row => `${row.packageId}/${row.version}`.toLowerCase()))
  const spaceId = rows[0]?.spaceId ?? ''
  return sql`releases JOIN projects ON projects.id = releases.project_id,
    json_each(releases.selected_packages) AS selected
    WHERE releases.space_id = ${spaceId}
      AND lower((selected.value ->> 'PackageId') || '/' || (selected.value ->> 'Version'))
        IN (SELECT value FROM json_each(${wanted}))`
}

export const insertPackage = (db: Database, row: PackageRow): Write =>
  db.insert(packages).values(row)

/** Takes the place of the row that has this id. */
export const replacePackage = (db: Database, row: PackageRow): Write =>
  db.update(packages).set(row).where(eq(packages.id, row.id))

export const removePackages = (db: Database, ids: string[]): Write =>
  db.delete(packages).where(inArray(packages.id, ids))

/** The id of the space's own repository among its feeds. */
export const builtInFeedId = async (db: Database, spaceId: string): Promise<string> => {
  const [feed] = await db
    .select({ id: feeds.id })
    .from(feeds)
    .where(and(eq(feeds.spaceId, spaceId), eq(feeds.feedType, 'BuiltIn')))
  return feed?.id ?? 'feeds-builtin'
}
