import { sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import { counters } from './schema.ts'

/** The next number of a prefix, per installation; gaps are allowed, repeats are not. */
export const nextNumbers = async (
  db: Database,
  prefix: string,
  count: number,
): Promise<number[]> => {
  const [row] = await db
    .insert(counters)
    .values({ prefix, last: count })
    .onConflictDoUpdate({
      target: counters.prefix,
      set: { last: sql`${counters.last} + ${count}` },
    })
    .returning({ last: counters.last })
  const last = row?.last ?? count
  return Array.from({ length: count }, (_, index) => last - count + 1 + index)
}

/** `Projects-12`: the form clients expect; see the prefixes in {@link Prefix}. */
export const nextIds = async (db: Database, prefix: Prefix, count: number): Promise<string[]> =>
  (await nextNumbers(db, prefix, count)).map(number => `${prefix}-${number}`)

export const nextId = async (db: Database, prefix: Prefix): Promise<string> => {
  const [id] = await nextIds(db, prefix, 1)
  if (!id) throw new Error(`no id for ${prefix}`)
  return id
}

export const numberOf = (id: string): number => Number(id.slice(id.lastIndexOf('-') + 1))

export type Prefix =
  | 'Spaces'
  | 'Users'
  | 'Teams'
  | 'APIKeys'
  | 'Events'
  | 'Environments'
  | 'Machines'
  | 'MachinePolicies'
  | 'Runners'
  | 'Workers'
  | 'WorkerPools'
  | 'Feeds'
  | 'Packages'
  | 'BuildInformation'
  | 'Lifecycles'
  | 'ProjectGroups'
  | 'Projects'
  | 'Channels'
  | 'Variables'
  | 'LibraryVariableSets'
  | 'Releases'
  | 'Deployments'
  | 'ServerTasks'
  | 'ScopedUserRoles'
