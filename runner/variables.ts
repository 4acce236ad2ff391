import { processorMs } from './process/processor-time.ts'
import type { Grant } from './protocol/messages.ts'
import { evaluate, VariableDictionary } from './substitution/evaluate.ts'

/** A variable as a script gets it. */
export type PlainVariable = { name: string; value: string; sensitive: boolean }

/** The variables of one step, evaluated on demand. The action's own properties stand behind
 *  variables of the same name. */
export class StepVariables {
  readonly dictionary: VariableDictionary
  readonly #sensitive: Set<string>

  constructor({ properties, variables }: Pick<Grant, 'properties' | 'variables'>) {
    const entries = [
      ...Object.entries(properties),
      ...variables.map(({ name, value }) => [name, value] as const),
    ]
    this.dictionary = new VariableDictionary(entries, processorMs)
    this.#sensitive = new Set(
      variables.filter(({ sensitive }) => sensitive).map(({ name }) => name.toLowerCase()),
    )
  }

  get(name: string): string | undefined {
    const raw = this.dictionary.getRaw(name)
    if (raw === null || !raw.includes('#{')) return raw ?? undefined
    return this.dictionary.get(name) ?? undefined
  }

  getFlag(name: string, otherwise = false): boolean {
    return this.dictionary.getFlag(name, otherwise)
  }

  getPaths(name: string): string[] {
    return this.dictionary.getPaths(name)
  }

  /** Visible to what runs later in the same step. */
  set(name: string, value: string, sensitive = false): void {
    this.dictionary.set(name, value)
    if (sensitive) this.#sensitive.add(name.toLowerCase())
  }

  /** The text with its `#{…}` replaced; what cannot be stays. */
  substitute(text: string): string {
    return text.includes('#{') ? (evaluate(text, this.dictionary).value ?? '') : text
  }

  /** All values that must never be shown: sensitive ones, and what is made of them. */
  secrets(): string[] {
    return this.plain()
      .filter(({ sensitive }) => sensitive)
      .flatMap(({ name, value }) => [value, this.dictionary.getRaw(name) ?? ''])
  }

  /** Every variable with its evaluated value. A value that cannot be evaluated is given as it is. */
  plain(): PlainVariable[] {
    return this.dictionary.names().flatMap(name => {
      const raw = this.dictionary.getRaw(name)
      if (raw === null) return []
      return [{ name, ...this.#evaluate(raw, this.#sensitive.has(name.toLowerCase())) }]
    })
  }

  #evaluate(raw: string, sensitive: boolean): { value: string; sensitive: boolean } {
    if (!raw.includes('#{')) return { value: raw, sensitive }
    try {
      const { value, used } = evaluate(raw, this.dictionary)
      const taken = [...used].some(name => this.#sensitive.has(name.toLowerCase()))
      return { value: value ?? '', sensitive: sensitive || taken }
    } catch {
      return { value: raw, sensitive }
    }
  }
}
