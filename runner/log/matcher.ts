/**
 * Finds all occurrences of many needles in one pass (Aho and Corasick), in time linear in the
 * text whatever the needles are. Edges are kept sparse: what matters in practice is the speed of
 * text that resembles no needle, which costs one table look-up a byte.
 */
export class Matcher {
  /** Children of the root by byte; 0 is the root itself. */
  readonly root = new Int32Array(256)
  readonly #edges = new Map<number, number>()
  readonly #fallback: number[] = [0]
  /** Length of the text a state stands for: how much of a needle may have begun. */
  readonly depth: number[] = [0]
  /** Length of the longest needle that ends in a state, 0 for none. */
  readonly longest: number[] = [0]
  readonly isEmpty: boolean

  constructor(needles: readonly Uint8Array[]) {
    this.isEmpty = needles.length === 0
    for (const needle of needles) this.#add(needle)
    this.#link(needles)
  }

  next(state: number, byte: number): number {
    let from = state
    while (from !== 0) {
      const found = this.#edges.get(from * 256 + byte)
      if (found !== undefined) return found
      from = this.#fallback[from] as number
    }
    return this.root[byte] as number
  }

  #child(state: number, byte: number): number | undefined {
    return state === 0 ? this.root[byte] || undefined : this.#edges.get(state * 256 + byte)
  }

  #add(needle: Uint8Array): void {
    let state = 0
    for (const byte of needle) {
      let child = this.#child(state, byte)
      if (child === undefined) {
        child = this.depth.length
        this.depth.push((this.depth[state] as number) + 1)
        this.longest.push(0)
        this.#fallback.push(0)
        if (state === 0) this.root[byte] = child
        else this.#edges.set(state * 256 + byte, child)
      }
      state = child
    }
    if (state !== 0) this.longest[state] = this.depth[state] as number
  }

  /** Fallbacks must be known from the root outwards, so all needles are walked a depth at a time. */
  #link(needles: readonly Uint8Array[]): void {
    let walks = needles.map(needle => ({ needle, state: 0 }))
    const linked = new Set<number>()
    for (let depth = 0; walks.length > 0; depth++) {
      for (const walk of walks) {
        const byte = walk.needle[depth] as number
        const child = this.#child(walk.state, byte) as number
        if (!linked.has(child)) {
          linked.add(child)
          const fallback =
            walk.state === 0 ? 0 : this.next(this.#fallback[walk.state] as number, byte)
          this.#fallback[child] = fallback
          this.longest[child] ||= this.longest[fallback] as number
        }
        walk.state = child
      }
      walks = walks.filter(({ needle }) => needle.length > depth + 1)
    }
  }
}
