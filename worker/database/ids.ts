import { sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import { counters } from './schema.ts'

/** The next numbers of some prefixes, per installation, in one write; gaps are allowed, repeats are
 *  not. */
export const reserve = async <P extends Prefix>(
  db: Database,
  counts: Record<P, number>,
): Promise<Record<P, number[]>> => {
  const wanted = Object.entries(counts) as [P, number][]
  const rows = await db
    .insert(counters)
    .values(wanted.map(([prefix, count]) => ({ prefix, last: count })))
    .onConflictDoUpdate({
      target: counters.prefix,
      set: { last: sql`${counters.last} + excluded.last` },
    })
    .returning({ prefix: counters.prefix, last: counters.last })
  const lasts = new Map(rows.map(({ prefix, last }) => [prefix, last]))
  const numbers = ([prefix, count]: [P, number]) => {
    const last = lasts.get(prefix) ?? count
    return [prefix, Array.from({ length: count }, (_, index) => last - count + 1 + index)]
  }
  return Object.fromEntries(wanted.map(numbers)) as Record<P, number[]>
}

/** The next numbers of one prefix. */
export const nextNumbers = async (db: Database, prefix: Prefix, count: number): Promise<number[]> =>
  (await reserve(db, { [prefix]: count } as Record<Prefix, number>))[prefix]

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
  | 'Artifacts'
