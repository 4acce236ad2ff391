import { type Keyring, openKeyring } from '../access/envelope.ts'
import type { Context } from '../http/call.ts'
import { toWireScope } from './scope.ts'
import { checkPool, checkScope, type ScopeValues } from './scope-values.ts'
import { sealValue } from './secret.ts'
import type { VariableSet } from './store.ts'
import {
  checkSecret,
  nameKeyOf,
  scopeOf,
  type VariableInput,
  type VariableRow,
} from './variable.ts'
import { checkType } from './variable-type.ts'

/** Seals texts with the set's key, which is read when the first of them comes. */
export const sealerOf = ({ env, db }: Pick<Context, 'env' | 'db'>, spaceId: string) => {
  let keyring: Promise<Keyring> | undefined
  return async (id: string, version: number, text: string): Promise<string> => {
    keyring ??= openKeyring(env, db, spaceId)
    return sealValue(await keyring, { id, version }, text)
  }
}
export type Sealer = ReturnType<typeof sealerOf>

type Ground = { set: VariableSet; choices: ScopeValues; seal: Sealer }

/** The row that an input becomes: a known one keeps its id and its secret, another gets an id.
 *  @throws Problem `invalid` for scopes that name nothing and secrets too short to be masked */
export const rowOf = async (
  { set, choices, seal }: Ground,
  input: VariableInput,
  before: VariableRow | undefined,
  position: number,
): Promise<VariableRow> => {
  const id = before?.id ?? crypto.randomUUID()
  const scope = checkScope(
    input.Name,
    input.Scope,
    before ? scopeOf(before) : {},
    choices,
    set.owner.kind === 'library',
  )
  const row = {
    id,
    setId: set.id,
    position,
    name: input.Name,
    nameKey: nameKeyOf(input.Name),
    isSensitive: input.IsSensitive,
    type: input.Type,
    description: input.Description,
    scope: toWireScope(scope),
    prompt: input.Prompt,
    ...(await storedValue(checked(input, before, choices), before, id, seal)),
  }
  return { ...row, revision: before ? before.revision + (same(row, before) ? 0 : 1) : 0 }
}

const checked = (
  input: VariableInput,
  before: VariableRow | undefined,
  { pools }: ScopeValues,
): VariableInput => {
  checkType(input.Name, { type: input.Type, value: input.Value }, before)
  return input.Type === 'WorkerPool'
    ? { ...input, Value: checkPool(input.Name, input.Value, before?.value ?? null, pools) }
    : input
}

/** A secret never becomes plain text: whoever takes the mark off gives the value anew. */
const storedValue = async (
  input: VariableInput,
  before: VariableRow | undefined,
  id: string,
  seal: Sealer,
): Promise<Pick<VariableRow, 'value' | 'valueVersion'>> => {
  const known = before?.valueVersion ?? 0
  if (!input.IsSensitive) return { value: input.Value, valueVersion: known }
  if (input.Value === null && before?.isSensitive)
    return { value: before.value, valueVersion: known }
  const text = input.Value ?? before?.value ?? null
  if (text === null || text === '') return { value: null, valueVersion: known }
  checkSecret(input.Name, text)
  return { value: await seal(id, known + 1, text), valueVersion: known + 1 }
}

type Compared = Omit<VariableRow, 'revision' | 'position' | 'setId' | 'nameKey'>

/** Whether nothing but the place in the order differs. */
export const same = (row: Compared, other: Compared): boolean =>
  row.value === other.value &&
  row.name === other.name &&
  row.isSensitive === other.isSensitive &&
  row.valueVersion === other.valueVersion &&
  row.type === other.type &&
  row.description === other.description &&
  JSON.stringify([row.scope, row.prompt ?? null]) ===
    JSON.stringify([other.scope, other.prompt ?? null])
