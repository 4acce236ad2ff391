import type { Budget } from './budget.ts'
import { SubstitutionError } from './errors.ts'
import { type Json, jsonAsText, parseJson } from './json.ts'
import type { MissingTokens } from './missing-tokens.ts'
import { parseTemplate } from './parse.ts'
import { printSymbol } from './print.ts'
import type { Step, SymbolPath, Template } from './template.ts'
import { fold, VariableNode } from './variable-tree.ts'

/** Loop variables first, then outwards; the outermost scope holds the variables. */
export type Scope = { node: VariableNode; outer?: Scope }

type Found = { node: VariableNode; scope: Scope; symbol: SymbolPath }
type Evaluated = { text: string; missing: ReadonlySet<string> }

const MAX_DOCUMENTS = 100
const STEPS_PER_ITEM = 5
/** An error knows where it came from, which takes long to find out. */
const STEPS_PER_CIRCLE = 500

/** Finds what a symbol names, and evaluates the values it finds. */
export class Lookup {
  /** Names of the variables whose values were read. */
  readonly used = new Set<string>()
  readonly #budget: Budget
  readonly #render: (template: Template, scope: Scope) => string
  readonly #underway: Found[] = []
  readonly #missing: MissingTokens
  readonly #texts = new Map<VariableNode, Evaluated>()
  readonly #documents = new Map<string, Json | undefined>()
  readonly #jsonNodes = new Map<VariableNode, Map<string, VariableNode>>()

  constructor(
    budget: Budget,
    missing: MissingTokens,
    render: (template: Template, scope: Scope) => string,
  ) {
    this.#budget = budget
    this.#missing = missing
    this.#render = render
  }

  /** Whether the template at hand is the value of a variable. */
  get isInsideVariable(): boolean {
    return this.#underway.length > 0
  }

  /** The evaluated value; `undefined` of a symbol that names nothing with a value. */
  text(symbol: SymbolPath, scope: Scope): string | undefined {
    const found = this.#find(symbol, scope)
    return found && this.#text(found)
  }

  /** The items of a collection: the indexed places below it, or else the items of its JSON, or else
   *  the pieces between commas. */
  items(collection: SymbolPath, scope: Scope): VariableNode[] {
    const found = this.#find(collection, scope)
    if (!found) return []
    const { items } = found.node
    if (items.size > 0) {
      this.#budget.spend(items.size)
      return [...items.values()].map(({ node }) => node)
    }
    const text = this.#text(found)
    if (text === undefined) return []
    const json = this.#document(text)
    if (json instanceof Map) {
      this.#budget.spend(2 * STEPS_PER_ITEM * json.size)
      return [...json].map(([key, value]) => keyAndValue(key, value))
    }
    const texts = Array.isArray(json) ? json.map(jsonAsText) : text.split(',')
    // Paid in advance: a million items are refused before there are a million places.
    this.#budget.spend(STEPS_PER_ITEM * texts.length)
    return texts.map(item => new VariableNode(item))
  }

