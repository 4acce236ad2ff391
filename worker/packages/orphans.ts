import { sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import type { Environment } from '../environment.ts'
import { ORPHAN_MS } from './blob.ts'

/** How many objects are looked at in one go. */
const PER_SWEEP = 100
/** What a deployment left is swept this much later than it was stored, in milliseconds: a database
 *  that was put back to an older copy may be put back to a newer one. */
export const LEFT_MS = 7 * 86_400_000

type Kind = {
  prefix: string
  /** From which age on an object that nothing names is swept, in milliseconds. */
  ageMs: number
  /** Which of these keys, without the prefix, something names. By SQL alone: what names them stands
   *  above packages, whose code does not know it. */
  named: (wanted: string) => ReturnType<typeof sql>
}

/** Bytes in the object store that a crash, or the deletion of what they belonged to, left behind. */
export const ORPHANS = {
  /** Packages: named by their row, or by a release that took one since replaced. */
  packages: {
    prefix: 'sha256/',
    ageMs: ORPHAN_MS,
    named: wanted => sql`
      SELECT sha256 AS name FROM packages WHERE sha256 IN (SELECT value FROM json_each(${wanted}))
      UNION
      SELECT selected.value ->> 'Sha256' FROM releases, json_each(releases.selected_packages) AS selected
      WHERE selected.value ->> 'Sha256' IN (SELECT value FROM json_each(${wanted}))`,
  },
  /** Files that steps handed in: their rows go with the deployment, release or project. */
  artifacts: {
    prefix: 'artifacts/',
    ageMs: LEFT_MS,
    named: wanted => sql`
      SELECT each.value AS name FROM json_each(${wanted}) AS each
        JOIN artifacts AS a ON a.deployment_id = substr(each.value, 1, instr(each.value, '/') - 1)
          AND a.storage_key = 'artifacts/' || each.value`,
  },
  /** Sealed logs, by their deployment. */
  logs: {
    prefix: 'logs/',
    ageMs: LEFT_MS,
    named: wanted =>
      sql`SELECT id AS name FROM deployments WHERE id IN (SELECT value FROM json_each(${wanted}))`,
  },
} as const satisfies Record<string, Kind>

/** Removes the orphans on one page of the listing.
 *  @returns where it goes on next time; empty at the end */
export const sweepOrphans =
  ({ prefix, ageMs, named }: Kind) =>
  async (
    { STORE }: Pick<Environment, 'STORE'>,
    db: Database,
    now: number,
    position: string,
  ): Promise<string> => {
    const page = await STORE.list({
      prefix,
      limit: PER_SWEEP,
      ...(position && { startAfter: position }),
    })
    const old = page.objects
      .filter(({ uploaded }) => now - uploaded.getTime() > ageMs)
      .map(({ key }) => key.slice(prefix.length))
    if (old.length > 0) {
      const rows = await db.all<{ name: string }>(named(JSON.stringify(old)))
      const known = new Set(rows.map(({ name }) => name))
      const orphans = old.filter(name => !known.has(name)).map(name => `${prefix}${name}`)
      if (orphans.length > 0) await STORE.delete(orphans)
    }
    return page.truncated ? (page.objects.at(-1)?.key ?? '') : ''
  }
