/** So many queries of one isolate may wait for a slow database: who comes then is told to come again. */
export const MAX_QUERIES = 256
/** The database is slow while a query of this age waits for its answer, in milliseconds. */
export const SLOW_MS = 1_000
/** Many who come at one moment are no reason to refuse any, up to this. */
export const MAX_BURST = 2_048
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
    if (this.#isFull(own.at)) throw new OverloadError(this.#beganAt.size)
    this.#beganAt.add(own)
    try {
      return await query()
    } finally {
      this.#beganAt.delete(own)
    }
  }

  #isFull(now: number): boolean {
    const [oldest] = this.#beganAt
    const isSlow = oldest !== undefined && now - oldest.at >= SLOW_MS
    return this.#beganAt.size >= (isSlow ? MAX_QUERIES : MAX_BURST)
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
  constructor(waiting: number) {
    super(`${waiting} queries wait for the database already`)
  }
}
