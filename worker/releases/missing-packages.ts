import { sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { selectedPackagesOf } from './release.ts'
import type { ReleaseRow } from './store.ts'

/** What a release took and the repository no longer holds with the same content: somebody replaced
 *  it. The release still deploys the content it took. */
export const missingPackages = async (
  db: Database,
  release: ReleaseRow,
): Promise<{ PackageId: string; Version: string; StepName: string }[]> => {
  const taken = selectedPackagesOf(release).filter(({ sha256 }) => sha256 !== null)
  if (taken.length === 0) return []
  const kept = await db.all<{ key: string }>(sql`SELECT lower(package_id || '/' || sha256) AS key
    FROM packages WHERE space_id = ${release.spaceId} AND sha256 IN
      (SELECT value FROM json_each(${JSON.stringify(taken.map(each => each.sha256))}))`)
  const keys = new Set(kept.map(({ key }) => key))
  return taken
    .filter(({ packageId, sha256 }) => !keys.has(`${packageId}/${sha256}`.toLowerCase()))
    .map(({ packageId, version, actionName }) => ({
      PackageId: packageId,
      Version: version,
      StepName: actionName,
    }))
}
