import * as z from 'zod'
import { invalid } from '../http/problem.ts'
import { whyNotMaskable } from './masking.ts'
import { promptInput } from './prompt.ts'
import type { variables } from './schema.ts'
import { DIMENSIONS, readScope, type Scope, scopeKey, WIRE_NAME } from './scope.ts'
import { spelledType } from './variable-type.ts'

export type VariableRow = typeof variables.$inferSelect

export const MAX_VARIABLES = 10_000
export const MAX_NAME = 1_000
export const MAX_VALUE = 1_048_576
/** All values of one set together, in characters: a deployment carries them to each runner. */
export const MAX_SET_TEXT = 4_194_304

const idList = z
  .array(z.string().min(1).max(200))
  .max(500)
  .nullish()
  .transform(value => [...new Set((value ?? []).map(each => each.trim()))])

const scope = z
  .looseObject({
    Environment: idList,
    Machine: idList,
    Role: idList,
    Action: idList,
    Channel: idList,
    TenantTag: idList,
    ProcessOwner: idList,
  })
  .nullish()
  .transform((wire, context): Scope => {
    refuseUnknownKinds(wire ?? {}, context)
    const scope: Scope = {}
    for (const dimension of DIMENSIONS) {
      const listed = wire?.[WIRE_NAME[dimension]] ?? []
      if (listed.length > 0) scope[dimension] = listed
    }
    return scope
  })

const KINDS = new Set<string>(Object.values(WIRE_NAME))

/** Left out, such a scope would make a value of one place the value of all places. */
const refuseUnknownKinds = (wire: Record<string, unknown>, context: z.RefinementCtx): void => {
  for (const [kind, listed] of Object.entries(wire))
    if (!KINDS.has(kind) && listed !== null && !(Array.isArray(listed) && listed.length === 0))
      context.addIssue(
        `has no '${kind.slice(0, 100)}'; a value is scoped by ${[...KINDS].join(', ')}.`,
      )
}

const text = (max: number) =>
  z
    .string()
    .max(max)
    .nullish()
    .transform(value => value ?? '')

const CONTROL = /\p{Cc}/u

/** One value as clients and forms send it. A sensitive one without a value keeps the stored one. */
export const variableInput = z
  .object({
    Id: text(200),
    Name: z
      .string({ error: 'a variable needs a name.' })
      .trim()
      .min(1, 'a variable needs a name.')
      .max(MAX_NAME, `may have ${MAX_NAME} characters.`)
      .refine(name => !CONTROL.test(name), 'must be one line without control characters.'),
    Value: z
      .string()
      .max(MAX_VALUE, `may have ${MAX_VALUE} characters.`)
      .nullish()
      .transform(value => value ?? null),
    Description: text(10_000),
    Type: text(100),
    IsSensitive: z.boolean().nullish(),
    Prompt: promptInput,
    Scope: scope,
  })
  .transform(({ IsSensitive, Type, ...rest }) => {
    const type = spelledType(Type)
    const isSensitive = IsSensitive === true || type === 'Sensitive'
    const plainType = type === '' ? 'String' : type
    return { ...rest, IsSensitive: isSensitive, Type: isSensitive ? 'Sensitive' : plainType }
  })
export type VariableInput = z.output<typeof variableInput>

export const setInput = z.object({
  Version: z.number().int().min(0).nullish(),
  Variables: z
    .array(variableInput, { error: 'must be the list of all variables; an empty one clears them.' })
    .max(MAX_VARIABLES, `a variable set may hold ${MAX_VARIABLES} values.`),
})
export type SetInput = z.output<typeof setInput>

/** @throws Problem `invalid` for a secret that could not be kept out of logs */
export const checkSecret = (name: string, value: string): void => {
  const reason = whyNotMaskable(value)
  if (reason)
    throw invalid(
      `The sensitive value of ${name} ${reason}. Use a longer one, or do not mark it as sensitive.`,
    )
}

/** Names are the same whatever their letter case. */
export const nameKeyOf = (name: string): string => name.toLowerCase()

/**
 * Two values of one variable for exactly the same places could not be told apart.
 * @throws Problem `invalid`
 */
export const refuseDoubles = (values: Iterable<{ name: string; scope: Scope }>): void => {
  const seen = new Set<string>()
  for (const { name, scope } of values) {
    const key = `${nameKeyOf(name)}\n${scopeKey(scope)}`
    if (seen.has(key))
      throw invalid(
        `${name} has two values with the same scope. Remove one of them, or scope them differently.`,
      )
    seen.add(key)
  }
}

/** How many values a set has, and how many characters they have together.
 *  @throws Problem `invalid` */
export const checkSize = ({ count, size }: { count: number; size: number }): void => {
  if (count > MAX_VARIABLES)
    throw invalid(
      `A variable set may hold ${MAX_VARIABLES} values; this would make ${count}. ` +
        'Move some to a library variable set.',
    )
  if (size > MAX_SET_TEXT)
    throw invalid(
      `The values of a set may have ${MAX_SET_TEXT} characters in all; these have ${size}. ` +
        'Put large texts into a package.',
    )
}

export const sizeOf = (values: readonly { value: string | null }[]) => ({
  count: values.length,
  size: values.reduce((sum, { value }) => sum + (value?.length ?? 0), 0),
})

export const scopeOf = (row: Pick<VariableRow, 'scope'>): Scope => readScope(row.scope)
