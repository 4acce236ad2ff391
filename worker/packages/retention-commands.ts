import { sql } from 'drizzle-orm'
import { authorize } from '../access/authorization.ts'
import { SYSTEM } from '../access/system-user.ts'
import { record } from '../audit/record.ts'
import { commit, type Database } from '../database/client.ts'
import { guard, isGuardFailure } from '../database/guard.ts'
import type { Context } from '../http/call.ts'
import { type ExpiredPackage, expired, takenBy } from './retention.ts'
import { removePackages } from './store.ts'

/** How many packages go in one transaction, and how many transactions make one run. */
const PER_COMMIT = 200
const MAX_COMMITS = 25

export type Retained = { deleted: number; bytes: number; isMoreLeft: boolean }

/**
 * Deletes what the policy lets go, oldest first, at most 5,000 at once. Their bytes are swept later.
 * Each package is looked at again in the transaction that deletes it, so one that a release takes at
 * this very moment stays.
 * @throws Problem `forbidden`
 */
export const runRetention = async (
  context: Context,
  spaceId: string,
  days: number,
): Promise<Retained> => {
  authorize(context.principal, 'BuiltInFeedAdminister', { spaceId })
  return applyRetention(context.db, spaceId, days, context.now, context)
}

/** By the schedule, in nobody's name. */
export const applyRetention = async (
  db: Database,
  spaceId: string,
  days: number,
  now: number,
  by: Pick<Context, 'principal' | 'origin'> = {
    principal: SYSTEM,
    origin: { userAgent: '', address: '' },
  },
): Promise<Retained> => {
  const condition = expired(spaceId, days, now)
  let deleted = 0
  let bytes = 0
  for (let round = 0; round < MAX_COMMITS; round++) {
    const rows = await db.all<ExpiredPackage>(sql`${takenBy(spaceId)}
      SELECT p.id, p.package_id AS packageId, p.version, p.size_bytes AS sizeBytes FROM packages AS p
      WHERE ${condition} ORDER BY p.published_at, p.id LIMIT ${PER_COMMIT}`)
    if (rows.length === 0) return { deleted, bytes, isMoreLeft: false }
    const ids = JSON.stringify(rows.map(({ id }) => id))
    try {
      await commit(db, [
        guard(
          db,
          sql`${rows.length} = (SELECT n FROM (${takenBy(spaceId)} SELECT count(*) AS n FROM packages AS p
            WHERE ${condition} AND p.id IN (SELECT value FROM json_each(${ids}))))`,
        ),
        removePackages(
          db,
          rows.map(({ id }) => id),
        ),
        ...record(db, { ...by, now }, deed(spaceId, days, rows)),
      ])
    } catch (error) {
      // A release took one of them in the meantime: look again.
      if (isGuardFailure(error)) continue
      throw error
    }
    deleted += rows.length
    bytes += rows.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    if (rows.length < PER_COMMIT) return { deleted, bytes, isMoreLeft: false }
  }
  return { deleted, bytes, isMoreLeft: true }
}

const deed = (spaceId: string, days: number, rows: ExpiredPackage[]) => ({
  spaceId,
  category: 'Deleted',
  message: `Retention deleted ${rows.length} ${rows.length === 1 ? 'package' : 'packages'} older than ${days} days that no release uses`,
  documentIds: rows.map(({ id }) => id),
  details: { packages: rows.map(({ packageId, version }) => `${packageId} ${version}`) },
})
