import { ESCAPE_FILTERS } from '../substitution/filters/escape-filters.ts'
import type { VariableDictionary } from '../substitution/variable-dictionary.ts'
import type { Replacement } from './replacement.ts'

/** Values by key; comments, separators and all the rest stay as written. */
export const replaceInProperties = (text: string, variables: VariableDictionary): Replacement => {
  const lines = logicalLines(text)
  const broken = lines.findIndex(hasBrokenEscape)
  if (broken >= 0) {
    const line = lines
      .slice(0, broken)
      .join('')
      .split(/\r\n|\r|\n/).length
    return { parses: false, reason: `Line ${line}: expected four hexadecimal digits after \\u.` }
  }
  let replaced = 0
  const written = lines.map(line => {
    const entry = entryOf(line)
    if (!entry || /^octopus/i.test(entry.key) || !variables.has(entry.key)) return line
    replaced++
    const value = escapeValue(variables.get(entry.key) ?? '')
    return `${entry.before}${entry.separator === '' ? ':' : entry.separator}${value}${entry.end}`
  })
  return { parses: true, text: written.join(''), replaced, warnings: [] }
}

/** Lines with their ends; one that ends in an odd number of backslashes goes on in the next. */
const logicalLines = (text: string): string[] => {
  const lines: string[] = []
  let isContinued = false
  for (const line of text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? []) {
    if (isContinued) lines[lines.length - 1] += line
    else lines.push(line)
    const isComment: boolean = !isContinued && /^[ \t\f]*[#!]/.test(line)
    isContinued = !isComment && /[\r\n]$/.test(line) && backslashesAtEnd(line) % 2 === 1
  }
  return lines
}

const backslashesAtEnd = (line: string): number => {
  const body = line.trimEnd()
  let count = 0
  while (line.startsWith('\\', body.length - 1 - count)) count++
  return /^[\r\n]*$/.test(line.slice(body.length)) ? count : 0
}

const isNoEntry = (line: string): boolean => /^[ \t\f]*(?:[#!]|[\r\n]*$)/.test(line)

const hasBrokenEscape = (line: string): boolean =>
  !isNoEntry(line) &&
  [...line.matchAll(/\\(?:u(?:[\da-fA-F]{4})?|[^u])/g)].some(([found]) => found === '\\u')

const ENTRY =
  /^([ \t\f]*((?:[^\\ \t\f:=\r\n]|\\(?:\r\n[ \t\f]*|[\r\n][ \t\f]*|[^\r\n]))+))([ \t\f]*[:=][ \t\f]*|[ \t\f]+|)/

/** `undefined` for comments and blank lines. `before` holds the key as written. */
const entryOf = (line: string) => {
  if (isNoEntry(line)) return undefined
  const [, before = '', rawKey = '', separator = ''] = ENTRY.exec(line) ?? []
  const end = /(?:\r\n|\r|\n)?$/.exec(line)?.[0] ?? ''
  return { key: unescapeText(rawKey), before, separator, end }
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

const unescapeText = (text: string): string =>
  text.replace(
    /\\(?:u([\da-fA-F]{4})|(\r\n[ \t\f]*|[\r\n][ \t\f]*)|([^\r\n]))/g,
    (_, code, lineEnd, character) => {
      if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16))
      return lineEnd !== undefined ? '' : (ESCAPES[character] ?? character)
    },
  )

const escapeValue = (text: string): string => {
  const escaped = ESCAPE_FILTERS.PropertiesValueEscape?.(text, [], NO_CONTEXT)
  return escaped ?? text
}

const NO_CONTEXT = { now: 0, patterns: new Set<string>(), spend: () => {}, checkLength: () => {} }
