/** A filter gets the value before the bar, `undefined` if there is none, and its options. It
 *  answers `undefined` when it cannot do anything with them: the token is then shown as written.
 *  It may throw a `FilterProblem` to say why. */
export type Filter = (
  input: string | undefined,
  options: readonly string[],
  context: FilterContext,
) => string | undefined

export type FilterContext = {
  /** Epoch milliseconds. */
  now: number
  /** Takes steps off the budget of the evaluation, before the work they stand for is done. */
  spend: (steps: number) => void
  /** Regular expressions that this evaluation has paid for already. */
  patterns: Set<string>
  /** Throws when a text of this length must not be made. */
  checkLength: (length: number) => void
}

/** A filter that takes no options. */
export const plain =
  (transform: (input: string) => string | undefined): Filter =>
  (input, options) =>
    input === undefined || options.length > 0 ? undefined : transform(input)

/** A filter that needs an input and between `least` and `most` options. */
export const withOptions =
  (
    least: number,
    most: number,
    transform: (
      input: string,
      options: readonly string[],
      context: FilterContext,
    ) => string | undefined,
  ): Filter =>
  (input, options, context) =>
    input === undefined || options.length < least || options.length > most
      ? undefined
      : transform(input, options, context)
