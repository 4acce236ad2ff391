import { eq, sql } from 'drizzle-orm'
import { record } from '../audit/record.ts'
import { commit, type Write } from '../database/client.ts'
import { guard, isGuardFailure } from '../database/guard.ts'
import type { Context } from '../http/call.ts'
import { notFound, Problem } from '../http/problem.ts'
import { authorizeEdit, authorizeValue, maySee } from './rights.ts'
import { rowOf, sealerOf } from './rows.ts'
import { variableSets, variables } from './schema.ts'
import { loadScopeValues, type ScopeValues } from './scope-values.ts'
import { getSet, putVariables, removeVariables, type VariableSet } from './store.ts'
import { bundlesWith, refuseTooMany } from './together.ts'
import { selectNamesakes, selectTotals, selectVariable, type Totals } from './value-store.ts'
import {
  checkSize,
  nameKeyOf,
  refuseDoubles,
  scopeOf,
  type VariableInput,
  type VariableRow,
} from './variable.ts'

/** What one value is changed on: never the whole set, however many values it has. */
type Ground = {
  set: VariableSet
  choices: ScopeValues
  /** The value itself; undefined for a new one. */
  before: VariableRow | undefined
  /** The name after the change, as it is compared; none for a value that goes. */
  nameKey: string
  /** All values of that name. */
  namesakes: VariableRow[]
  totals: Totals
}

/** What a form was filled in against; a value that somebody has changed since is a conflict. */
export type Expected = { revision?: number | undefined }
type Change = { row: VariableRow; writes: Write[]; deed: string }

const ATTEMPTS = 3

/** Adds one value. @throws Problem `invalid`, `not_found` for the set, `forbidden` */
export const addVariable = (
  context: Context,
  spaceId: string,
  setId: string,
  input: VariableInput,
): Promise<VariableRow> =>
  changeOne(context, spaceId, setId, { name: input.Name }, async ground => {
    const row = await placed(context, ground, input)
    return { row, writes: putVariables(context.db, [row]), deed: 'added' }
  })

/** Changes one value; a sensitive one without a new text keeps the old one.
 *  @throws Problem `invalid`, `conflict` when somebody has changed it since, `not_found`,
 *  `forbidden` */
export const editVariable = (
  context: Context,
  spaceId: string,
  setId: string,
  variableId: string,
  input: VariableInput,
  expected: Expected = {},
): Promise<VariableRow> =>
  changeOne(context, spaceId, setId, { id: variableId, name: input.Name }, async ground => {
    const before = visible(context, ground, variableId, expected)
    authorizeValue(context.principal, ground.set, before)
    const row = await placed(context, ground, input)
    return { row, writes: putVariables(context.db, [row]), deed: 'changed' }
  })

/** @throws Problem `conflict` when somebody has changed it since, `not_found`, `forbidden` */
export const deleteVariable = (
  context: Context,
  spaceId: string,
  setId: string,
  variableId: string,
  expected: Expected = {},
): Promise<VariableRow> =>
  changeOne(context, spaceId, setId, { id: variableId }, async ground => {
    const row = visible(context, ground, variableId, expected)
    authorizeValue(context.principal, ground.set, row)
    return { row, writes: removeVariables(context.db, ground.set.id, [row.id]), deed: 'deleted' }
  })

/** The row to store, when it goes with the others of its name and with the bounds of the set. */
const placed = async (
  context: Context,
  { set, choices, before, namesakes, totals }: Ground,
  input: VariableInput,
): Promise<VariableRow> => {
  const position = before?.position ?? totals.next
  const ground = { set, choices, seal: sealerOf(context, set.spaceId) }
  const row = await rowOf(ground, input, before, position)
  authorizeValue(context.principal, set, row)
  const others = namesakes.filter(({ id }) => id !== row.id)
  refuseDoubles([...others, row].map(each => ({ name: row.name, scope: scopeOf(each) })))
  if (others.length === 0) await refuseOneTooMany(context, set, row)
  checkSize({
    count: totals.count + (before ? 0 : 1),
    size: totals.size - (before?.value?.length ?? 0) + (row.value?.length ?? 0),
  })
  return row
}

