import { eq, inArray, sql } from 'drizzle-orm'
import { sha256Hex } from '../access/digest.ts'
import { type Keyring, openKeyring } from '../access/envelope.ts'
import type { Database, Write } from '../database/client.ts'
import { guard } from '../database/guard.ts'
import type { Environment } from '../environment.ts'
import { notFound } from '../http/problem.ts'
import { projects } from '../projects/schema.ts'
import type { ScopedVariable } from './precedence.ts'
import { variableSets, variableSnapshots } from './schema.ts'
import { readScope, type WireScope } from './scope.ts'
import { openValue } from './secret.ts'

/** What a snapshot keeps of a variable. A sensitive value stays as sealed; the id it was sealed
 *  for goes along, since it opens for no other. */
export type FrozenVariable = {
  id: string
  name: string
  value: string | null
  isSensitive: boolean
  type: string
  description: string
  scope: WireScope
  prompt: unknown
  /** Absent in snapshots from before secrets were counted. */
  valueVersion?: number
}

/** `includes`: the snapshots of the project's library sets, in the project's order. */
export type FrozenSet = { setId: string; variables: FrozenVariable[]; includes: string[] }

type SetVersion = { id: string; spaceId: string; ownerId: string; version: number }

/**
 * Freezes a project's variables with those of its library sets: one snapshot per set, named after
 * the set's version, so that a set that has not changed is neither read nor written again.
 * @returns `id` of the project's snapshot, which leads to the others, and the writes that make them;
 * they fail as a guard does when somebody changes a set in between
 */
export const snapshotVariables = async (
  db: Database,
  projectId: string,
  now: number,
): Promise<{ id: string; libraryIds: string[]; writes: Write[] }> => {
  const owners = await ownersOf(db, projectId)
  const known = await name(owners, await selectSets(db, owners))
  const existing = await db
    .select({ id: variableSnapshots.id })
    .from(variableSnapshots)
    .where(inArray(variableSnapshots.id, known.ids))
  if (existing.length === known.ids.length) return { ...known, writes: [] }

  const kept = new Set(existing.map(each => each.id))
  const writes = known.sets.flatMap((set, index) => {
    const id = known.ids[index] ?? ''
    if (kept.has(id)) return []
    const includes = set.ownerId === projectId ? known.libraryIds : []
    return freeze(db, set, { id, includes, now })
  })
  return { ...known, writes }
}

/** The set goes into its snapshot inside the database: ten thousand values need not travel. What has
 *  changed since it was named fails the commit, so that a name always means the same values. */
const freeze = (
  db: Database,
  { id: setId, version, spaceId, ownerId }: SetVersion,
  { id, includes, now }: { id: string; includes: string[]; now: number },
): Write[] => [
  guard(
    db,
    sql`SELECT ${variableSets.version} = ${version} FROM ${variableSets} WHERE ${variableSets.id} = ${setId}`,
  ),
  db.run(sql`INSERT INTO variable_snapshots (id, space_id, owner_id, digest, document, created_at)
    SELECT ${id}, ${spaceId}, ${ownerId}, ${id}, json_object(
      'setId', ${setId}, 'variables', (SELECT json_group_array(json(frozen)) FROM (
        SELECT json_object('id', id, 'name', name, 'value', value,
          'isSensitive', json(iif(is_sensitive, 'true', 'false')), 'type', type,
          'description', description, 'scope', json(scope), 'prompt', json(prompt),
          'valueVersion', value_version) AS frozen
        FROM variables WHERE set_id = ${setId} ORDER BY position, id)),
      'includes', json(${JSON.stringify(includes)})), ${now}
    WHERE true ON CONFLICT DO NOTHING`),
]

const ownersOf = async (db: Database, projectId: string): Promise<string[]> => {
  const included = await db.all<{ id: string }>(
    sql`SELECT each.value AS id FROM ${projects},
      json_each(${projects.settings}, '$.IncludedLibraryVariableSetIds') AS each
      WHERE ${projects.id} = ${projectId} ORDER BY each.key`,
  )
  return [projectId, ...included.map(each => each.id)]
}

const selectSets = (db: Database, owners: string[]) =>
  db.select().from(variableSets).where(inArray(variableSets.ownerId, owners))

/** The snapshots' ids: version, and the included snapshots, make the name. */
const name = async (owners: string[], found: SetVersion[]) => {
  const [own, ...libraries] = owners.flatMap(
    owner => found.find(set => set.ownerId === owner) ?? [],
  )
  if (!own || own.ownerId !== owners[0]) throw notFound(`variableset-${owners[0]}`)
  const libraryIds = await Promise.all(libraries.map(set => snapshotId(set, [])))
  const id = await snapshotId(own, libraryIds)
  return { id, libraryIds, sets: [own, ...libraries], ids: [id, ...libraryIds] }
}

const snapshotId = async (set: SetVersion, includes: string[]): Promise<string> => {
  const digest = await sha256Hex(JSON.stringify([set.id, set.version, includes]))
  return `${set.id}-s-${set.version}-${digest.slice(0, 10).toUpperCase()}`
}

/** A snapshot and those it includes, secrets still sealed: the project's first.
 *  @throws Problem `not_found` */
export const readSnapshot = async (
  db: Database,
  snapshotId: string,
): Promise<{ spaceId: string; sets: FrozenSet[] }> => {
  const rows = await db
    .select()
    .from(variableSnapshots)
    .where(
      sql`${variableSnapshots.id} = ${snapshotId} OR ${variableSnapshots.id} IN (
        SELECT each.value FROM variable_snapshots AS whole, json_each(whole.document, '$.includes') AS each
        WHERE whole.id = ${snapshotId})`,
    )
  const own = rows.find(row => row.id === snapshotId)
  if (!own) throw notFound(snapshotId)
  const document = own.document as FrozenSet
  const included = document.includes.map(id => {
    const row = rows.find(each => each.id === id)
    if (!row) throw new Error(`snapshot ${snapshotId} includes ${id}, which is gone`)
    return row.document as FrozenSet
  })
  return { spaceId: own.spaceId, sets: [document, ...included] }
}

/** Everything a deployment may need of a snapshot, secrets opened, in order of definition. Only for
 *  the coordinator: what it returns must never be shown.
 *  @param opening the space's keyring, by who knows the space already: spares a round trip */
export const openSnapshot = async (
  env: Environment,
  db: Database,
  snapshotId: string,
  opening?: Promise<Keyring>,
): Promise<ScopedVariable[]> => {
  const reading = readSnapshot(db, snapshotId)
  const [{ sets }, keyring] = await Promise.all([
    reading,
    opening ?? reading.then(({ spaceId }) => openKeyring(env, db, spaceId)),
  ])
  return Promise.all(
    sets.flatMap(({ setId, variables }, index) =>
      variables.map(
        async (frozen): Promise<ScopedVariable> => ({
          id: frozen.id,
          name: frozen.name,
          value:
            frozen.isSensitive && frozen.value !== null
              ? await openValue(
                  keyring,
                  { id: frozen.id, version: frozen.valueVersion ?? 0 },
                  frozen.value,
                )
              : frozen.value,
          isSensitive: frozen.isSensitive,
          type: frozen.type,
          scope: readScope(frozen.scope),
          source: index === 0 ? 'project' : 'library',
          setId,
        }),
      ),
    ),
  )
}

export const getSnapshot = async (db: Database, spaceId: string, id: string) => {
  const [row] = await db.select().from(variableSnapshots).where(eq(variableSnapshots.id, id))
  if (!row || row.spaceId !== spaceId) throw notFound(id)
  return { ...row, document: row.document as FrozenSet }
}
