import type { Budget } from './budget.ts'
import { FilterProblem } from './errors.ts'
import { costOf, FILTERS, type Filter, type FilterContext } from './filters/filters.ts'
import { calculate } from './formula.ts'
import { Lookup, type Scope } from './lookup.ts'
import { MissingTokens } from './missing-tokens.ts'
import { formatDouble } from './number.ts'
import { isReference, plainNode, prepare, type Reference } from './prepared.ts'
import { printExpression, printToken } from './print.ts'
import type {
  Conditional,
  Expression,
  FilterCall,
  Operand,
  Repetition,
  Template,
  Token,
} from './template.ts'
import { isTruthyText } from './truth.ts'
import { VariableNode } from './variable-tree.ts'

export type EvaluatorOptions = {
  /** Epoch milliseconds. */
  now: number
  /** Further filters by lower-case name; built-in ones win. */
  filters: ReadonlyMap<string, Filter>
}

const STEPS_PER_FILTER = 5
const STEPS_PER_ECHO = 10
const STEPS_PER_CONDITION = 4
const STEPS_PER_ITEM = 15
/** An error knows where it came from, which takes long to find out. */
const STEPS_PER_PROBLEM = 100

/** One evaluation of one template. */
export class Evaluator {
  /** Tokens that could not be evaluated, as they are shown. */
  readonly missing = new MissingTokens()
  /** Why, where there is something to say about it. */
  readonly reasons = new Set<string>()
  readonly lookup: Lookup
  readonly #options: EvaluatorOptions
  readonly #global: Scope
  readonly #budget: Budget
  readonly #context: FilterContext
  #isNothing = false