  /** The place in the innermost scope that has all of the path. */
  #find(symbol: SymbolPath, from: Scope): Found | undefined {
    this.#budget.spend(3 * symbol.steps.length)
    const keys: { key: string; step: Step }[] = []
    for (const step of symbol.steps) {
      const key = this.#keyOf(step, from)
      if (key === undefined) return undefined
      keys.push({ key, step })
    }
    for (let scope: Scope | undefined = from; scope; scope = scope.outer) {
      let node: VariableNode | undefined = scope.node
      this.#budget.spend(2 * keys.length)
      for (const { key, step } of keys) {
        const next: VariableNode | undefined =
          step.kind === 'name' ? node.member(key) : node.item(key)
        node = next ?? this.#insideJson({ node, scope, symbol }, key)
        if (!node) break
      }
      if (node) return { node, scope, symbol }
    }
    return undefined
  }

  #keyOf(step: Step, scope: Scope): string | undefined {
    switch (step.kind) {
      case 'name':
        return step.name
      case 'index':
        return step.index
      case 'computed-index':
        // What is missing in an index shows in the token that has the index.
        return this.#missing.apart(() => this.text(step.symbol, scope)).result
    }
  }

  /** What is no variable may be a member of the JSON in the variable above it. */
  #insideJson(parent: Found, key: string): VariableNode | undefined {
    const { node, scope, symbol } = parent
    if (typeof node.value !== 'string' || key === '') return undefined
    const known = this.#jsonNodes.get(node)?.get(key)
    if (known) return known
    if (this.#isUnderway(parent)) throw this.#recursion(symbol)
    const text = this.#textOfJson(parent)
    const json = text === undefined ? undefined : this.#document(text)
    const value = json === undefined ? undefined : memberText(json, key)
    if (value === undefined) return undefined
    this.#budget.spend(value.length >> 1)
    const inside = new VariableNode(value)
    // Below a loop variable the same place may have another text in the next round.
    if (scope.outer === undefined) {
      const siblings = this.#jsonNodes.get(node) ?? new Map<string, VariableNode>()
      this.#jsonNodes.set(node, siblings.set(key, inside))
    }
    return inside
  }

  /** A variable that needs its own member to become JSON has no such member. What else is missing
   *  in it is no matter: only the one member is asked for. */
  #textOfJson(parent: Found): string | undefined {
    try {
      return this.#missing.apart(() => this.#text(parent)).result
    } catch (error) {
      if (!(error instanceof SubstitutionError) || error.kind !== 'recursion') throw error
      this.#budget.spend(STEPS_PER_CIRCLE)
      return undefined
    }
  }

  #document(text: string): Json | undefined {
    if (this.#documents.has(text)) return this.#documents.get(text)
    this.#budget.spend(text.length >> 5)
    const json = parseJson(text, steps => this.#budget.spend(steps))
    if (this.#documents.size >= MAX_DOCUMENTS) this.#documents.clear()
    this.#documents.set(text, json)
    return json
  }

  /** A value is itself a template, evaluated in the scope it was found in. */
  #text(found: Found): string | undefined {
    const { node } = found
    if (node.variable !== undefined) this.used.add(node.variable)
    const raw = node.value
    if (raw === undefined || raw === null) return raw === null ? '' : undefined
    this.#budget.spendOn(raw)
    if (!raw.includes('#{')) return raw
    const template = parseTemplate(raw, 'strict', this.#budget)
    if ('message' in template) return raw
    const { text, missing } = this.#evaluated(found, template)
    this.#budget.spend(missing.size)
    this.#missing.addAll(missing)
    return text
  }

  #evaluated(found: Found, template: Template): Evaluated {
    const { node, scope, symbol } = found
    const isGlobal = scope.outer === undefined && node.variable !== undefined
    const known = isGlobal ? this.#texts.get(node) : undefined
    if (known) return known
    if (this.#underway.some(other => other.node === node)) throw this.#recursion(symbol)
    this.#underway.push(found)
    this.#budget.enter(printSymbol(symbol))
    try {
      const { result, missing } = this.#missing.apart(() => this.#render(template, scope))
      if (isGlobal) this.#texts.set(node, { text: result, missing })
      return { text: result, missing }
    } finally {
      this.#budget.leave()
      this.#underway.pop()
    }
  }

  #isUnderway({ symbol, scope }: Found): boolean {
    const candidates = this.#underway.filter(other => other.scope === scope)
    if (candidates.length === 0) return false
    this.#budget.spend((1 + candidates.length) * symbol.steps.length)
    const name = fold(printSymbol(symbol))
    return candidates.some(other => fold(printSymbol(other.symbol)) === name)
  }

  #recursion(symbol: SymbolPath): SubstitutionError {
    const chain = [...this.#underway.map(other => other.symbol), symbol].map(printSymbol)
    return new SubstitutionError(
      'recursion',
      `The variable ${chain.at(-1)} refers to itself: ${chain.join(' -> ')}. Take one of these references out.`,
      chain,
    )
  }
}

/** Missing and null members are empty text, and so is what lies beyond the end of a list. */
const memberText = (json: Json, key: string): string | undefined => {
  if (json instanceof Map) return jsonAsText(json.get(key))
  const isPosition = Array.isArray(json) && /^\s*\d{1,9}\s*$/.test(key)
  return isPosition ? jsonAsText(json[Number(key)]) : undefined
}

const keyAndValue = (key: string, value: Json): VariableNode => {
  const node = new VariableNode(key)
  node.setMember('key', new VariableNode(key))
  node.setMember('value', new VariableNode(jsonAsText(value)))
  return node
}
