import type { Budget } from './budget.ts'
import { SubstitutionError } from './errors.ts'
import { type Json, jsonAsText, parseJson } from './json.ts'
import { parseTemplate } from './parse.ts'
import { printSymbol } from './print.ts'
import type { Step, SymbolPath, Template } from './template.ts'
import { VariableNode } from './variable-tree.ts'

/** Loop variables first, then outwards; the outermost scope holds the variables. */
export type Scope = { node: VariableNode; outer?: Scope }

type Found = { node: VariableNode; scope: Scope; symbol: SymbolPath }

const MAX_DOCUMENTS = 100
const STEPS_PER_ITEM = 5

/** Finds what a symbol names, and evaluates the values it finds. */
export class Lookup {
  /** Names of the variables whose values were read. */
  readonly used = new Set<string>()
  readonly #budget: Budget
  readonly #render: (template: Template, scope: Scope) => string
  readonly #underway: Found[] = []
  readonly #texts = new Map<VariableNode, string>()
  readonly #documents = new Map<string, Json | undefined>()
  readonly #jsonNodes = new Map<VariableNode, Map<string, VariableNode>>()

  constructor(budget: Budget, render: (template: Template, scope: Scope) => string) {
    this.#budget = budget
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
    if (found.node.items.size > 0) return [...found.node.items.values()].map(({ node }) => node)
    const text = this.#text(found)
    if (text === undefined) return []
    const json = this.#document(text)
    if (json instanceof Map) return [...json].map(([key, value]) => keyAndValue(key, value))
    const texts = Array.isArray(json) ? json.map(jsonAsText) : text.split(',')
    // Paid in advance: a million items are refused before there are a million places.
    this.#budget.spend(STEPS_PER_ITEM * texts.length)
    return texts.map(item => new VariableNode(item))
  }

  /** The place in the innermost scope that has all of the path. */
  #find(symbol: SymbolPath, from: Scope): Found | undefined {
    this.#budget.spend(1)
    const keys: { key: string; step: Step }[] = []
    for (const step of symbol.steps) {
      const key = this.#keyOf(step, from)
      if (key === undefined) return undefined
      keys.push({ key, step })
    }
    for (let scope: Scope | undefined = from; scope; scope = scope.outer) {
      let node: VariableNode | undefined = scope.node
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
        return this.text(step.symbol, scope)
    }
  }

  /** What is no variable may be a member of the JSON in the variable above it. */
  #insideJson(parent: Found, key: string): VariableNode | undefined {
    const { node, scope } = parent
    if (typeof node.value !== 'string') return undefined
    if (this.#underway.some(underway => underway.node === node)) return undefined
    const known = this.#jsonNodes.get(node)?.get(key)
    if (known) return known
    const text = this.#text(parent)
    const json = text === undefined ? undefined : this.#document(text)
    const value = json === undefined ? undefined : memberText(json, key)
    if (value === undefined) return undefined
    const inside = new VariableNode(value)
    // Below a loop variable the same place may have another text in the next round.
    if (scope.outer === undefined) {
      const siblings = this.#jsonNodes.get(node) ?? new Map<string, VariableNode>()
      this.#jsonNodes.set(node, siblings.set(key, inside))
    }
    return inside
  }

  #document(text: string): Json | undefined {
    if (this.#documents.has(text)) return this.#documents.get(text)
    this.#budget.spend(text.length >> 3)
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
    this.#budget.spendOn(raw)
    if (!raw.includes('#{')) return raw
    const isGlobal = scope.outer === undefined && node.variable !== undefined
    const known = isGlobal ? this.#texts.get(node) : undefined
    if (known !== undefined) return known
    this.#refuseRecursion(found)
    const template = parseTemplate(raw)
    if ('message' in template) return raw
    this.#budget.enter(printSymbol(found.symbol))
    this.#underway.push(found)
    const text = this.#render(template, scope)
    this.#underway.pop()
    this.#budget.leave()
    if (isGlobal) this.#texts.set(node, text)
    return text
  }

  #refuseRecursion(found: Found): void {
    const first = this.#underway.findIndex(({ node }) => node === found.node)
    if (first === -1) return
    const chain = [...this.#underway.slice(first), found].map(({ symbol }) => printSymbol(symbol))
    throw new SubstitutionError(
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
  node.members.set('key', new VariableNode(key))
  node.members.set('value', new VariableNode(jsonAsText(value)))
  return node
}
