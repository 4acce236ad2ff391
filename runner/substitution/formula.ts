import { parseDouble } from './number.ts'
import type { Formula, SymbolPath } from './template.ts'

/** The result of a formula in IEEE doubles; `undefined` when a variable is missing or no number. */
export const calculate = (
  formula: Formula,
  textOf: (symbol: SymbolPath) => string | undefined,
): number | undefined => {
  switch (formula.kind) {
    case 'number':
      return Number(formula.text)
    case 'variable':
      return parseDouble(textOf(formula.symbol) ?? '')
    case 'group':
      return calculate(formula.formula, textOf)
    case 'operation': {
      const left = calculate(formula.left, textOf)
      const right = calculate(formula.right, textOf)
      if (left === undefined || right === undefined) return undefined
      return OPERATIONS[formula.operator](left, right)
    }
  }
}

const OPERATIONS = {
  '+': (left: number, right: number) => left + right,
  '-': (left: number, right: number) => left - right,
  '*': (left: number, right: number) => left * right,
  '/': (left: number, right: number) => left / right,
}
