/** Evaluation that cannot go on: variables that refer to themselves, or a text that grows, nests
 *  or works beyond the bounds. Unlike a missing token there is no sensible text to go on with. */
export class SubstitutionError extends Error {
  readonly kind: 'recursion' | 'limit'
  /** The names that lead in a circle, from the first to its repetition; or into the depth. */
  readonly chain: readonly string[]

  constructor(kind: 'recursion' | 'limit', message: string, chain: readonly string[] = []) {
    super(message)
    this.name = 'SubstitutionError'
    this.kind = kind
    this.chain = chain
  }
}

/** A filter that cannot do its work on this input; its token is then reported as missing. */
export class FilterProblem extends Error {}
