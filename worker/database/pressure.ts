/** So many queries of one isolate may wait for the database: who comes then is told to come again. */
export const MAX_QUERIES = 256
/** Whose request was given up is never heard of again: a query counts for so long, in milliseconds. */
export const MAX_QUERY_MS = 30_000

/** The queries under way, from all requests of this isolate. Nobody waits in here. */
export class Pressure {
  readonly #beganAt = new Set<{ at: number }>()

  get waiting(): number {
    return this.#beganAt.size
  }

  /** @throws Error, marked as worth trying again, when there are too many already */
  async bound<T>(query: () => Promise<T>, now: () => number): Promise<T> {
    const own = { at: now() }
    if (this.#beganAt.size >= MAX_QUERIES) this.#forgetBefore(own.at - MAX_QUERY_MS)
    if (this.#beganAt.size >= MAX_QUERIES) throw new OverloadError()
    this.#beganAt.add(own)
    try {
      return await query()
    } finally {
      this.#beganAt.delete(own)
    }
  }

  /** They stand in the order in which they began. */
  #forgetBefore(at: number): void {
    for (const each of this.#beganAt) {
      if (each.at > at) return
      this.#beganAt.delete(each)
    }
  }
}

class OverloadError extends Error {
  readonly retryable = true
  constructor() {
    super(`${MAX_QUERIES} queries wait for the database already`)
  }
}
