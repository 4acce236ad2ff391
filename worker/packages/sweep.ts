import { sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import type { Environment } from '../environment.ts'
import { sweepBuildInformation } from './build-information-retention.ts'
import { ORPHANS, sweepOrphans } from './orphans.ts'
import { applyRetention } from './retention-commands.ts'
import { sweeps } from './schema.ts'
import { dropUpload } from './upload-commands.ts'
import { UPLOAD_KEPT_MS } from './upload-session.ts'
import { staleUploads } from './upload-store.ts'

/** How much of each kind is looked at in one go. */
const PER_SWEEP = 100
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

const SWEEPS = {
  /** Uploads that were given up, and what a crash left of one. */
  uploads: { everyMs: HOUR_MS, run: sweepUploads },
  /** Bytes that no package and no release names. */
  orphans: { everyMs: HOUR_MS, run: sweepOrphans(ORPHANS.packages) },
  /** What deployments left that were deleted, with their release or project or alone. */
  artifacts: { everyMs: DAY_MS, run: sweepOrphans(ORPHANS.artifacts) },
  logs: { everyMs: DAY_MS, run: sweepOrphans(ORPHANS.logs) },
  /** What the retention policies of the spaces say. */
  retention: { everyMs: 4 * HOUR_MS, run: sweepRetention },
  buildInformation: { everyMs: DAY_MS, run: sweepOldBuildInformation },
} as const

/** What has become due. For the schedule: a tick without anything due is one small read. */
export const sweepPackages = async (
  env: Pick<Environment, 'STORE'>,
  db: Database,
  now: number,
): Promise<void> => {
  const rows = await db.select().from(sweeps)
  for (const [name, { everyMs, run }] of Object.entries(SWEEPS)) {
    const last = rows.find(row => row.name === name)
    if (last && now - last.sweptAt < everyMs && last.position === '') continue
    const position = await run(env, db, now, last?.position ?? '')
    await db
      .insert(sweeps)
      .values({ name, position, sweptAt: now })
      .onConflictDoUpdate({ target: sweeps.name, set: { position, sweptAt: now } })
  }
}

/** Each sweep answers where it goes on next time; empty when it has come to the end. */
async function sweepUploads(
  env: Pick<Environment, 'STORE'>,
  db: Database,
  now: number,
): Promise<string> {
  const stale = await staleUploads(db, now - UPLOAD_KEPT_MS, PER_SWEEP)
  for (const upload of stale) await dropUpload({ env, db }, upload)
  const { objects } = await env.STORE.list({ prefix: 'uploads/' })
  const abandoned = objects
    .filter(({ uploaded }) => now - uploaded.getTime() > UPLOAD_KEPT_MS)
    .map(({ key }) => key)
  if (abandoned.length > 0) await env.STORE.delete(abandoned)
  return ''
}

async function sweepRetention(
  _env: Pick<Environment, 'STORE'>,
  db: Database,
  now: number,
): Promise<string> {
  const policies = await db.all<{ spaceId: string; days: number }>(sql`
    SELECT space_id AS spaceId, settings ->> 'DeleteUnreleasedPackagesAfterDays' AS days FROM feeds
    WHERE feed_type = 'BuiltIn' AND settings ->> 'DeleteUnreleasedPackagesAfterDays' > 0`)
  for (const { spaceId, days } of policies) await applyRetention(db, spaceId, days, now)
  return ''
}

async function sweepOldBuildInformation(
  _env: Pick<Environment, 'STORE'>,
  db: Database,
  now: number,
): Promise<string> {
  await sweepBuildInformation(db, now)
  return ''
}