  constructor(variables: VariableNode, budget: Budget, options: EvaluatorOptions) {
    this.#options = options
    this.#global = { node: variables }
    this.#budget = budget
    this.#context = {
      now: options.now,
      spend: steps => this.#budget.spend(steps),
      checkLength: length => this.#budget.checkLength(length),
      patterns: new Set(),
    }
    this.lookup = new Lookup(this.#budget, this.missing, (template, scope) =>
      this.#render(template, scope),
    )
  }

  /** `null` when an evaluated branch of the template itself asks for nothing. */
  evaluate(template: Template): string | null {
    const text = this.#render(template, this.#global)
    return this.#isNothing ? null : text
  }

  #render(template: Template, scope: Scope): string {
    const budget = this.#budget
    const root = scope.outer === undefined ? scope.node : undefined
    let text = ''
    for (const part of prepare(template).parts) {
      if (typeof part === 'string') {
        budget.spend(2 + (part.length >> 6))
        text += part
      } else if (!isReference(part)) text += this.#token(part, scope)
      else text += (root && this.#plainValue(part, root)) ?? this.#token(part.token, scope)
      budget.checkLength(text.length)
    }
    return text
  }

  /** What most tokens are: the name of a variable with plain text, at the outermost scope. It is
   *  worth a way of its own; everything else answers `undefined` here. */
  #plainValue(reference: Reference, root: VariableNode): string | undefined {
    const node = plainNode(reference, root)
    if (!node) return undefined
    const text = node.value as string
    this.#budget.spend(3 + (text.length >> 6))
    if (node.variable !== undefined) this.lookup.used.add(node.variable)
    return text
  }

  #token(token: Token, scope: Scope): string {
    this.#budget.spend(3)
    switch (token.kind) {
      case 'text':
        this.#budget.spendOn(token.text)
        return token.text
      case 'substitution':
        return this.#expression(token.expression, scope) ?? this.#echo(token, token.expression)
      case 'conditional':
        return this.#conditional(token, scope)
      case 'repetition':
        return this.#repetition(token, scope)
      case 'calculation': {
        const result = calculate(
          token.formula,
          symbol => this.lookup.text(symbol, scope),
          steps => this.#budget.spend(steps),
        )
        return result === undefined ? this.#printed(token) : formatDouble(result)
      }
    }
  }

  /** Printing what could not be evaluated takes longer than copying it. */
  #printed(token: Token): string {
    const echo = printToken(token, 'echo')
    this.#budget.spend(STEPS_PER_ECHO + (echo.length >> 3))
    return echo
  }

  #echo(token: Token, expression: Expression): string {
    const echo = this.#printed(token)
    if (expression.kind === 'filter' && expression.name.toLowerCase() === 'null') {
      // Only the template itself can come to nothing; a variable's value cannot.
      if (this.lookup.isInsideVariable) return echo
      this.#isNothing = true
      return ''
    }
    this.missing.add(echo)
    return echo
  }

  #expression(expression: Expression, scope: Scope): string | undefined {
    return expression.kind === 'symbol'
      ? this.lookup.text(expression, scope)
      : this.#filter(expression, scope)
  }

  #filter(call: FilterCall, scope: Scope): string | undefined {
    const input = call.input && this.#expression(call.input, scope)
    const options = call.options.map(option => this.#token(option, scope))
    const name = call.name.toLowerCase()
    const filter = FILTERS.get(name) ?? this.#options.filters.get(name)
    if (!filter) {
      this.reasons.add(`There is no filter '${call.name}'.`)
      return undefined
    }
    const worked = options.reduce((length, option) => length + option.length, input?.length ?? 0)
    this.#budget.spend(STEPS_PER_FILTER + Math.ceil(worked * costOf(name)))
    try {
      const value = filter(input, options, this.#context)
      if (value !== undefined) this.#budget.checkLength(value.length)
      return value
    } catch (error) {
      if (!(error instanceof FilterProblem)) throw error
      this.#budget.spend(STEPS_PER_PROBLEM)
      this.reasons.add(`${call.name}: ${error.message}`)
      return undefined
    }
  }

  #conditional(token: Conditional, scope: Scope): string {
    const { left, comparison } = token.condition
    this.#budget.spend(STEPS_PER_CONDITION)
    const leftText = this.#operand(left, scope)
    if (leftText === undefined) return this.#undecided(token, left)
    let holds = isTruthyText(leftText)
    if (comparison) {
      const rightText = this.#operand(comparison.right, scope)
      if (rightText === undefined) return this.#undecided(token, comparison.right)
      holds = (leftText === rightText) === comparison.equals
    }
    return this.#render(holds === token.unless ? token.otherwise : token.body, scope)
  }

  /** A missing variable is empty text in a condition; a filter without result is not. */
  #operand(operand: Operand, scope: Scope): string | undefined {
    if (operand.kind === 'quoted') return operand.text
    if (operand.kind === 'symbol') return this.lookup.text(operand, scope) ?? ''
    return this.#filter(operand, scope)
  }

  #undecided(token: Conditional, culprit: Operand): string {
    if (culprit.kind !== 'quoted') this.missing.add(printExpression(culprit, 'echo'))
    return this.#printed(token)
  }

  #repetition(token: Repetition, scope: Scope): string {
    const items = this.lookup.items(token.collection, scope)
    const name = token.item.toLowerCase()
    let text = ''
    for (const [position, item] of items.entries()) {
      this.#budget.spend(STEPS_PER_ITEM)
      const node = loopVariables(position, items.length)
      node.setMember(name, item)
      text += this.#render(token.body, { node, outer: scope })
      this.#budget.checkLength(text.length)
    }
    return text
  }
}

/** `Octopus.Template.Each.Index`, `.First` and `.Last`. */
const loopVariables = (position: number, count: number): VariableNode => {
  const values = {
    index: String(position),
    first: position === 0 ? 'True' : 'False',
    last: position === count - 1 ? 'True' : 'False',
  }
  let node = new VariableNode()
  for (const [name, value] of Object.entries(values)) node.setMember(name, new VariableNode(value))
  for (const name of ['each', 'template', 'octopus']) {
    const outer = new VariableNode()
    outer.setMember(name, node)
    node = outer
  }
  return node
}
