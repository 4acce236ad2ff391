import { eq, sql } from 'drizzle-orm'
import { type Keyring, openKeyring } from '../access/envelope.ts'
import { record } from '../audit/record.ts'
import { commit } from '../database/client.ts'
import { guard, isGuardFailure } from '../database/guard.ts'
import type { Context } from '../http/call.ts'
import { invalid, notFound, Problem } from '../http/problem.ts'
import { authorizeEdit, authorizeValue, maySee } from './rights.ts'
import { variableSets } from './schema.ts'
import { toWireScope } from './scope.ts'
import { checkScope, loadScopeValues, type ScopeValues } from './scope-values.ts'
import { sealValue } from './secret.ts'
import { getSet, putVariables, removeVariables, type VariableSet, valuesOf } from './store.ts'
import {
  checkSecret,
  checkSize,
  refuseDoubles,
  type SetInput,
  scopeOf,
  type VariableInput,
  type VariableRow,
} from './variable.ts'

/** What a change is made on: the set, its values in order, and what they may be scoped to. */
type Ground = { set: VariableSet; rows: VariableRow[]; choices: ScopeValues }

const ATTEMPTS = 3

/**
 * Replaces all values of a set. Those the caller may not see are kept as they are.
 * @throws Problem `invalid` for a stale `Version`, doubled values, scopes that name nothing and
 * secrets too short to be masked, `not_found`, `forbidden`
 */
export const saveSet = async (
  context: Context,
  spaceId: string,
  id: string,
  input: SetInput,
): Promise<VariableSet> => {
  const ground = await load(context, spaceId, id)
  const { set } = ground
  if (typeof input.Version === 'number' && input.Version !== set.version)
    throw stale(set, input.Version)
  const hidden = ground.rows.filter(row => !maySee(context.principal, set, row))
  const given = await rowsOf(context, ground, input.Variables)
  const rows = [...given, ...hidden].map((row, position) => ({ ...row, position }))
  const saved = await write(context, ground, rows, `Variables of ${set.owner.name} were changed`)
  if (!saved) throw stale(set, set.version)
  return saved
}

/** What a form was filled in against; a set that moved on since is a conflict. */
export type Expected = { version?: number | undefined }

/** Adds one value. @throws Problem `invalid`, `not_found` for the set, `forbidden` */
export const addVariable = (
  context: Context,
  spaceId: string,
  setId: string,
  input: VariableInput,
): Promise<VariableRow> =>
  changeOne(context, spaceId, setId, async ground => {
    const [added] = await rowsOf(context, ground, [{ ...input, Id: '' }])
    const position = (ground.rows.at(-1)?.position ?? -1) + 1
    const row = added && { ...added, position }
    return { row, rows: row ? [...ground.rows, row] : ground.rows, deed: 'added' }
  })

/** Changes one value; a sensitive one without a new text keeps the old one.
 *  @throws Problem `invalid` (also for a stale version), `not_found`, `forbidden` */
export const editVariable = (
  context: Context,
  spaceId: string,
  setId: string,
  variableId: string,
  input: VariableInput,
  expected: Expected = {},
): Promise<VariableRow> =>
  changeOne(context, spaceId, setId, async ground => {
    refuseStale(ground, expected)
    const before = visible(context, ground, variableId)
    const [edited = before] = await rowsOf(context, ground, [{ ...input, Id: variableId }])
    const row = { ...edited, position: before.position }
    const rows = ground.rows.map(each => (each.id === variableId ? row : each))
    return { row, rows, deed: 'changed' }
  })

/** @throws Problem `not_found`, `forbidden` */
export const deleteVariable = (
  context: Context,
  spaceId: string,
  setId: string,
  variableId: string,
  expected: Expected = {},
): Promise<VariableRow> =>
  changeOne(context, spaceId, setId, async ground => {
    refuseStale(ground, expected)
    const row = visible(context, ground, variableId)
    return { row, rows: ground.rows.filter(each => each.id !== variableId), deed: 'deleted' }
  })

const refuseStale = ({ set }: Ground, { version }: Expected): void => {
  if (version !== undefined && version !== set.version) throw stale(set, version)
}

const visible = ({ principal }: Context, { set, rows }: Ground, id: string): VariableRow => {
  const row = rows.find(each => each.id === id)
  if (!row || !maySee(principal, set, row)) throw notFound(id)
  return row
}

type Change = { row: VariableRow | undefined; rows: VariableRow[]; deed: string }

/** A change of one value does not mind others; when somebody is faster, it is made again on top. */
const changeOne = async (
  context: Context,
  spaceId: string,
  setId: string,
  change: (ground: Ground) => Promise<Change>,
): Promise<VariableRow> => {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const ground = await load(context, spaceId, setId)
    const { row, rows, deed } = await change(ground)
    if (!row) throw notFound(setId)
    const { name } = ground.set.owner
    if (await write(context, ground, rows, `Variable ${row.name} of ${name} was ${deed}`))
      return row
  }
  throw new Problem('conflict', 'Many people are changing these variables at once. Try again.')
}

