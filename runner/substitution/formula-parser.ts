import type { Scanner } from './scanner.ts'
import { scanSymbol } from './symbol-parser.ts'
import type { Formula } from './template.ts'

const MAX_FORMULA_NESTING = 50
const MAX_OPERATIONS = 1_000

const NUMBER = /\d+(?:\.\d+)?/y
const SUM = /[+-]/y
const PRODUCT = /[*/]/y

type Operator = '+' | '-' | '*' | '/'

/** Sums of products; `-` and `/` inside a name belong to it, so such names stand in braces. */
export const scanFormula = (scanner: Scanner, nesting = 0): Formula | undefined =>
  scanOperations(scanner, SUM, () =>
    scanOperations(scanner, PRODUCT, () => scanFactor(scanner, nesting)),
  )

const scanOperations = (
  scanner: Scanner,
  operators: RegExp,
  scanOperand: () => Formula | undefined,
): Formula | undefined => {
  let left = scanOperand()
  for (let count = 0; left && count < MAX_OPERATIONS; count++) {
    scanner.skipBlanks()
    const operator = scanner.match(operators)?.[0] as Operator | undefined
    if (!operator) return left
    const right = scanOperand()
    left = right && { kind: 'operation', operator, left, right }
  }
  return undefined
}

const scanFactor = (scanner: Scanner, nesting: number): Formula | undefined => {
  scanner.skipBlanks()
  if (scanner.startsWith('(')) {
    if (nesting >= MAX_FORMULA_NESTING) return scanner.expect('fewer brackets')
    scanner.position++
    const formula = scanFormula(scanner, nesting + 1)
    return formula && scanner.take(')') ? { kind: 'group', formula } : undefined
  }
  if (scanner.startsWith('{')) {
    scanner.position++
    scanner.skipBlanks()
    const symbol = scanSymbol(scanner)
    scanner.skipBlanks()
    return symbol && scanner.take('}') ? { kind: 'variable', symbol, braced: true } : undefined
  }
  const number = scanner.match(NUMBER)?.[0]
  if (number !== undefined) return { kind: 'number', text: number }
  const symbol = scanSymbol(scanner, 'formula')
  return symbol && { kind: 'variable', symbol, braced: false }
}
