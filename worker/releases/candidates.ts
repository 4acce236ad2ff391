import type { Database } from '../database/client.ts'
import { findPackage, NEWEST_VERSIONS, newestPackages } from '../packages/store.ts'
import type { RuledChannel } from './channel-rules.ts'
import type { Candidate, PackageNeed } from './package-selection.ts'

/** What a package's version is chosen from: the highest numbers of each package, those published
 *  last where a channel goes by that, and those that are asked for by number. */
export const candidatesFor = async (
  db: Database,
  spaceId: string,
  needs: readonly PackageNeed[],
  { wanted, channels }: { wanted: readonly string[]; channels: readonly RuledChannel[] },
): Promise<Map<string, Candidate[]>> => {
  const ids = [...new Set(needs.map(({ packageId }) => packageId.toLowerCase()))].filter(
    id => !id.includes('#{'),
  )
  const dated = channels.some(({ rules }) =>
    rules.some(({ strategy }) => strategy === 'MostRecentlyPublished'),
  )
  const [highest, latest] = await Promise.all([
    newestPackages(db, spaceId, ids),
    dated ? newestPackages(db, spaceId, ids, 'publication') : [],
  ])
  const candidates = new Map<string, Candidate[]>()
  for (const [index, id] of ids.entries()) {
    const rows = [...(highest[index] ?? [])]
    // Only of a package with a very long history a version may lie further back.
    if (rows.length >= NEWEST_VERSIONS) {
      const known = new Set(rows.map(row => row.id))
      rows.push(...(latest[index] ?? []).filter(row => !known.has(row.id)))
      for (const version of new Set(wanted)) {
        if (rows.some(row => row.version === version)) continue
        const found = await findPackage(db, spaceId, id, version)
        if (found) rows.push(found)
      }
    }
    candidates.set(id, rows)
  }
  return candidates
}