const load = async (context: Context, spaceId: string, id: string): Promise<Ground> => {
  const { db, principal } = context
  const set = await getSet(db, spaceId, id)
  authorizeEdit(principal, set)
  const project = set.owner.kind === 'project' ? set.owner : undefined
  const [rows, choices] = await Promise.all([
    valuesOf(db, [set.id]),
    loadScopeValues(db, spaceId, project),
  ])
  return { set, rows, choices }
}

/** The rows that inputs become: known ones keep id and secret, others get an id of ours. */
const rowsOf = async (
  { env, db, principal }: Context,
  { set, rows, choices }: Ground,
  inputs: VariableInput[],
): Promise<VariableRow[]> => {
  const known = new Map(
    rows.filter(row => maySee(principal, set, row)).map(row => [row.id, row] as const),
  )
  const used = new Set<string>()
  let keyring: Promise<Keyring> | undefined
  const seal = async (id: string, text: string) => {
    keyring ??= openKeyring(env, db, set.spaceId)
    return sealValue(await keyring, id, text)
  }
  return Promise.all(
    inputs.map(async (input, position): Promise<VariableRow> => {
      const before = used.has(input.Id) ? undefined : known.get(input.Id)
      const id = before?.id ?? crypto.randomUUID()
      used.add(id)
      const scope = checkScope(
        input.Name,
        input.Scope,
        before ? scopeOf(before) : {},
        choices,
        set.owner.kind === 'library',
      )
      return {
        id,
        setId: set.id,
        position,
        name: input.Name,
        value: await storedValue(input, before, text => seal(id, text)),
        isSensitive: input.IsSensitive,
        type: input.Type,
        description: input.Description,
        scope: toWireScope(scope),
        prompt: input.Prompt,
      }
    }),
  )
}

/** A secret never becomes plain text: whoever takes the mark off gives the value anew. */
const storedValue = async (
  input: VariableInput,
  before: VariableRow | undefined,
  seal: (text: string) => Promise<string>,
): Promise<string | null> => {
  if (!input.IsSensitive) return input.Value
  if (input.Value === null && before?.isSensitive) return before.value
  const text = input.Value ?? before?.value ?? null
  if (text === null || text === '') return null
  checkSecret(input.Name, text)
  return seal(text)
}

/** Stores what differs and raises the set's version; undefined when somebody else was faster. */
const write = async (
  context: Context,
  { set, rows: before }: Ground,
  after: VariableRow[],
  message: string,
): Promise<VariableSet | undefined> => {
  const { db, principal, now } = context
  refuseDoubles(after.map(row => ({ name: row.name, scope: scopeOf(row) })))
  checkSize(after)
  const old = new Map(before.map(row => [row.id, row] as const))
  const kept = new Set(after.map(row => row.id))
  const removed = before.filter(row => !kept.has(row.id) && maySee(principal, set, row))
  const changed = after.filter(row => !equal(row, old.get(row.id)))
  for (const row of removed) authorizeValue(principal, set, row)
  for (const row of changed) {
    const was = old.get(row.id)
    if (was && equal({ ...was, position: row.position }, row)) continue
    authorizeValue(principal, set, row)
    if (was) authorizeValue(principal, set, was)
  }
  const version = set.version + 1
  try {
    await commit(db, [
      guard(
        db,
        sql`SELECT ${variableSets.version} = ${set.version} FROM ${variableSets}
          WHERE ${variableSets.id} = ${set.id}`,
      ),
      db.update(variableSets).set({ version, changedAt: now }).where(eq(variableSets.id, set.id)),
      ...removeVariables(
        db,
        set.id,
        removed.map(row => row.id),
      ),
      ...putVariables(db, changed),
      ...(await record(db, context, {
        spaceId: set.spaceId,
        category: 'Modified',
        message,
        documentIds: [set.id, set.owner.id],
        details: changesOf(old, changed, removed),
      })),
    ])
  } catch (error) {
    if (isGuardFailure(error)) return undefined
    throw error
  }
  return { ...set, version, changedAt: now }
}

const equal = (row: VariableRow, other: VariableRow | undefined): boolean =>
  other !== undefined && JSON.stringify(inOrder(row)) === JSON.stringify(inOrder(other))

const inOrder = (row: VariableRow) => [
  row.position,
  row.name,
  row.value,
  row.isSensitive,
  row.type,
  row.description,
  row.scope,
  row.prompt ?? null,
]

/** For the record: names and scopes, never values. */
const changesOf = (
  old: ReadonlyMap<string, VariableRow>,
  changed: VariableRow[],
  removed: VariableRow[],
) => {
  const line = (row: VariableRow) => ({ name: row.name, scope: row.scope })
  return {
    added: changed
      .filter(row => !old.has(row.id))
      .slice(0, 100)
      .map(line),
    changed: changed
      .filter(row => old.has(row.id))
      .slice(0, 100)
      .map(line),
    removed: removed.slice(0, 100).map(line),
  }
}

const stale = (set: VariableSet, yours: number) =>
  invalid(
    `Someone else has changed the variables of ${set.owner.name}: you have version ${yours}, they ` +
      `are at version ${Math.max(set.version, yours + 1)}. Read them again and repeat your change.`,
  )
