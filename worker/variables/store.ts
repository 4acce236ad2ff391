import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Database, Write } from '../database/client.ts'
import { notFound } from '../http/problem.ts'
import { projects } from '../projects/schema.ts'
import { spelledAs } from '../projects/store.ts'
import type { ScopedVariable } from './precedence.ts'
import { libraryVariableSets, variableSets } from './schema.ts'
import { nameKeyOf, scopeOf, type VariableRow } from './variable.ts'

/** A live variable set with whom it belongs to. */
export type VariableSet = typeof variableSets.$inferSelect & {
  owner: { kind: 'project' | 'library'; id: string; name: string }
}
export type LibrarySet = typeof libraryVariableSets.$inferSelect

/** By id (`variableset-Projects-1`), in any letter case. */
export const findSet = async (
  db: Database,
  spaceId: string,
  id: string,
): Promise<VariableSet | undefined> => (await listSets(db, spaceId, [id]))[0]

/** @throws Problem `not_found` */
export const getSet = async (db: Database, spaceId: string, id: string): Promise<VariableSet> => {
  const set = await findSet(db, spaceId, id)
  if (!set) throw notFound(id)
  return set
}

/** Those of the given ids that exist here. */
export const listSets = async (
  db: Database,
  spaceId: string,
  ids: string[],
): Promise<VariableSet[]> => {
  const rows = await db
    .select({
      set: variableSets,
      project: { id: projects.id, name: projects.name },
      library: { id: libraryVariableSets.id, name: libraryVariableSets.name },
    })
    .from(variableSets)
    .leftJoin(projects, eq(projects.id, variableSets.ownerId))
    .leftJoin(libraryVariableSets, eq(libraryVariableSets.id, variableSets.ownerId))
    .where(and(eq(variableSets.spaceId, spaceId), inArray(variableSets.id, ids.map(spelledRight))))
  return rows.flatMap(({ set, project, library }): VariableSet[] => {
    if (project) return [{ ...set, owner: { kind: 'project', ...project } }]
    return library ? [{ ...set, owner: { kind: 'library', ...library } }] : []
  })
}

const spelledRight = (id: string): string => {
  if (!/^variableset-/i.test(id)) return id
  const owner = id.slice('variableset-'.length)
  const library = spelledAs('LibraryVariableSets', owner)
  return `variableset-${library === owner ? spelledAs('Projects', owner) : library}`
}

type Packed = [
  id: string,
  setId: string,
  position: number,
  name: string,
  value: string | null,
  isSensitive: number,
  type: string,
  description: string,
  scope: unknown,
  prompt: unknown,
  revision: number,
  valueVersion: number,
]

/** Every value of the sets, in order of definition; secrets sealed. They come as one text for each
 *  set: ten thousand rows cell by cell take several times as long. */
export const valuesOf = async (db: Database, setIds: string[]): Promise<VariableRow[]> => {
  const packed = await db.all<{ rows: string }>(sql`
    SELECT (SELECT json_group_array(json(packed)) FROM (
      SELECT json_array(id, set_id, position, name, value, is_sensitive, type, description,
        json(scope), json(prompt), revision, value_version) AS packed
      FROM variables WHERE set_id = asked.value ORDER BY position, id)) AS rows
    FROM json_each(${JSON.stringify([...new Set(setIds)])}) AS asked`)
  return packed.flatMap(({ rows }) => (JSON.parse(rows) as Packed[]).map(unpacked))
}

const unpacked = (packed: Packed): VariableRow => {
  const [id, setId, position, name, value, isSensitive, type, description, scope, prompt] = packed
  const [revision, valueVersion] = packed.slice(10) as [number, number]
  return {
    id,
    setId,
    position,
    name,
    nameKey: nameKeyOf(name),
    value,
    isSensitive: isSensitive === 1,
    type,
    description,
    scope,
    prompt,
    revision,
    valueVersion,
  }
}

/** For resolving: a secret has no value here, only the sign that it is one. */
export const toScoped = (row: VariableRow, source: 'project' | 'library'): ScopedVariable => ({
  id: row.id,
  name: row.name,
  value: row.isSensitive ? null : row.value,
  isSensitive: row.isSensitive,
  type: row.type,
  scope: scopeOf(row),
  source,
  setId: row.setId,
})

const ROWS_PER_WRITE = 500
const CHARACTERS_PER_WRITE = 1_000_000

/** Inserts or replaces values of one set, many rows to a statement. */
export const putVariables = (db: Database, rows: VariableRow[]): Write[] =>
  inPieces(rows).map(piece =>
    db.run(sql`INSERT INTO variables
      (id, set_id, position, name, name_key, value, value_version, is_sensitive, type, description,
        scope, prompt, revision)
      SELECT each.value ->> '$.id', each.value ->> '$.setId', each.value ->> '$.position',
        each.value ->> '$.name', each.value ->> '$.nameKey', each.value ->> '$.value',
        each.value ->> '$.valueVersion', each.value ->> '$.isSensitive', each.value ->> '$.type',
        each.value ->> '$.description', each.value -> '$.scope',
        nullif(each.value -> '$.prompt', 'null'), each.value ->> '$.revision'
      FROM json_each(${JSON.stringify(piece)}) AS each WHERE true
      ON CONFLICT (id) DO UPDATE SET position = excluded.position, name = excluded.name,
        name_key = excluded.name_key, value = excluded.value,
        value_version = excluded.value_version, revision = excluded.revision, is_sensitive = excluded.is_sensitive, type = excluded.type,
        description = excluded.description, scope = excluded.scope, prompt = excluded.prompt
      WHERE variables.set_id = excluded.set_id`),
  )

const inPieces = (rows: VariableRow[]): VariableRow[][] => {
  const pieces: VariableRow[][] = []
  let size = 0
  for (const row of rows) {
    const length = row.name.length + (row.value?.length ?? 0)
    const last = pieces.at(-1)
    if (last && last.length < ROWS_PER_WRITE && size + length < CHARACTERS_PER_WRITE) {
      last.push(row)
      size += length
    } else {
      pieces.push([row])
      size = length
    }
  }
  return pieces
}

export const removeVariables = (db: Database, setId: string, ids: string[]): Write[] =>
  ids.length === 0
    ? []
    : [
        db.run(sql`DELETE FROM variables WHERE set_id = ${setId}
          AND id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`),
      ]
