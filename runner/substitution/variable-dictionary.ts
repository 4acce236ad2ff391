import type { Clock } from './budget.ts'
import { evaluate } from './evaluate.ts'
import { parseInt32 } from './number.ts'
import { parseSymbol } from './symbol-parser.ts'
import { isTruthyText } from './truth.ts'
import { fold, VariableNode } from './variable-tree.ts'

type Entries = Iterable<readonly [string, string | null]> | Readonly<Record<string, string | null>>

/** Variables by name, in the order they were set; names ignore case, the last value of a name
 *  wins. Values are raw: they may refer to other variables.
 *  @see https://octopus.com/docs/projects/variables/variable-substitutions */
export class VariableDictionary {
  readonly #values = new Map<string, { name: string; value: string | null }>()
  #tree: VariableNode | undefined
  /** What evaluations of these variables are timed by. */
  readonly clock: Clock | undefined

  constructor(entries: Entries = [], clock?: Clock) {
    this.clock = clock
    const pairs = Symbol.iterator in entries ? entries : Object.entries(entries)
    for (const [name, value] of pairs) this.set(name, value)
  }

  set(name: string, value: string | null): void {
    this.#values.set(fold(name), { name, value })
    this.#tree = undefined
  }

  names(): string[] {
    return [...this.#values.values()].map(({ name }) => name)
  }

  has(name: string): boolean {
    return this.#values.has(fold(name))
  }

  /** The value as it was set; `null` when it is null or there is none. */
  getRaw(name: string): string | null {
    return this.#values.get(fold(name))?.value ?? null
  }

  /** The evaluated value; `defaultValue` when it is null or there is none. Tokens that cannot be
   *  evaluated stay in it as written. Throws `SubstitutionError` as `evaluate` does. */
  get(name: string): string | null
  get(name: string, defaultValue: string): string
  get(name: string, defaultValue: string | null = null): string | null {
    const raw = this.getRaw(name)
    return raw === null ? defaultValue : (evaluate(raw, this).value ?? defaultValue)
  }

  /** `true` and `false` in any case; anything else is the default. */
  getFlag(name: string, defaultValue = false): boolean {
    const text = this.get(name)?.trim().toLowerCase()
    return text === 'true' || (text !== 'false' && defaultValue)
  }

  /** A whole number of 32 bits, `undefined` when it is none. */
  getInt32(name: string): number | undefined {
    return parseInt32(this.get(name) ?? '')
  }

  /** The value in pieces, trimmed, without the empty ones. Each character of `separators`
   *  separates. */
  getStrings(name: string, separators = ','): string[] {
    let pieces = [this.get(name) ?? '']
    for (const separator of separators) pieces = pieces.flatMap(piece => piece.split(separator))
    return pieces.map(piece => piece.trim()).filter(piece => piece !== '')
  }

  /** One path per line, trimmed, without the empty ones. */
  getPaths(name: string): string[] {
    return this.getStrings(name, '\r\n')
  }

  /** The indexes of a collection: of `Octopus.Action` the names of all actions, in order. */
  getIndexes(collection: string): string[] {
    const symbol = parseSymbol(collection)
    let node: VariableNode | undefined = symbol && this.tree
    for (const step of symbol?.steps ?? []) {
      if (step.kind === 'name') node = node?.member(step.name)
      else node = step.kind === 'index' ? node?.item(step.index) : undefined
    }
    return node ? [...node.items.values()].map(({ index }) => index) : []
  }

  /** The rule of run conditions: evaluates without problem, to something that is not empty, `0`,
   *  `no` or `false`. */
  isTruthy(template: string): boolean {
    const { value, problem } = evaluate(template, this)
    return problem === undefined && value !== null && isTruthyText(value)
  }

  /** All variables whose names can be reached from a template. */
  get tree(): VariableNode {
    if (!this.#tree) {
      this.#tree = new VariableNode()
      for (const { name, value } of this.#values.values()) {
        const symbol = parseSymbol(name)
        if (symbol) this.#tree.insert(symbol, value, name)
      }
    }
    return this.#tree
  }

  /** A flat object of strings, as it can be given to the constructor again. */
  toJSON(): Record<string, string | null> {
    return Object.fromEntries([...this.#values.values()].map(({ name, value }) => [name, value]))
  }
}
