import { FilterProblem, SubstitutionError } from './errors.ts'
import { FILTERS, type Filter } from './filters/filters.ts'
import { calculate } from './formula.ts'
import { type Json, jsonAsText, parseJson } from './json.ts'
import { formatDouble } from './number.ts'
import { parseTemplate } from './parse.ts'
import { printExpression, printSymbol, printToken } from './print.ts'
import type {
  Conditional,
  Expression,
  Operand,
  Repetition,
  Step,
  SymbolPath,
  Template,
  Token,
} from './template.ts'
import { isTruthyText } from './variable-dictionary.ts'
import { VariableNode } from './variable-tree.ts'

/** Bounds of one evaluation; steps are tokens and 64 characters of text worked on. */
export type Limits = {
  maxDepth: number
  maxOutputLength: number
  maxSteps: number
  /** Further filters by lower-case name; built-in ones win. */
  filters: ReadonlyMap<string, Filter>
}

export const DEFAULT_LIMITS: Limits = {
  maxDepth: 32,
  maxOutputLength: 1024 * 1024,
  maxSteps: 500_000,
  filters: new Map(),
}

/** Loop variables first, then outwards; the outermost scope holds the variables. */
type Scope = { node: VariableNode; outer?: Scope }
type Found = { node: VariableNode; scope: Scope; label: string }

/** One evaluation: what is being looked up, what was missing, how much is left to spend. */
export class Evaluator {
  readonly missing = new Set<string>()
  readonly reasons = new Set<string>()
  readonly used = new Set<string>()
  readonly #options: Limits & { now: number }
  readonly #global: Scope
  readonly #texts = new Map<VariableNode, string>()
  readonly #jsonNodes = new Map<VariableNode, Map<string, VariableNode>>()
  readonly #documents = new Map<string, Json | undefined>()
  readonly #lookups: Found[] = []
  #isNothing = false
  #stepsLeft: number

  constructor(variables: VariableNode, options: Limits & { now: number }) {
    this.#options = options
    this.#global = { node: variables }
    this.#stepsLeft = options.maxSteps
  }

  /** `null` when an evaluated branch of the template itself asks for nothing. */
  evaluate(template: Template): string | null {
    const text = this.#render(template, this.#global)
    return this.#isNothing ? null : text
  }

