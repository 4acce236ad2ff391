import { and, desc, eq, inArray, sql } from 'drizzle-orm'
import type { Database, Write } from '../database/client.ts'
import type { Page } from '../http/paging.ts'
import { notFound } from '../http/problem.ts'
import type { BuildInformationRow } from './build-information.ts'
import { normalizedVersionOf } from './package.ts'
import { buildInformation } from './schema.ts'

/** What was told about one package version, whether or not we hold the package itself. */
export const findBuildInformation = async (
  db: Database,
  spaceId: string,
  packageId: string,
  version: string,
): Promise<BuildInformationRow | undefined> => {
  const [row] = await db
    .select()
    .from(buildInformation)
    .where(
      and(
        eq(buildInformation.spaceId, spaceId),
        eq(buildInformation.packageId, packageId),
        eq(buildInformation.normalizedVersion, normalizedVersionOf(version)),
      ),
    )
  return row
}

/** For a whole release in one query. */
export const buildInformationOf = async (
  db: Database,
  spaceId: string,
  packages: { packageId: string; version: string }[],
): Promise<BuildInformationRow[]> => {
  if (packages.length === 0) return []
  const wanted = JSON.stringify(
    packages.map(({ packageId, version }) =>
      `${packageId}/${normalizedVersionOf(version)}`.toLowerCase(),
    ),
  )
  return db
    .select()
    .from(buildInformation)
    .where(
      and(
        eq(buildInformation.spaceId, spaceId),
        inArray(
          buildInformation.packageId,
          packages.map(({ packageId }) => packageId),
        ),
        sql`lower(${buildInformation.packageId} || '/' || ${buildInformation.normalizedVersion})
          IN (SELECT value FROM json_each(${wanted}))`,
      ),
    )
    .limit(1_000)
}

/** @throws Problem `not_found` */
export const getBuildInformation = async (
  db: Database,
  spaceId: string,
  id: string,
): Promise<BuildInformationRow> => {
  const [row] = await db
    .select()
    .from(buildInformation)
    .where(and(eq(buildInformation.spaceId, spaceId), eq(buildInformation.id, id)))
  if (!row) throw notFound(id)
  return row
}

export type BuildInformationFilter = {
  packageId?: string | undefined
  /** Part of the package id. */
  filter?: string | undefined
  ids?: string[] | undefined
}

/** Newest first. */
export const listBuildInformation = async (
  db: Database,
  spaceId: string,
  { packageId, filter, ids }: BuildInformationFilter,
  page: Page,
): Promise<{ rows: BuildInformationRow[]; total: number }> => {
  const condition = and(
    eq(buildInformation.spaceId, spaceId),
    packageId === undefined ? undefined : eq(buildInformation.packageId, packageId),
    filter === undefined
      ? undefined
      : sql`instr(lower(${buildInformation.packageId}), ${filter.toLowerCase()}) > 0`,
    ids && inArray(buildInformation.id, ids.slice(0, 1_000)),
  )
  const [rows, [count]] = await db.batch([
    db
      .select()
      .from(buildInformation)
      .where(condition)
      .orderBy(desc(buildInformation.createdAt), desc(buildInformation.id))
      .limit(page.take)
      .offset(page.skip),
    db.select({ total: sql<number>`count(*)` }).from(buildInformation).where(condition),
  ])
  return { rows, total: count?.total ?? 0 }
}

export const insertBuildInformation = (db: Database, row: BuildInformationRow): Write =>
  db.insert(buildInformation).values(row)

export const replaceBuildInformation = (db: Database, row: BuildInformationRow): Write =>
  db.update(buildInformation).set(row).where(eq(buildInformation.id, row.id))

export const removeBuildInformation = (db: Database, ids: string[]): Write =>
  db.delete(buildInformation).where(inArray(buildInformation.id, ids))
