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
 *  `undefined` when it is no object or array.
 *  @param spend is told what reading costs, in steps of the budget */
export const parseJson = (
  text: string,
  spend: (steps: number) => void = () => {},
): Json | undefined => {
  const start = /^\s*(?:[[{]|\/[/*])/.test(text)
  if (!start) return undefined
  const reader = new JsonReader(text, spend)
  const value = reader.value(0)
  reader.skipBlanks()
  return reader.position === text.length && typeof value === 'object' ? value : undefined
}

const STEPS_PER_VALUE = 4
const STEPS_PER_MEMBER = 8

class JsonReader {
  readonly #text: string
  readonly #spend: (steps: number) => void
  position = 0

  constructor(text: string, spend: (steps: number) => void) {
    this.#text = text
    this.#spend = spend
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.position
    const match = pattern.exec(this.#text)
    if (match) {
      this.position += match[0].length
      this.#spend(1 + (match[0].length >> 5))
    }
    return match
  }

  /** What other blanks there are, and comments, are left to the pattern. */
  skipBlanks(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.position)
      const isUsual = code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
      if (isUsual) this.position++
      else {
        if (code === 0x2f || code > 0x7f || code === 0x0b || code === 0x0c) this.#match(BLANKS)
        return
      }
    }
  }

  #take(character: string): boolean {
    this.skipBlanks()
    if (this.#text[this.position] !== character) return false
    this.position++
    return true
  }

  value(depth: number): Json | undefined {
    this.#spend(STEPS_PER_VALUE)
    this.skipBlanks()
    if (depth > MAX_DEPTH) return undefined
    switch (this.#text[this.position]) {
      case '{':
        this.position++
        return this.#object(depth)
      case '[':
        this.position++
        return this.#array(depth)
      case '"':
      case "'":
        return this.#string()
      default:
        return this.#wordOrNumber()
    }
  }

  #wordOrNumber(): Json | undefined {
    const word = this.#match(WORD)?.[0]
    if (word !== undefined) return word === 'null' ? null : word === 'true'
    const number = this.#match(NUMBER)
    if (!number) return undefined
    const isWhole = number[1] === undefined && number[2] === undefined
    return { number: isWhole ? wholeText(number[0]) : formatDouble(Number(number[0])), isWhole }
  }

  #string(): string | undefined {
    const match = this.#match(STRING)
    if (!match) return undefined
    const raw = match[1] ?? match[2] ?? ''
    if (!raw.includes('\\')) return raw
    this.#spend(raw.length >> 2)
    return unescapeString(raw)
  }

  #object(depth: number): Json | undefined {
    const members = new Map<string, Json>()
    while (!this.#take('}')) {
      this.#spend(STEPS_PER_MEMBER)
      const key = this.#string() ?? this.#match(KEY)?.[0]
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

/** Not by way of `BigInt`, which takes its time over a million digits. */
const wholeText = (text: string): string => {
  const digits = text.replace(/^(-?)0+(?=\d)/, '$1')
  return digits === '-0' ? '0' : digits
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
