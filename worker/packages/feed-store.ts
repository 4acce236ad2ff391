import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import type { Database, Write } from '../database/client.ts'
import type { Page } from '../http/paging.ts'
import { notFound } from '../http/problem.ts'
import type { FeedRow } from './feed.ts'
import { feeds, packages } from './schema.ts'

export type FeedFilter = {
  ids?: string[] | undefined
  feedType?: string | undefined
  name?: string | undefined
  partialName?: string | undefined
}

/** The built-in feed first, the others by name. */
export const listFeeds = async (
  db: Database,
  spaceId: string,
  { ids, feedType, name, partialName }: FeedFilter,
  page: Page,
): Promise<{ rows: FeedRow[]; total: number }> => {
  const condition = and(
    eq(feeds.spaceId, spaceId),
    ids && inArray(feeds.id, ids.slice(0, 1_000)),
    feedType === undefined ? undefined : sql`lower(${feeds.feedType}) = ${feedType.toLowerCase()}`,
    name === undefined ? undefined : eq(feeds.name, name),
    partialName === undefined
      ? undefined
      : sql`instr(lower(${feeds.name}), ${partialName.toLowerCase()}) > 0`,
  )
  const [rows, [count]] = await db.batch([
    db
      .select()
      .from(feeds)
      .where(condition)
      .orderBy(sql`${feeds.feedType} <> 'BuiltIn'`, asc(feeds.name))
      .limit(page.take)
      .offset(page.skip),
    db.select({ total: sql<number>`count(*)` }).from(feeds).where(condition),
  ])
  return { rows, total: count?.total ?? 0 }
}

/** By id or name.
 *  @throws Problem `not_found` */
export const getFeed = async (
  db: Database,
  spaceId: string,
  reference: string,
): Promise<FeedRow> => {
  const [row] = await db
    .select()
    .from(feeds)
    .where(
      and(
        eq(feeds.spaceId, spaceId),
        sql`(lower(${feeds.id}) = ${reference.toLowerCase()} OR ${feeds.name} = ${reference})`,
      ),
    )
  if (!row) throw notFound(reference)
  return row
}

/** Package ids that hold the term, each with its newest version. */
export const searchPackageIds = async (
  db: Database,
  spaceId: string,
  term: string,
  page: Page,
): Promise<{
  rows: { packageId: string; description: string; latest: string }[]
  total: number
}> => {
  const condition = and(
    eq(packages.spaceId, spaceId),
    term === '' ? undefined : sql`instr(lower(${packages.packageId}), ${term.toLowerCase()}) > 0`,
  )
  const newest = sql<string>`max(${packages.versionOrder})`
  const [rows, [count]] = await db.batch([
    db
      .select({
        packageId: packages.packageId,
        description: packages.description,
        latest: packages.version,
        newest,
      })
      .from(packages)
      .where(condition)
      .groupBy(packages.packageId)
      .orderBy(asc(packages.packageId))
      .limit(page.take)
      .offset(page.skip),
    db
      .select({ total: sql<number>`count(DISTINCT ${packages.packageId})` })
      .from(packages)
      .where(condition),
  ])
  return { rows, total: count?.total ?? 0 }
}

/** How many packages the space's own repository holds, and how large they are together. */
export const repositoryStats = async (
  db: Database,
  spaceId: string,
): Promise<{ total: number; bytes: number }> => {
  const [row] = await db
    .select({
      total: sql<number>`count(*)`,
      bytes: sql<number>`coalesce(sum(${packages.sizeBytes}), 0)`,
    })
    .from(packages)
    .where(eq(packages.spaceId, spaceId))
  return row ?? { total: 0, bytes: 0 }
}

export const insertFeed = (db: Database, row: FeedRow): Write => db.insert(feeds).values(row)
export const updateFeed = (db: Database, row: FeedRow): Write =>
  db.update(feeds).set(row).where(eq(feeds.id, row.id))
export const removeFeed = (db: Database, id: string): Write =>
  db.delete(feeds).where(eq(feeds.id, id))
