import { type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import type { Page } from '../http/paging.ts'
import { invalid } from '../http/problem.ts'

const DAY_MS = 86_400_000
const MAX_DAYS = 36_500

/** What a policy of so many days would do now, in words and numbers. */
export type RetentionReport = {
  days: number
  /** What would go, the oldest first; a page of it. */
  packages: ExpiredPackage[]
  total: number
  bytes: number
  /** What stays although it is old, and why. */
  kept: { used: number; newest: number }
  /** What is not old enough. */
  younger: number
}

export type ExpiredPackage = {
  id: string
  packageId: string
  version: string
  sizeBytes: number
  publishedAt: number
}

/** @throws Problem `invalid` */
export const parseDays = (days: number | undefined): number => {
  if (days !== undefined && Number.isInteger(days) && days >= 1 && days <= MAX_DAYS) return days
  throw invalid(`A package is kept for 1 to ${MAX_DAYS} days at least; found ${days ?? 'nothing'}.`)
}

/**
 * A package may go when it is older than the policy says, no release took it, and its id has a newer
 * version: what a process deploys can always be released again.
 */
export const expired = (spaceId: string, days: number, now: number): SQL =>
  sql`p.space_id = ${spaceId} AND ${isOld(days, now)} AND NOT ${IS_USED} AND NOT ${IS_NEWEST}`

const isOld = (days: number, now: number): SQL => sql`p.published_at < ${now - days * DAY_MS}`

/** Of one space at a time: releases of it are gathered once for the whole query. */
const IS_USED = sql`EXISTS (SELECT 1 FROM taken WHERE taken.package_id = lower(p.package_id)
  AND taken.version = lower(p.version))`
const IS_NEWEST = sql`NOT EXISTS (SELECT 1 FROM packages AS newer WHERE newer.space_id = p.space_id
  AND newer.package_id = p.package_id AND newer.version_order > p.version_order)`

/** What the releases of a space took. */
export const takenBy = (spaceId: string): SQL => sql`WITH taken AS MATERIALIZED (
  SELECT DISTINCT lower(s.value ->> 'PackageId') AS package_id, lower(s.value ->> 'Version') AS version
  FROM releases, json_each(releases.selected_packages) AS s WHERE releases.space_id = ${spaceId})`

/** The dry run: nothing is changed. */
export const previewRetention = async (
  db: Database,
  spaceId: string,
  days: number,
  now: number,
  page: Page,
): Promise<RetentionReport> => {
  const condition = expired(spaceId, days, now)
  const [packages, [counts]] = await db.batch([
    db.all<ExpiredPackage>(sql`${takenBy(spaceId)}
      SELECT p.id, p.package_id AS packageId, p.version, p.size_bytes AS sizeBytes, p.published_at AS publishedAt
      FROM packages AS p WHERE ${condition} ORDER BY p.published_at, p.id LIMIT ${page.take} OFFSET ${page.skip}`),
    db.all<
      Record<'total' | 'bytes' | 'used' | 'newest' | 'younger', number>
    >(sql`${takenBy(spaceId)}
      SELECT count(*) FILTER (WHERE ${condition}) AS total,
        coalesce(sum(p.size_bytes) FILTER (WHERE ${condition}), 0) AS bytes,
        count(*) FILTER (WHERE ${isOld(days, now)} AND ${IS_USED}) AS used,
        count(*) FILTER (WHERE ${isOld(days, now)} AND NOT ${IS_USED} AND ${IS_NEWEST}) AS newest,
        count(*) FILTER (WHERE NOT ${isOld(days, now)}) AS younger
      FROM packages AS p WHERE p.space_id = ${spaceId}`),
  ])
  return {
    days,
    packages,
    total: counts?.total ?? 0,
    bytes: counts?.bytes ?? 0,
    kept: { used: counts?.used ?? 0, newest: counts?.newest ?? 0 },
    younger: counts?.younger ?? 0,
  }
}
