import { type SQL, sql } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Database } from './client.ts'

/** The part of a name that fits a URL: `Ship it: Café!` becomes `ship-it-cafe`. */
export const slugOf = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 100)
    .replace(/^-|-$/g, '') || 'unnamed'

/** The slug of a name, with a number behind it when rows of the table have it already. */
export const freeSlug = async (
  db: Database,
  table: SQLiteTable,
  name: string,
  within: SQL = sql`1`,
): Promise<string> => {
  const wanted = slugOf(name)
  const rows = await db.all<{ slug: string }>(
    sql`SELECT slug FROM ${table} WHERE ${within}
      AND (slug = ${wanted} OR substr(slug, 1, ${wanted.length + 1}) = ${`${wanted}-`})
      LIMIT 10000`,
  )
  const taken = new Set(rows.map(({ slug }) => slug))
  if (!taken.has(wanted)) return wanted
  for (let number = 2; ; number++)
    if (!taken.has(`${wanted}-${number}`)) return `${wanted}-${number}`
}
