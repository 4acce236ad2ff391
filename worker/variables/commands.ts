import { eq, sql } from 'drizzle-orm'
import { record } from '../audit/record.ts'
import { commit } from '../database/client.ts'
import { guard, isGuardFailure } from '../database/guard.ts'
import type { Context } from '../http/call.ts'
import { invalid } from '../http/problem.ts'
import { authorizeEdit, authorizeValue, maySee } from './rights.ts'
import { rowOf, same, sealerOf } from './rows.ts'
import { variableSets } from './schema.ts'
import { loadScopeValues, type ScopeValues } from './scope-values.ts'
import { getSet, putVariables, removeVariables, type VariableSet, valuesOf } from './store.ts'
import { bundlesWith, refuseTooMany } from './together.ts'
import {
  checkSize,
  refuseDoubles,
  type SetInput,
  scopeOf,
  sizeOf,
  type VariableInput,
  type VariableRow,
} from './variable.ts'

/** What a change is made on: the set, its values in order, and what they may be scoped to. */
type Ground = { set: VariableSet; rows: VariableRow[]; choices: ScopeValues }
export type SavedSet = Ground

/**
 * Replaces all values of a set; only what differs is written. Values the caller may not see are kept
 * as they are.
 * @throws Problem `invalid` for a stale `Version`, doubled values, scopes that name nothing and
 * secrets too short to be masked, `not_found`, `forbidden`
 */
export const saveSet = async (
  context: Context,
  spaceId: string,
  id: string,
  input: SetInput,
): Promise<SavedSet> => {
  const ground = await load(context, spaceId, id)
  const { set, rows: before, choices } = ground
  if (typeof input.Version === 'number' && input.Version !== set.version)
    throw stale(set, input.Version)
  const seen = before.filter(row => maySee(context.principal, set, row))
  const shown = new Set(seen)
  const hidden = before.filter(row => !shown.has(row))
  const given = await rowsOf(context, ground, seen, input.Variables)
  const rows = [...given, ...hidden].map((row, position) => ({ ...row, position }))
  const saved = await write(context, ground, rows)
  if (!saved) throw stale(set, set.version)
  return { set: saved, rows: rows.slice(0, given.length), choices }
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

/** The rows that inputs become; an id counts once, and only when the caller may see its row. */
const rowsOf = async (
  context: Context,
  { set, choices }: Ground,
  seen: VariableRow[],
  inputs: VariableInput[],
): Promise<VariableRow[]> => {
  const known = new Map(seen.map(row => [row.id, row] as const))
  const seal = sealerOf(context, set.spaceId)
  const rows: Promise<VariableRow>[] = []
  for (const [position, input] of inputs.entries()) {
    const before = known.get(input.Id)
    if (before) known.delete(input.Id)
    rows.push(rowOf({ set, choices, seal }, input, before, position))
  }
  return Promise.all(rows)
}

/** Stores what differs and raises the set's version; undefined when somebody else was faster. */
const write = async (
  context: Context,
  { set, rows: before }: Ground,
  after: VariableRow[],
): Promise<VariableSet | undefined> => {
  const { db, principal, now } = context
  refuseDoubles(after.map(row => ({ name: row.name, scope: scopeOf(row) })))
  checkSize(sizeOf(after))
  const old = new Map(before.map(row => [row.id, row] as const))
  const kept = new Set(after.map(row => row.id))
  const removed = before.filter(row => !kept.has(row.id) && maySee(principal, set, row))
  const moved: VariableRow[] = []
  const changed: VariableRow[] = []
  for (const row of after) {
    const was = old.get(row.id)
    if (!was || !same(row, was)) changed.push(row)
    else if (row.position !== was.position) moved.push(row)
  }
  for (const row of removed) authorizeValue(principal, set, row)
  for (const row of changed) {
    const was = old.get(row.id)
    authorizeValue(principal, set, row)
    if (was) authorizeValue(principal, set, was)
  }
  await refuseMoreNames(context, set, before, after)
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
      ...putVariables(db, [...changed, ...moved]),
      ...record(db, context, {
        spaceId: set.spaceId,
        category: 'Modified',
        message: `Variables of ${set.owner.name} were changed`,
        documentIds: [set.id, set.owner.id],
        details: changesOf(old, changed, removed),
      }),
    ])
  } catch (error) {
    if (isGuardFailure(error)) return undefined
    throw error
  }
  return { ...set, version, changedAt: now }
}

const refuseMoreNames = async (
  { db }: Context,
  { id, owner }: VariableSet,
  before: VariableRow[],
  after: VariableRow[],
): Promise<void> => {
  const known = new Set(before.map(({ nameKey }) => nameKey))
  const names = [...new Set(after.map(({ nameKey }) => nameKey))]
  if (names.every(name => known.has(name))) return
  await refuseTooMany(db, await bundlesWith(db, owner.id), { setId: id, names, isWhole: true })
}

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
