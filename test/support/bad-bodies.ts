import { z } from 'zod'

/** The part of JSON Schema that zod writes for the bodies of our routes. */
type Schema = {
  type?: string | string[]
  properties?: Record<string, Schema>
  items?: Schema
  additionalProperties?: Schema | boolean
  anyOf?: Schema[]
  enum?: unknown[]
  const?: unknown
  format?: string
  pattern?: string
  minimum?: number
  maximum?: number
  maxLength?: number
  maxItems?: number
}

export type BadBody = { what: string; body: unknown }

const MAX_DEPTH = 5
const WRONG: [what: string, value: unknown][] = [
  ['null', null],
  ['a number', 42],
  ['text', 'text'],
  ['empty text', ''],
  ['a flag', true],
  ['a list', []],
  ['a list of null', [null]],
  ['an object', {}],
]

/** A body that the schema takes, with a value for every field whose rules its outline tells. */
export const goodBody = (schema: z.ZodType): unknown => {
  const body = sample(described(schema))
  for (const { path } of schema.safeParse(body).error?.issues ?? []) empty(body, path)
  schema.parse(body)
  return body
}

const empty = (body: unknown, path: PropertyKey[]): void => {
  let at = body as Record<PropertyKey, unknown>
  for (const key of path.slice(0, -1)) at = at[key] as Record<PropertyKey, unknown>
  at[path.at(-1) ?? ''] = null
}

/** Bodies that the schema refuses: each field in turn missing, of another type, too long or too
 *  many, at every depth. */
export const badBodies = (schema: z.ZodType): BadBody[] => {
  const outline = described(schema)
  return spoiled(outline, goodBody(schema), 0).filter(({ body }) => !schema.safeParse(body).success)
}

const described = (schema: z.ZodType): Schema =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema

/** Without the choice to be null. */
const present = (nullable: Schema): Schema => {
  const schema = nullable.anyOf?.find(each => each.type !== 'null') ?? nullable
  if (!Array.isArray(schema.type)) return schema
  return { ...schema, type: schema.type.find(each => each !== 'null') ?? 'null' }
}

const sample = (nullable: Schema): unknown => {
  const schema = present(nullable)
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  switch (schema.type) {
    case 'string':
      if (schema.format === 'date-time') return '2030-01-31T09:00:00Z'
      return schema.pattern?.startsWith('^API-') ? 'API-NOBODYSKEY' : 'nothing'
    case 'integer':
    case 'number':
      return schema.minimum ?? 1
    case 'boolean':
      return false
    case 'array':
      return [sample(schema.items ?? {})]
    case 'object':
      return schema.properties
        ? mapped(schema.properties, sample)
        : { nothing: sample(valuesOf(schema)) }
    default:
      return null
  }
}

const mapped = (properties: Record<string, Schema>, to: (schema: Schema) => unknown) =>
  Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, to(schema)]))

const valuesOf = (schema: Schema): Schema =>
  typeof schema.additionalProperties === 'object' ? schema.additionalProperties : { type: 'string' }

const spoiled = (nullable: Schema, good: unknown, depth: number): BadBody[] => {
  const schema = present(nullable)
  const found = WRONG.map(([what, body]) => ({ what: `is ${what}`, body }))
  if (schema.maxLength !== undefined)
    found.push({ what: 'is too long', body: 'x'.repeat(schema.maxLength + 1) })
  if (schema.maximum !== undefined && schema.maximum < Number.MAX_SAFE_INTEGER)
    found.push({ what: 'is too large', body: schema.maximum + 1 })
  if (schema.minimum !== undefined)
    found.push({ what: 'is too small', body: schema.minimum - 1 }, { what: 'is broken', body: 1.5 })
  if (depth >= MAX_DEPTH || good === null || typeof good !== 'object') return found
  if (Array.isArray(good)) {
    if (schema.maxItems !== undefined)
      found.push({ what: 'has too many', body: Array(schema.maxItems + 1).fill(good[0]) })
    const inside = spoiled(schema.items ?? {}, good[0], depth + 1)
    return [...found, ...inside.map(({ what, body }) => ({ what: `[0] ${what}`, body: [body] }))]
  }
  for (const [name, value] of Object.entries(good)) {
    const { [name]: _, ...rest } = good as Record<string, unknown>
    found.push({ what: `.${name} is missing`, body: rest })
    for (const { what, body } of spoiled(
      schema.properties?.[name] ?? valuesOf(schema),
      value,
      depth + 1,
    ))
      found.push({ what: `.${name} ${what}`, body: { ...good, [name]: body } })
  }
  return found
}
