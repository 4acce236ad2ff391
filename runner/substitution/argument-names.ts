import { parseTemplate } from './parse.ts'
import type { Expression, Formula, Operand, SymbolPath, Template, Token } from './template.ts'

/** The single names a template refers to, in order, each once: what has to be known to evaluate
 *  it. Names inside a loop depend on its items, so of a loop only the collection counts. */
export const argumentNames = (text: string): string[] => {
  const template = parseTemplate(text)
  return 'message' in template ? [] : [...new Set(ofTemplate(template))]
}

const ofTemplate = (template: Template): string[] => template.flatMap(ofToken)

const ofToken = (token: Token): string[] => {
  switch (token.kind) {
    case 'text':
      return []
    case 'substitution':
      return ofExpression(token.expression)
    case 'conditional': {
      const { left, comparison } = token.condition
      const compared = comparison ? ofOperand(comparison.right) : []
      const branches = [...ofTemplate(token.body), ...ofTemplate(token.otherwise)]
      return [...ofOperand(left), ...compared, ...branches]
    }
    case 'repetition':
      return ofSymbol(token.collection)
    case 'calculation':
      return ofFormula(token.formula)
  }
}

const ofOperand = (operand: Operand): string[] =>
  operand.kind === 'quoted' ? [] : ofExpression(operand)

const ofExpression = (expression: Expression): string[] =>
  expression.kind === 'symbol'
    ? ofSymbol(expression)
    : [
        ...(expression.input ? ofExpression(expression.input) : []),
        ...expression.options.flatMap(ofToken),
      ]

const ofSymbol = (symbol: SymbolPath): string[] =>
  symbol.steps.flatMap(step => {
    if (step.kind === 'name') return [step.name]
    return step.kind === 'computed-index' ? ofSymbol(step.symbol) : []
  })

const ofFormula = (formula: Formula): string[] => {
  switch (formula.kind) {
    case 'number':
      return []
    case 'variable':
      return ofSymbol(formula.symbol)
    case 'group':
      return ofFormula(formula.formula)
    case 'operation':
      return [...ofFormula(formula.left), ...ofFormula(formula.right)]
  }
}
