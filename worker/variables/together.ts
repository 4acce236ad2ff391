import { sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { invalid } from '../http/problem.ts'

/** How many variables a project has together with its library sets, by name. What a runner is granted
 *  holds 20,000; the others are left to what the system and earlier steps say. */
export const MAX_NAMES = 15_000

/** A project with all that its deployments carry. */
type Bundle = { project: string; owners: string[] }

/** The names that one set is about to have, as they are compared: all of them, or more of them. */
export type Change = { setId: string; names: readonly string[]; isWhole: boolean }

/** The project that owns a set, or every project that includes it. */
export const bundlesWith = async (db: Database, ownerId: string): Promise<Bundle[]> => {
  const rows = await db.all<{ project: string; id: string; included: string | null }>(sql`
    SELECT id, name AS project, settings -> '$.IncludedLibraryVariableSetIds' AS included
    FROM projects WHERE id = ${ownerId} OR EXISTS (SELECT 1
      FROM json_each(settings, '$.IncludedLibraryVariableSetIds') AS each
      WHERE each.value = ${ownerId})
    ORDER BY name LIMIT 10000`)
  return rows.map(({ id, project, included }) => ({
    project,
    owners: [id, ...(JSON.parse(included ?? '[]') as string[])],
  }))
}

/**
 * Said when the last variable too many is saved, or the last set included, not when a step starts.
 * @throws Problem `invalid` with what there is, set by set
 */
export const refuseTooMany = async (
  db: Database,
  bundles: readonly Bundle[],
  change?: Change,
): Promise<void> => {
  const counts = await countValues(db, [...new Set(bundles.flatMap(({ owners }) => owners))])
  const added = change?.names.length ?? 0
  for (const bundle of bundles) {
    // There are no more names than values: most projects need not be looked at closely.
    const atMost = bundle.owners.reduce((sum, id) => sum + (counts.get(id) ?? 0), added)
    if (atMost <= MAX_NAMES) continue
    const names = await countNames(db, bundle, change)
    if (names.together > MAX_NAMES) throw tooMany(bundle, names)
  }
}

const countValues = async (db: Database, owners: string[]): Promise<Map<string, number>> => {
  const rows = await db.all<{ id: string; total: number }>(sql`
    SELECT each.value AS id, (SELECT count(*) FROM variables
      WHERE set_id = 'variableset-' || each.value) AS total
    FROM json_each(${JSON.stringify(owners)}) AS each`)
  return new Map(rows.map(({ id, total }) => [id, total]))
}

type Names = { together: number; sets: { name: string; total: number }[] }

const countNames = async (
  db: Database,
  { owners }: Bundle,
  change: Change | undefined,
): Promise<Names> => {
  const changed = JSON.stringify(change?.names ?? [])
  const kept = sql`SELECT set_id, name_key FROM variables
      WHERE set_id IN (SELECT 'variableset-' || value FROM json_each(${JSON.stringify(owners)}))
        AND NOT (${change?.isWhole ? 1 : 0} AND set_id = ${change?.setId ?? ''})
    UNION SELECT ${change?.setId ?? ''}, value FROM json_each(${changed})`
  const [[together], sets] = await db.batch([
    db.all<{ total: number }>(sql`SELECT count(DISTINCT name_key) AS total FROM (${kept})`),
    db.all<{ name: string; total: number }>(sql`
      SELECT coalesce((SELECT name FROM projects WHERE id = substr(set_id, 13)),
        (SELECT name FROM library_variable_sets WHERE id = substr(set_id, 13)), set_id) AS name,
        count(*) AS total
      FROM (${kept}) GROUP BY set_id ORDER BY total DESC LIMIT 10`),
  ])
  return { together: together?.total ?? 0, sets }
}

const number = new Intl.NumberFormat('en')

const tooMany = ({ project }: Bundle, { together, sets }: Names) =>
  invalid(
    `${project} and its library sets would have ${number.format(together)} variables; a deployment ` +
      `carries ${number.format(MAX_NAMES)}. There are ${sets
        .map(({ name, total }) => `${number.format(total)} in ${name}`)
        .join(', ')}. Take a set out of the project, or remove variables.`,
  )