const refuseOneTooMany = async ({ db }: Context, { id, owner }: VariableSet, row: VariableRow) =>
  refuseTooMany(db, await bundlesWith(db, owner.id), {
    setId: id,
    names: [row.nameKey],
    isWhole: false,
  })

const visible = (
  { principal }: Context,
  { set, before }: Ground,
  id: string,
  { revision }: Expected,
): VariableRow => {
  if (!before || !maySee(principal, set, before)) throw notFound(id)
  if (revision === undefined || revision === before.revision) return before
  throw new Problem(
    'conflict',
    `Someone else has changed this value of ${before.name} since you opened it. Look at what it is ` +
      'now, then make your change again.',
  )
}

/** A change of one value does not mind others; when somebody was faster with the same name, it is
 *  decided again on top. */
const changeOne = async (
  context: Context,
  spaceId: string,
  setId: string,
  of: { id?: string; name?: string },
  change: (ground: Ground) => Promise<Change>,
): Promise<VariableRow> => {
  const set = await getSet(context.db, spaceId, setId)
  authorizeEdit(context.principal, set)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const ground = await load(context, set, of)
    const { row, writes, deed } = await change(ground)
    if (await write(context, ground, row, writes, deed)) return row
  }
  throw new Problem('conflict', 'Many people are changing these variables at once. Try again.')
}

const load = async (
  { db }: Context,
  set: VariableSet,
  { id, name }: { id?: string; name?: string },
): Promise<Ground> => {
  const nameKey = name === undefined ? '' : nameKeyOf(name)
  const project = set.owner.kind === 'project' ? set.owner : undefined
  const [[[before], namesakes, [totals]], choices] = await Promise.all([
    db.batch([
      selectVariable(db, set.id, id ?? ''),
      selectNamesakes(db, set.id, nameKey),
      selectTotals(db, set.id),
    ]),
    loadScopeValues(db, set.spaceId, project),
  ])
  const nothing = { count: 0, size: 0, next: 0 }
  return { set, choices, before, nameKey, namesakes, totals: totals ?? nothing }
}

/** False when somebody was faster. */
const write = async (
  context: Context,
  { set, before, nameKey, namesakes }: Ground,
  row: VariableRow,
  writes: Write[],
  deed: string,
): Promise<boolean> => {
  const { db, now } = context
  const known = [...namesakes, ...(before ? [before] : [])]
  try {
    await commit(db, [
      guard(db, isStill(set.id, nameKey, before?.id ?? '', known)),
      db
        .update(variableSets)
        .set({ version: sql`${variableSets.version} + 1`, changedAt: now })
        .where(eq(variableSets.id, set.id)),
      ...writes,
      ...record(db, context, {
        spaceId: set.spaceId,
        category: 'Modified',
        message: `Variable ${row.name} of ${set.owner.name} was ${deed}`,
        documentIds: [set.id, set.owner.id],
        details: { [deed]: [{ name: row.name, scope: row.scope }] },
      }),
    ])
    return true
  } catch (error) {
    if (isGuardFailure(error)) return false
    throw error
  }
}

/** The values of the name, and the value itself, are those that the decision was made on. */
const isStill = (setId: string, nameKey: string, id: string, known: VariableRow[]) => {
  const expected = [...new Set(known.map(row => `${row.id} ${row.revision}`))].sort()
  return sql`SELECT json_group_array(each) = ${JSON.stringify(expected)} FROM (
    SELECT ${variables.id} || ' ' || ${variables.revision} AS each FROM ${variables}
    WHERE ${variables.setId} = ${setId} AND (${variables.nameKey} = ${nameKey} OR ${variables.id} = ${id})
    ORDER BY each)`
}
