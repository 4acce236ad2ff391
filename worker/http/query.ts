import { invalid } from './problem.ts'

/** Query parameters; their names ignore case, as clients write them either way. */
export class Query {
  readonly #values: Map<string, string[]>
  constructor(search: URLSearchParams) {
    this.#values = new Map()
    for (const [key, value] of search) {
      const name = key.toLowerCase()
      const values = this.#values.get(name) ?? []
      values.push(value)
      this.#values.set(name, values)
    }
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name.toLowerCase())?.[0]
    return value === undefined || value === '' ? undefined : value
  }

  /** `ids=a,b`, `ids=a%2Cb` and `ids=a&ids=b` alike; undefined when the key is absent. */
  list(name: string): string[] | undefined {
    const values = this.#values.get(name.toLowerCase())
    return values?.flatMap(value => value.split(',')).filter(value => value !== '')
  }

  /** Lenient: `true`, `True`, `1`; one client sends `true/`. */
  flag(name: string): boolean {
    return /^(true|1)\b/i.test(this.text(name) ?? '')
  }

  integer(name: string, fallback: number, bounds: { min: number; max: number }): number {
    const text = this.text(name)
    if (text === undefined) return fallback
    if (!/^-?\d{1,15}$/.test(text))
      throw invalid(`${name} must be a whole number; found '${text.slice(0, 40)}'.`)
    return Math.min(bounds.max, Math.max(bounds.min, Number(text)))
  }
}
