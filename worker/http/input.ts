import type { z } from 'zod'
import { invalid, Problem } from './problem.ts'

const MAX_DEPTH = 64
export const JSON_BYTES = 4_194_304

/** Reads a whole body, counting for ourselves: a declared length is only a claim. */
export const readBytes = async (request: Request, limit: number): Promise<Uint8Array> => {
  const declared = Number(request.headers.get('content-length') ?? 0)
  if (declared > limit) throw tooLarge(limit)
  if (!request.body) return new Uint8Array()
  // In one piece: the many small ones are a long time coming back.
  if (declared > 0) {
    const whole = new Uint8Array(await request.arrayBuffer())
    if (whole.byteLength > limit) throw tooLarge(limit)
    return whole
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > limit) throw tooLarge(limit)
    chunks.push(chunk)
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}

const tooLarge = (limit: number) =>
  new Problem('too_large', `The body may hold ${limit} bytes; this one is larger.`)

/** JSON under any content type; an empty body is undefined. Deep nesting and bad UTF-8 are refused. */
export const readJson = async (request: Request, limit = JSON_BYTES): Promise<unknown> => {
  const bytes = await readBytes(request, limit)
  if (bytes.byteLength === 0) return undefined
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    throw invalid('The body must be JSON in UTF-8; its bytes are not UTF-8.')
  }
  if (text.trim() === '') return undefined
  if (nesting(text) > MAX_DEPTH)
    throw invalid(`The body must be JSON nested at most ${MAX_DEPTH} deep.`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : ''
    throw invalid(`The body must be JSON; it could not be read: ${why.slice(0, 200)}`)
  }
  if (/\\u(0000|d[89a-f])/i.test(text) && !isStorable(value))
    throw invalid('The body holds text with a NUL or half a character; neither can be stored.')
  return value
}

/** No NUL, and no half of a surrogate pair: databases and files would keep something else. */
const isStorable = (value: unknown): boolean => {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0')
  if (value === null || typeof value !== 'object') return true
  return Object.entries(value).every(([key, item]) => isStorable(key) && isStorable(item))
}

const nesting = (text: string): number => {
  let depth = 0
  let deepest = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (quoted) {
      if (char === '\\') at++
      else if (char === '"') quoted = false
    } else if (char === '"') quoted = true
    else if (char === '{' || char === '[') deepest = Math.max(deepest, ++depth)
    else if (char === '}' || char === ']') depth--
  }
  return deepest
}

/** Parses with keys in any letter case, as the API promises, and says in one sentence per field
 *  what is wrong. Unknown keys stay or go as the schema says (`looseObject` keeps them). */
export const parse = <S extends z.ZodType>(schema: S, value: unknown): z.output<S> => {
  const result = schema.safeParse(relabel(schema, value))
  if (result.success) return result.data
  const fields: Record<string, string> = {}
  for (const issue of result.error.issues.slice(0, 20)) {
    const path = issue.path.map(String).join('.') || 'body'
    fields[path] ??= `${path}: ${issue.message}`
  }
  const errors = Object.values(fields)
  throw new Problem('invalid', errors.join(' '), { errors, fields })
}

/** Gives known keys the spelling their schema has, at every depth the schema knows. */
export const relabel = (schema: unknown, value: unknown): unknown => {
  const def = (schema as { def?: Definition } | undefined)?.def
  if (!def || value === null || typeof value !== 'object') return value
  switch (def.type) {
    case 'object':
      return Array.isArray(value) ? value : relabelObject(def.shape ?? {}, value)
    case 'array':
      return Array.isArray(value) ? value.map(item => relabel(def.element, item)) : value
    case 'record':
      return Array.isArray(value)
        ? value
        : Object.fromEntries(
            Object.entries(value).map(([key, item]) => [key, relabel(def.valueType, item)]),
          )
    case 'pipe':
      return relabel(def.in, value)
    case 'lazy':
      return relabel(def.getter?.(), value)
    default:
      return def.innerType ? relabel(def.innerType, value) : value
  }
}

type Definition = {
  type: string
  shape?: Record<string, unknown>
  element?: unknown
  valueType?: unknown
  innerType?: unknown
  in?: unknown
  getter?: () => unknown
}

const relabelObject = (shape: Record<string, unknown>, value: object): Record<string, unknown> => {
  const spelling = new Map(Object.keys(shape).map(key => [key.toLowerCase(), key]))
  const labelled: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    if (key === '__proto__') continue
    const known = spelling.get(key.toLowerCase())
    labelled[known ?? key] = known ? relabel(shape[known], item) : item
  }
  return labelled
}
