import { formatDouble } from './number.ts'
import type {
  Calculation,
  Condition,
  Conditional,
  Expression,
  Formula,
  Operand,
  Step,
  SymbolPath,
  Template,
  Token,
} from './template.ts'

/** `exact` reads back as the same tree. `echo` is what stands in the result for a token that could
 *  not be evaluated: the form the original shows, which loses an escape here and there. */
export type PrintForm = 'exact' | 'echo'

/** The text of a template. */
export const printTemplate = (template: Template, form: PrintForm = 'exact'): string =>
  printBlock(template, form, false)

/** `beforeToken`: whether a `#{` follows, before which hashes need an escape. */
const printBlock = (template: Template, form: PrintForm, beforeToken: boolean): string =>
  template
    .map((token, index) =>
      token.kind === 'text'
        ? escapeText(token.text, beforeToken || index < template.length - 1)
        : printToken(token, form),
    )
    .join('')

/** Hashes before a brace are one more when written; before a token too. */
const escapeText = (text: string, beforeToken: boolean): string => {
  const escaped = text.replace(/#+(?=\{)/g, '$&#')
  return beforeToken && escaped.endsWith('#') ? `${escaped}#` : escaped
}

/** The text of one token. */
export const printToken = (token: Token, form: PrintForm = 'exact'): string => {
  switch (token.kind) {
    case 'text':
      return escapeText(token.text, false)
    case 'substitution':
      return `#{${printExpression(token.expression, form)}}`
    case 'conditional':
      return printConditional(token, form)
    case 'repetition': {
      const body = printBlock(token.body, form, true)
      return `#{each ${token.item} in ${printSymbol(token.collection)}}${body}#{/each}`
    }
    case 'calculation':
      return printCalculation(token, form)
  }
}

const printConditional = (token: Conditional, form: PrintForm): string => {
  const condition = printCondition(token.condition, form)
  const [body, otherwise] = [token.body, token.otherwise].map(block =>
    printBlock(block, form, true),
  )
  // The echo knows no unless: its branches change places.
  if (form === 'echo' && token.unless) return `#{if ${condition}}${otherwise}#{else}${body}#{/if}`
  const word = token.unless ? 'unless' : 'if'
  const orElse = token.otherwise.length === 0 ? '' : `#{else}${otherwise}`
  return `#{${word} ${condition}}${body}${orElse}#{/${word}}`
}

const printCondition = ({ left, comparison }: Condition, form: PrintForm): string => {
  if (!comparison) return printOperand(left, form)
  const operator = comparison.equals ? '==' : '!='
  const right = printOperand(comparison.right, form)
  return `${printOperand(left, form)} ${operator} ${right}${form === 'echo' ? ' ' : ''}`
}

const printOperand = (operand: Operand, form: PrintForm): string =>
  operand.kind === 'quoted' ? quote(operand.text, form) : printExpression(operand, form)

const quote = (text: string, form: PrintForm): string =>
  form === 'exact' && /["#]/.test(text) ? `\\"${text}\\"` : `"${text}"`

/** The text of an expression as it stands between the braces. */
export const printExpression = (expression: Expression, form: PrintForm = 'exact'): string => {
  if (expression.kind === 'symbol') return printSymbol(expression)
  const { input, name, options } = expression
  const before = input ? printExpression(input, form) : ''
  let text = `${before}${endsInToken(input) && form === 'exact' ? '' : ' '}| ${name}`
  for (const [index, option] of options.entries()) {
    const previous = options[index - 1]
    // No blank may follow a nested token, unless text comes next.
    const touching =
      form === 'exact' &&
      option.kind !== 'text' &&
      previous !== undefined &&
      previous.kind !== 'text'
    text += touching ? '' : ' '
    text += option.kind === 'text' ? quote(option.text, form) : printToken(option, form)
  }
  return text
}

const endsInToken = (expression: Expression | undefined): boolean => {
  if (expression?.kind !== 'filter') return false
  const last = expression.options.at(-1)
  return last !== undefined && last.kind !== 'text'
}

/** The text of a symbol: `Octopus.Action[Deploy].Output`. */
export const printSymbol = (symbol: SymbolPath): string =>
  symbol.steps.map((step, position) => printStep(step, position === 0)).join('')

const printStep = (step: Step, isFirst: boolean): string => {
  switch (step.kind) {
    case 'name':
      return isFirst ? step.name : `.${step.name}`
    case 'index':
      return `[${step.index}]`
    case 'computed-index':
      return `[#{${printSymbol(step.symbol)}}]`
  }
}

/** The echo of a calculation that has no result goes without its word, braces and brackets. */
const printCalculation = (token: Calculation, form: PrintForm): string =>
  form === 'echo'
    ? `#{${printFormula(token.formula, form)}}`
    : `#{calc ${printFormula(token.formula, form)}}`

const printFormula = (formula: Formula, form: PrintForm): string => {
  switch (formula.kind) {
    case 'number':
      return form === 'echo' ? formatDouble(Number(formula.text)) : formula.text
    case 'variable':
      return formula.braced && form === 'exact'
        ? `{${printSymbol(formula.symbol)}}`
        : printSymbol(formula.symbol)
    case 'group':
      return form === 'exact'
        ? `(${printFormula(formula.formula, form)})`
        : printFormula(formula.formula, form)
    case 'operation':
      return `${printFormula(formula.left, form)}${formula.operator}${printFormula(formula.right, form)}`
  }
}
