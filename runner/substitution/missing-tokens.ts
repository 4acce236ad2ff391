/** Tokens that could not be evaluated, in the order they were met. */
export class MissingTokens {
  #tokens = new Set<string>()

  add(token: string): void {
    this.#tokens.add(token)
  }

  addAll(tokens: Iterable<string>): void {
    for (const token of tokens) this.#tokens.add(token)
  }

  all(): string[] {
    return [...this.#tokens]
  }

  /** Runs `work` and gives back apart what it met; whether that counts is for the caller to say. */
  apart<T>(work: () => T): { result: T; missing: ReadonlySet<string> } {
    const outer = this.#tokens
    this.#tokens = new Set()
    try {
      return { result: work(), missing: this.#tokens }
    } finally {
      this.#tokens = outer
    }
  }
}