  #render(template: Template, scope: Scope): string {
    let text = ''
    for (const token of template) {
      text += this.#token(token, scope)
      if (text.length > this.#options.maxOutputLength) {
        throw this.#limit(`more than ${this.#options.maxOutputLength} characters`)
      }
    }
    return text
  }

  #spend(steps: number): void {
    this.#stepsLeft -= steps
    if (this.#stepsLeft < 0) throw this.#limit(`more than ${this.#options.maxSteps} steps`)
  }

  #limit(what: string): SubstitutionError {
    const chain = this.#lookups.map(({ label }) => label)
    const place = chain.length === 0 ? 'The template' : `The variable ${chain.at(-1)}`
    return new SubstitutionError('limit', `${place} needs ${what} to evaluate; shorten it.`, chain)
  }

  #token(token: Token, scope: Scope): string {
    this.#spend(1)
    switch (token.kind) {
      case 'text':
        this.#spend(token.text.length >> 6)
        return token.text
      case 'substitution': {
        const value = this.#expression(token.expression, scope)
        return value ?? this.#withoutValue(token, token.expression)
      }
      case 'conditional':
        return this.#conditional(token, scope)
      case 'repetition':
        return this.#repetition(token, scope)
      case 'calculation': {
        const result = calculate(token.formula, symbol => this.#symbol(symbol, scope))
        return result === undefined ? printToken(token, 'echo') : formatDouble(result)
      }
    }
  }

  #withoutValue(token: Token, expression: Expression): string {
    const echo = printToken(token, 'echo')
    if (expression.kind === 'filter' && expression.name.toLowerCase() === 'null') {
      // Only the template itself can come to nothing; a variable's value cannot.
      if (this.#lookups.length > 0) return echo
      this.#isNothing = true
      return ''
    }
    this.missing.add(echo)
    return echo
  }

  #expression(expression: Expression, scope: Scope): string | undefined {
    if (expression.kind === 'symbol') return this.#symbol(expression, scope)
    const input = expression.input && this.#expression(expression.input, scope)
    const options = expression.options.map(option => this.#token(option, scope))
    const name = expression.name.toLowerCase()
    const filter = FILTERS.get(name) ?? this.#options.filters.get(name)
    if (!filter) {
      this.reasons.add(`There is no filter '${expression.name}'.`)
      return undefined
    }
    this.#spend((input ?? '').length >> 6)
    try {
      const value = filter(input, options, { now: this.#options.now })
      if (value !== undefined) this.#spend(value.length >> 6)
      return value
    } catch (error) {
      if (!(error instanceof FilterProblem)) throw error
      this.reasons.add(`${expression.name}: ${error.message}`)
      return undefined
    }
  }

  #conditional(token: Conditional, scope: Scope): string {
    const { left, comparison } = token.condition
    const leftText = this.#operand(left, scope)
    const rightText = comparison && this.#operand(comparison.right, scope)
    if (leftText === undefined || (comparison && rightText === undefined)) {
      const culprit = leftText === undefined || !comparison ? left : comparison.right
      if (culprit.kind !== 'quoted') this.missing.add(printExpression(culprit, 'echo'))
      return printToken(token, 'echo')
    }
    const holds = comparison
      ? (leftText === rightText) === comparison.equals
      : isTruthyText(leftText)
    return this.#render(holds === token.unless ? token.otherwise : token.then, scope)
  }

  /** A missing variable is empty text in a condition; a filter without result is not. */
  #operand(operand: Operand, scope: Scope): string | undefined {
    if (operand.kind === 'quoted') return operand.text
    if (operand.kind === 'symbol') return this.#symbol(operand, scope) ?? ''
    return this.#expression(operand, scope)
  }

  #repetition(token: Repetition, scope: Scope): string {
    const items = this.#items(token.collection, scope)
    let text = ''
    for (const [position, item] of items.entries()) {
      this.#spend(5)
      const node = loopVariables(position, items.length)
      node.members.set(token.item.toLowerCase(), item)
      text += this.#render(token.body, { node, outer: scope })
      if (text.length > this.#options.maxOutputLength) {
        throw this.#limit(`more than ${this.#options.maxOutputLength} characters`)
      }
    }
    return text
  }

  #items(collection: SymbolPath, scope: Scope): VariableNode[] {
    const found = this.#find(collection, scope)
    if (!found) return []
    if (found.node.items.size > 0) return [...found.node.items.values()].map(({ node }) => node)
    const text = this.#text(found)
    if (text === undefined) return []
    const json = this.#document(text)
    if (Array.isArray(json)) return json.map(item => new VariableNode(jsonAsText(item)))
    if (json instanceof Map) return [...json].map(([key, value]) => member(key, value))
    return text.split(',').map(item => new VariableNode(item))
  }

  #symbol(symbol: SymbolPath, scope: Scope): string | undefined {
    const found = this.#find(symbol, scope)
    return found && this.#text(found)
  }

  /** The place a symbol names: in the innermost scope that has all of the path. */
  #find(symbol: SymbolPath, from: Scope): Found | undefined {
    this.#spend(1)
    const keys: { key: string; step: Step }[] = []
    for (const step of symbol.steps) {
      const key = step.kind === 'name' ? step.name : this.#index(step, from)
      if (key === undefined) return undefined
      keys.push({ key, step })
    }
    for (let scope: Scope | undefined = from; scope; scope = scope.outer) {
      let node: VariableNode | undefined = scope.node
      for (const { key, step } of keys) {
        const label = printSymbol(symbol)
        const next: VariableNode | undefined =
          step.kind === 'name' ? node.member(key) : node.item(key)
        node = next ?? this.#insideJson({ node, scope, label }, key)
        if (!node) break
      }
      if (node) return { node, scope, label: printSymbol(symbol) }
    }
    return undefined
  }

  #index(step: Exclude<Step, { kind: 'name' }>, scope: Scope): string | undefined {
    return step.kind === 'index' ? step.index : this.#symbol(step.symbol, scope)
  }

  /** What is no variable may be a member of the JSON in the variable above it. */
  #insideJson(parent: Found, key: string): VariableNode | undefined {
    if (typeof parent.node.value !== 'string') return undefined
    if (this.#lookups.some(({ node }) => node === parent.node)) return undefined
    const known = this.#jsonNodes.get(parent.node)?.get(key)
    if (known) return known
    const text = this.#text(parent)
    const json = text === undefined ? undefined : this.#document(text)
    const value = json === undefined ? undefined : memberText(json, key)
    if (value === undefined) return undefined
    const node = new VariableNode(value)
    // Below a loop variable the same place may have another text in the next round.
    if (parent.scope.outer === undefined) {
      const siblings = this.#jsonNodes.get(parent.node) ?? new Map<string, VariableNode>()
      this.#jsonNodes.set(parent.node, siblings.set(key, node))
    }
    return node
  }

  #document(text: string): Json | undefined {
    if (this.#documents.has(text)) return this.#documents.get(text)
    this.#spend(text.length >> 4)
    const json = parseJson(text)
    if (this.#documents.size >= MAX_DOCUMENTS) this.#documents.clear()
    this.#documents.set(text, json)
    return json
  }

  /** A value is itself a template, evaluated in the scope it was found in. */
  #text(found: Found): string | undefined {
    const { node, scope } = found
    if (node.variable !== undefined) this.used.add(node.variable)
    const raw = node.value
    if (raw === undefined || raw === null) return raw === null ? '' : undefined
    this.#spend(1 + (raw.length >> 6))
    if (!raw.includes('#{')) return raw
    const isGlobal = scope.outer === undefined && node.variable !== undefined
    const known = isGlobal ? this.#texts.get(node) : undefined
    if (known !== undefined) return known
    this.#refuseRecursion(found)
    const template = parseTemplate(raw)
    if ('message' in template) return raw
    this.#lookups.push(found)
    const text = this.#render(template, scope)
    this.#lookups.pop()
    if (isGlobal) this.#texts.set(node, text)
    return text
  }

  #refuseRecursion(found: Found): void {
    const first = this.#lookups.findIndex(({ node }) => node === found.node)
    if (first !== -1) {
      const chain = [...this.#lookups.slice(first), found].map(({ label }) => label)
      const path = chain.join(' -> ')
      throw new SubstitutionError(
        'recursion',
        `The variable ${found.label} refers to itself: ${path}. Take one of these references out.`,
        chain,
      )
    }
    if (this.#lookups.length >= this.#options.maxDepth) {
      throw this.#limit(
        `variables that refer to each other more than ${this.#options.maxDepth} deep`,
      )
    }
  }
}

const MAX_DOCUMENTS = 100

/** Missing and null members are empty text, and so is what lies beyond the end of a list. */
const memberText = (json: Json, key: string): string | undefined => {
  if (json instanceof Map) return jsonAsText(json.get(key))
  const isPosition = Array.isArray(json) && /^\s*\d{1,9}\s*$/.test(key)
  return isPosition ? jsonAsText(json[Number(key)]) : undefined
}

const member = (key: string, value: Json): VariableNode => {
  const node = new VariableNode(key)
  node.members.set('key', new VariableNode(key))
  node.members.set('value', new VariableNode(jsonAsText(value)))
  return node
}

const loopVariables = (position: number, count: number): VariableNode => {
  const root = new VariableNode()
  const each = new VariableNode()
  each.members.set('index', new VariableNode(String(position)))
  each.members.set('first', new VariableNode(position === 0 ? 'True' : 'False'))
  each.members.set('last', new VariableNode(position === count - 1 ? 'True' : 'False'))
  const template = new VariableNode()
  template.members.set('each', each)
  const octopus = new VariableNode()
  octopus.members.set('template', template)
  root.members.set('octopus', octopus)
  return root
}
