import { Problem } from '../http/problem.ts'

/** Lets so many run at once and so many wait, in order; whoever comes then is sent away. */
export class Turns {
  readonly #limits: { atOnce: number; waiting: number }
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(limits: { atOnce: number; waiting: number }) {
    this.#limits = limits
  }

  /** @throws Problem `unavailable` when too many wait already */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#limits.atOnce) this.#running++
    else await this.#wait()
    try {
      return await work()
    } finally {
      // The place goes to the next in line, without being free in between.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }

  #wait(): Promise<void> {
    if (this.#waiting.length >= this.#limits.waiting)
      throw new Problem('unavailable', 'Too many people are signing in right now. Try again.', {
        retryAfter: 5,
      })
    return new Promise(resolve => this.#waiting.push(resolve))
  }
}
