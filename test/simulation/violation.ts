/** A promise of `spec/protocol.md` 2.7 that was broken. */
export class Violation extends Error {
  readonly invariant: string
  constructor(invariant: string, message: string) {
    super(`${invariant}: ${message}`)
    this.invariant = invariant
  }
}
