import { SubstitutionError } from './errors.ts'

/** Bounds of one evaluation. A step is a token, a lookup, or 64 characters of text worked on. */
export type Limits = {
  /** How many variables may stand in each other. */
  maxDepth: number
  /** Characters of the result, and of every value on the way. */
  maxOutputLength: number
  maxSteps: number
}

export const DEFAULT_LIMITS: Limits = {
  maxDepth: 32,
  maxOutputLength: 1024 * 1024,
  maxSteps: 500_000,
}

/** What is left of the limits while an evaluation runs. */
export class Budget {
  readonly limits: Limits
  /** Labels of the variables being evaluated, outermost first. */
  readonly chain: string[] = []
  #stepsLeft: number

  constructor(limits: Limits) {
    this.limits = limits
    this.#stepsLeft = limits.maxSteps
  }

  /** Throws when all steps are spent. */
  spend(steps: number): void {
    this.#stepsLeft -= steps
    if (this.#stepsLeft < 0) throw this.#exceeded(`more than ${this.limits.maxSteps} steps`)
  }

  /** A step for the text as such, and one for every 64 characters of it. */
  spendOn(text: string): void {
    this.spend(1 + (text.length >> 6))
  }

  checkOutput(text: string): void {
    const { maxOutputLength } = this.limits
    if (text.length > maxOutputLength)
      throw this.#exceeded(`more than ${maxOutputLength} characters`)
  }

  /** Goes into the value of a variable; `leave` comes back. */
  enter(label: string): void {
    const { maxDepth } = this.limits
    if (this.chain.length >= maxDepth)
      throw this.#exceeded(`more than ${maxDepth} variables in each other`)
    this.chain.push(label)
  }

  leave(): void {
    this.chain.pop()
  }

  #exceeded(what: string): SubstitutionError {
    const place = this.chain.length === 0 ? 'The template' : `The variable ${this.chain.at(-1)}`
    return new SubstitutionError('limit', `${place} takes ${what} to evaluate; make it smaller.`, [
      ...this.chain,
    ])
  }
}
