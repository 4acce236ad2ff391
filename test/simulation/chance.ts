/**
 * Everything that is left to chance in a schedule. A draw is made from seed, name and how often the
 * name was drawn, not from one long stream: leaving one fault out leaves all other draws as they
 * were, which is what makes a failing schedule shrink.
 */
export class Chance {
  readonly #seed: number
  readonly #drawn = new Map<string, number>()

  constructor(seed: number) {
    this.#seed = mix(seed + 0x9e3779b9)
  }

  /** How often the name has been drawn, this one included. */
  count(name: string): number {
    const count = (this.#drawn.get(name) ?? 0) + 1
    this.#drawn.set(name, count)
    return count
  }

  /** In [0, 1). */
  draw(name: string): number {
    return this.at(name, this.count(name))
  }

  at(name: string, count: number): number {
    let hash = this.#seed ^ Math.imul(count, 0x85ebca6b)
    for (let index = 0; index < name.length; index++)
      hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193)
    return mix(hash) / 0x1_0000_0000
  }

  /** A whole number in [from, to]. */
  whole(name: string, from: number, to: number): number {
    return from + Math.floor(this.draw(name) * (to - from + 1))
  }

  one<T>(name: string, among: readonly T[]): T {
    return among[this.whole(name, 0, among.length - 1)] as T
  }

  is(name: string, probability: number): boolean {
    return this.draw(name) < probability
  }
}

const mix = (value: number): number => {
  let hash = value | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d)
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b)
  return (hash ^ (hash >>> 16)) >>> 0
}
