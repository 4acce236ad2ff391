import { inArray, sql } from 'drizzle-orm'
import { SYSTEM } from '../access/system-user.ts'
import { record } from '../audit/record.ts'
import { commit, type Database } from '../database/client.ts'
import { buildInformation } from './schema.ts'

const KEPT_MS = 100 * 86_400_000
/** In one go; the rest goes with the next. */
const PER_SWEEP = 500

type Told = { id: string; spaceId: string; packageId: string; version: string }

/** Deletes what builds told of packages that are not here, after a hundred days, unless a release took
 *  them. Of a package that is here it stays as long as the package does.
 *  @see https://octopus.com/docs/packaging-applications/build-servers/build-information */
export const sweepBuildInformation = async (db: Database, now: number): Promise<void> => {
  const rows = await db.all<Told>(sql`WITH taken AS MATERIALIZED (
      SELECT DISTINCT releases.space_id, lower(s.value ->> 'PackageId') AS package_id,
        lower(s.value ->> 'Version') AS version
      FROM releases, json_each(releases.selected_packages) AS s)
    SELECT b.id, b.space_id AS spaceId, b.package_id AS packageId, b.version FROM build_information AS b
    WHERE b.created_at < ${now - KEPT_MS}
      AND NOT EXISTS (SELECT 1 FROM packages AS p WHERE p.space_id = b.space_id
        AND p.package_id = b.package_id AND p.normalized_version = b.normalized_version)
      AND NOT EXISTS (SELECT 1 FROM taken WHERE taken.space_id = b.space_id
        AND taken.package_id = lower(b.package_id)
        AND taken.version IN (lower(b.version), lower(b.normalized_version)))
    ORDER BY b.created_at, b.id LIMIT ${PER_SWEEP}`)
  const bySpace = Map.groupBy(rows, ({ spaceId }) => spaceId)
  for (const [spaceId, told] of bySpace) {
    const ids = told.map(({ id }) => id)
    const by = { principal: SYSTEM, origin: { userAgent: '', address: '' }, now }
    await commit(db, [
      db.delete(buildInformation).where(inArray(buildInformation.id, ids)),
      ...record(db, by, {
        spaceId,
        category: 'Deleted',
        message: `Retention deleted the build information of ${told.length} package versions that are not here and in no release`,
        documentIds: ids,
        details: { packages: told.map(({ packageId, version }) => `${packageId} ${version}`) },
      }),
    ])
  }
}
