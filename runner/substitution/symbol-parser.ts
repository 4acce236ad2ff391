import { Scanner } from './scanner.ts'
import type { Step, SymbolPath } from './template.ts'

const MAX_INDEX_LENGTH = 1_000
const MAX_INDEX_NESTING = 8

// White space belongs to a name, but not before a bar, a brace, or the words in, == and !=.
const NAME = /(?:[\p{L}\p{M}\p{Nd}_\-:/~()@]|\s(?![|}])(?!(?:in|==|!=)\s)){1,1000}/uy
const NAME_IN_FORMULA = /(?:[\p{L}\p{M}\p{Nd}_\-:/~@]|\s(?![|}])(?!(?:in|==|!=)\s)){1,1000}/uy

/** Letters and digits of any script, blanks inside, and `_ - : / ~ ( ) @`. In a formula brackets
 *  belong to the formula. */
export const scanName = (scanner: Scanner, place?: 'formula'): string | undefined => {
  const start = scanner.position
  const name = scanner.match(place === 'formula' ? NAME_IN_FORMULA : NAME)?.[0].trim()
  if (name) return name
  scanner.position = start
  return scanner.expect('a name')
}

/** `name`, then any number of `.name` and `[index]`. */
export const scanSymbol = (
  scanner: Scanner,
  place?: 'formula',
  nesting = 0,
): SymbolPath | undefined => {
  const first = scanName(scanner, place)
  if (first === undefined) return undefined
  const steps: Step[] = [{ kind: 'name', name: first }]
  for (;;) {
    const next = scanner.text[scanner.position]
    if (next !== '.' && next !== '[') return { kind: 'symbol', steps }
    if (next === '.') scanner.position++
    const step = next === '.' ? scanNameStep(scanner, place) : scanIndex(scanner, nesting)
    if (!step) return undefined
    steps.push(step)
  }
}

const scanNameStep = (scanner: Scanner, place?: 'formula'): Step | undefined => {
  const name = scanName(scanner, place)
  return name === undefined ? undefined : { kind: 'name', name }
}

const scanIndex = (scanner: Scanner, nesting: number): Step | undefined => {
  const start = scanner.position
  if (scanner.nextBracket() > start + MAX_INDEX_LENGTH)
    return scanner.expect(`an index of at most ${MAX_INDEX_LENGTH} characters and ']'`)
  const symbol = nesting < MAX_INDEX_NESTING ? scanComputedIndex(scanner, nesting) : undefined
  if (symbol) return { kind: 'computed-index', symbol }
  scanner.position = start
  let depth = 0
  const limit = Math.min(scanner.text.length, start + MAX_INDEX_LENGTH)
  for (let at = start; at < limit; at++) {
    const character = scanner.text[at]
    if (character === '[') depth++
    if (character !== ']' || --depth > 0) continue
    scanner.position = at + 1
    scanner.steps += (at - start) >> 4
    return { kind: 'index', index: scanner.text.slice(start + 1, at).trimStart() }
  }
  scanner.position = limit
  scanner.steps += (limit - start) >> 4
  scanner.expect("']'")
  scanner.position = start
  return undefined
}

/** `[#{symbol}]`: the index is looked up first. */
const scanComputedIndex = (scanner: Scanner, nesting: number): SymbolPath | undefined => {
  scanner.position++
  scanner.skipBlanks()
  if (!scanner.startsWith('#{') || scanner.startsWith('#{/')) return undefined
  scanner.position += 2
  scanner.skipBlanks()
  const symbol = scanSymbol(scanner, undefined, nesting + 1)
  scanner.skipBlanks()
  if (!symbol || !scanner.take('}')) return undefined
  scanner.skipBlanks()
  return scanner.take(']') ? symbol : undefined
}

/** Reads a whole text as a symbol, as the names of variables are; `undefined` when it is none. */
export const parseSymbol = (text: string): SymbolPath | undefined => {
  const scanner = new Scanner(text)
  scanner.skipBlanks()
  const symbol = scanSymbol(scanner)
  scanner.skipBlanks()
  return symbol && scanner.atEnd ? symbol : undefined
}
