import type { SymbolPath } from './template.ts'

type Item = { index: string; node: VariableNode }

const NO_MEMBERS: ReadonlyMap<string, VariableNode> = new Map()
const NO_ITEMS: ReadonlyMap<string, Item> = new Map()

/** A place in the tree of variables. `value` is the raw text, `null` of a variable set to nothing,
 *  `undefined` where no variable ends. */
export class VariableNode {
  readonly value: string | null | undefined
  /** The variable whose value this is, as it was written. */
  readonly variable: string | undefined
  /** An indexed place without a variable of its own counts as its index. */
  readonly isImplied: boolean
  /** The value is text without a token: it is its own evaluation. */
  readonly isPlain: boolean
  #members: Map<string, VariableNode> | undefined
  #items: Map<string, Item> | undefined

  constructor(value?: string | null, options: { variable?: string; isImplied?: boolean } = {}) {
    this.value = value
    this.isPlain = typeof value === 'string' && !value.includes('#{')
    this.variable = options.variable
    this.isImplied = options.isImplied ?? false
  }

  /** By folded name. */
  get members(): ReadonlyMap<string, VariableNode> {
    return this.#members ?? NO_MEMBERS
  }

  /** By folded index, in the order they came. */
  get items(): ReadonlyMap<string, Item> {
    return this.#items ?? NO_ITEMS
  }

  setMember(key: string, node: VariableNode): void {
    this.#members ??= new Map()
    this.#members.set(key, node)
  }

  #setItem(index: string, node: VariableNode): void {
    this.#items ??= new Map()
    this.#items.set(fold(index), { index, node })
  }

  member(name: string): VariableNode | undefined {
    return this.members.get(fold(name))
  }

  item(index: string): VariableNode | undefined {
    if (index === '*') {
      const [first] = this.items.values()
      if (first) return first.node
    }
    return this.items.get(fold(index))?.node
  }

  /** Puts a value at the place the symbol names, and the places on the way where there are none. */
  insert(symbol: SymbolPath, value: string | null, variable: string): void {
    let node: VariableNode = this
    for (const [position, step] of symbol.steps.entries()) {
      if (step.kind === 'computed-index') return
      const isLast = position === symbol.steps.length - 1
      node = node.#enter(step, isLast ? { value, variable } : undefined)
    }
  }

  #enter(
    step: { kind: 'name'; name: string } | { kind: 'index'; index: string },
    end: { value: string | null; variable: string } | undefined,
  ): VariableNode {
    const existing =
      step.kind === 'name' ? this.member(step.name) : this.items.get(fold(step.index))?.node
    if (existing && !end) return existing
    const implied = step.kind === 'index' ? step.index : undefined
    const node = end
      ? new VariableNode(end.value, { variable: end.variable })
      : new VariableNode(implied, { isImplied: implied !== undefined })
    if (existing) {
      for (const [key, member] of existing.members) node.setMember(key, member)
      for (const item of existing.items.values()) node.#setItem(item.index, item.node)
    }
    if (step.kind === 'name') this.setMember(fold(step.name), node)
    else this.#setItem(step.index, node)
    return node
  }
}

/** Names and indexes are the same whatever their case. */
export const fold = (name: string): string => name.toLowerCase()
