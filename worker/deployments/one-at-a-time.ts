/**
 * Work that is never done twice at once: who asks while it goes on has it done once more after that,
 * with what is true then.
 */
export class OneAtATime {
  readonly #work: () => Promise<void>
  readonly #maxInARow: number
  #running: Promise<void> | undefined
  #isWanted = false

  /** @param maxInARow what is asked for beyond is left to whoever asks next */
  constructor(work: () => Promise<void>, maxInARow = Number.POSITIVE_INFINITY) {
    this.#work = work
    this.#maxInARow = maxInARow
  }

  /** Settles when nobody wants more; rejects as the work does. */
  do(): Promise<void> {
    this.#isWanted = true
    this.#running ??= this.#whileWanted().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** What goes on now; undefined when nothing does. */
  get running(): Promise<void> | undefined {
    return this.#running
  }

  async #whileWanted(): Promise<void> {
    for (let count = 0; this.#isWanted && count < this.#maxInARow; count++) {
      this.#isWanted = false
      await this.#work()
    }
  }
}
