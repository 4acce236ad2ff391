import type { Scanner } from './scanner.ts'
import { scanSymbol } from './symbol-parser.ts'
import type { Expression, Token } from './template.ts'

const FILTER_NAME = /[\p{L}\p{M}\p{Nd}_\-:/~()@]{1,1000}/uy
const BARE = FILTER_NAME
const QUOTED = /"([^"#]*)"/y
// Made for templates inside JSON strings, where the quotes are escaped for JSON's sake.
const ESCAPED_QUOTED = /\\"([\s\S]*?)\\"/y

const MAX_FILTERS = 100
const MAX_OPTIONS = 100

/** `"text"` without quotes and hashes in it, or `\"any text\"`. */
export const scanQuoted = (scanner: Scanner): string | undefined => {
  const match = scanner.match(QUOTED)
  if (match) return match[1]
  return scanner.startsWith('\\"') ? scanner.match(ESCAPED_QUOTED)?.[1] : undefined
}

/** A symbol, or filters with or without a symbol before them; white space around is skipped.
 *  `scanToken` reads a nested `#{…}` at the present position. */
export const scanExpression = (
  scanner: Scanner,
  scanToken: () => Token | undefined,
): Expression | undefined => {
  scanner.skipBlanks()
  let expression: Expression | undefined
  if (!scanner.startsWith('|')) {
    expression = scanSymbol(scanner)
    if (!expression) return undefined
    scanner.skipBlanks()
  }
  for (let filters = 0; scanner.startsWith('|'); filters++) {
    if (filters === MAX_FILTERS) return scanner.expect(`at most ${MAX_FILTERS} filters`)
    scanner.position++
    scanner.skipBlanks()
    const name = scanner.match(FILTER_NAME)?.[0]
    if (name === undefined) return scanner.expect('a filter')
    scanner.skipBlanks()
    expression = {
      kind: 'filter',
      name,
      input: expression,
      options: scanOptions(scanner, scanToken),
    }
  }
  scanner.expect("'|'")
  // Only here may white space follow a nested token.
  scanner.skipBlanks()
  return expression
}

const scanOptions = (scanner: Scanner, scanToken: () => Token | undefined): Token[] => {
  const options: Token[] = []
  while (options.length < MAX_OPTIONS) {
    const option = scanner.startsWith('#{') ? scanToken() : scanTextOption(scanner)
    if (!option) break
    options.push(option)
  }
  return options
}

const scanTextOption = (scanner: Scanner): Token | undefined => {
  const start = scanner.position
  scanner.skipBlanks()
  const text = scanner.match(BARE)?.[0] ?? scanQuoted(scanner)
  if (text === undefined) {
    scanner.expect('an option')
    scanner.position = start
    return undefined
  }
  scanner.skipBlanks()
  return { kind: 'text', text }
}
