import { parseDouble } from './number.ts'
import type { Formula, SymbolPath } from './template.ts'

/** The result of a formula in IEEE doubles; `undefined` when a variable is missing or no number. */
export const calculate = (
  formula: Formula,
  textOf: (symbol: SymbolPath) => string | undefined,
  spend: (steps: number) => void,
): number | undefined => {
  spend(1)
  switch (formula.kind) {
    case 'number':
      return Number(formula.text)
    case 'variable': {
      const text = textOf(formula.symbol) ?? ''
      spend(text.length >> 4)
      return parseDouble(text)
    }
    case 'group':
      return calculate(formula.formula, textOf, spend)
    case 'operation': {
      const left = calculate(formula.left, textOf, spend)
      const right = calculate(formula.right, textOf, spend)
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
