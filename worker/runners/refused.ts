import type { Refusal } from '../../runner/protocol/refusal.ts'

/** A runner's message that is not taken, in the words of the protocol. */
export class Refused extends Error {
  readonly refusal: Refusal
  constructor(error: Refusal['error'], message: string, next?: number) {
    super(message)
    this.refusal = { error, message, ...(next !== undefined && { next }) }
  }
}
