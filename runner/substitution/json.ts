import { formatDouble } from './number.ts'

/** JSON as people write it into variables. Objects are maps, so that no key is special; numbers
 *  keep their text. */
export type Json = null | boolean | string | JsonNumber | Json[] | Map<string, Json>
type JsonNumber = { number: string; isWhole: boolean }

const MAX_DEPTH = 64

const BLANKS = /\s*(?:(?:\/\*[\s\S]*?\*\/|\/\/[^\n]*)\s*)*/y
const STRING = /"([^"\\]*(?:\\[\s\S][^"\\]*)*)"|'([^'\\]*(?:\\[\s\S][^'\\]*)*)'/y
const NUMBER = /-?(?:\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?/y
const WORD = /true|false|null/y
const KEY = /[\p{L}\p{Nd}_$][\p{L}\p{Nd}_$-]*/uy

/** Reads JSON leniently: keys without quotes, single quotes, comments and a last comma pass.
 *  `undefined` when it is no object or array. */
export const parseJson = (text: string): Json | undefined => {
  const start = /^\s*(?:[[{]|\/[/*])/.test(text)
  if (!start) return undefined
  const reader = new JsonReader(text)
  const value = reader.value(0)
  reader.match(BLANKS)
  return reader.position === text.length && typeof value === 'object' ? value : undefined
}

class JsonReader {
  readonly #text: string
  position = 0

  constructor(text: string) {
    this.#text = text
  }

  match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.position
    const match = pattern.exec(this.#text)
    if (match) this.position += match[0].length
    return match
  }

  #take(character: string): boolean {
    this.match(BLANKS)
    if (this.#text[this.position] !== character) return false
    this.position++
    return true
  }

  value(depth: number): Json | undefined {
    this.match(BLANKS)
    if (depth > MAX_DEPTH) return undefined
    if (this.#take('{')) return this.#object(depth)
    if (this.#take('[')) return this.#array(depth)
    const string = this.#string()
    if (string !== undefined) return string
    const word = this.match(WORD)?.[0]
    if (word !== undefined) return word === 'null' ? null : word === 'true'
    const number = this.match(NUMBER)
    if (!number) return undefined
    const isWhole = number[1] === undefined && number[2] === undefined
    return {
      number: isWhole ? String(BigInt(number[0])) : formatDouble(Number(number[0])),
      isWhole,
    }
  }

  #string(): string | undefined {
    const match = this.match(STRING)
    return match ? unescapeString(match[1] ?? match[2] ?? '') : undefined
  }

  #object(depth: number): Json | undefined {
    const members = new Map<string, Json>()
    while (!this.#take('}')) {
      this.match(BLANKS)
      const key = this.#string() ?? this.match(KEY)?.[0]
      if (key === undefined || !this.#take(':')) return undefined
      const value = this.value(depth + 1)
      if (value === undefined) return undefined
      members.set(key, value)
      if (!this.#take(',')) return this.#take('}') ? members : undefined
    }
    return members
  }

  #array(depth: number): Json | undefined {
    const items: Json[] = []
    while (!this.#take(']')) {
      const value = this.value(depth + 1)
      if (value === undefined) return undefined
      items.push(value)
      if (!this.#take(',')) return this.#take(']') ? items : undefined
    }
    return items
  }
}

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }

const unescapeString = (text: string): string =>
  text.replace(/\\(?:u([0-9A-Fa-f]{4})|([\s\S]))/g, (_, code, character) =>
    code === undefined
      ? (ESCAPES[character] ?? character)
      : String.fromCharCode(Number.parseInt(code, 16)),
  )

/** A JSON value as the text of a variable: strings bare, `True` and `False`, null as nothing,
 *  objects and arrays as compact JSON. */
export const jsonAsText = (value: Json | undefined): string => {
  if (value === undefined || value === null) return ''
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return value
  return 'number' in value ? value.number : printJson(value)
}

const printJson = (value: Json): string => {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(printJson).join(',')}]`
  if (value instanceof Map) {
    const members = [...value].map(([key, member]) => `${JSON.stringify(key)}:${printJson(member)}`)
    return `{${members.join(',')}}`
  }
  return value.isWhole || /[.E]/.test(value.number) ? value.number : `${value.number}.0`
}
