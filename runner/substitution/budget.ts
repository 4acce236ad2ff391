import { SubstitutionError } from './errors.ts'

/** Bounds of one evaluation. A step is work that takes a sixth of a microsecond at most, on a busy
 *  machine: 300,000 of them are 50 ms. */
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
  maxSteps: 300_000,
}

const STEPS_PER_MS = 6_000
const STEPS_PER_CHARACTER = 6
const MAX_FILE_OUTPUT = 64 * 1024 * 1024

/** A whole file may take what a value may, and a microsecond for each of its characters. */
export const fileLimits = (length: number): Omit<Limits, 'maxDepth'> => ({
  maxOutputLength: MAX_FILE_OUTPUT,
  maxSteps: DEFAULT_LIMITS.maxSteps + STEPS_PER_CHARACTER * length,
})

/** Milliseconds since whenever, for those who have a clock that goes on while they compute. */
export type Clock = () => number

/** Between two looks at the clock. */
const STEPS_PER_LOOK = 6_000

/** What is left of the limits while an evaluation runs. Steps bound it the same everywhere; where
 *  there is a clock, the time they stand for is a bound too. */
export class Budget {
  readonly maxDepth: number
  readonly maxOutputLength: number
  readonly maxSteps: number
  /** Labels of the variables being evaluated, outermost first. */
  readonly chain: string[] = []
  readonly #clock: Clock | undefined
  #stepsLeft: number
  #looksBelow = Number.NEGATIVE_INFINITY
  #endsAt: number | undefined

  constructor(limits: Partial<Limits>, clock?: Clock) {
    this.maxDepth = limits.maxDepth ?? DEFAULT_LIMITS.maxDepth
    this.maxOutputLength = limits.maxOutputLength ?? DEFAULT_LIMITS.maxOutputLength
    this.maxSteps = limits.maxSteps ?? DEFAULT_LIMITS.maxSteps
    this.#stepsLeft = this.maxSteps
    this.#clock = clock
    if (clock) this.#looksBelow = this.maxSteps - STEPS_PER_LOOK
  }

  /** Throws when all steps are spent, or the time for them. */
  spend(steps: number): void {
    this.#stepsLeft -= steps
    if (this.#stepsLeft < 0) throw this.#exceeded(`more than ${this.maxSteps} steps`)
    if (this.#stepsLeft < this.#looksBelow) this.#look()
  }

  /** The first look starts the clock: most evaluations are done by then. */
  #look(): void {
    this.#looksBelow = this.#stepsLeft - STEPS_PER_LOOK
    const now = this.#clock?.() ?? 0
    const maxMs = Math.ceil(this.maxSteps / STEPS_PER_MS)
    this.#endsAt ??= now + maxMs
    if (now > this.#endsAt) throw this.#exceeded(`more than ${maxMs} ms`)
  }

  /** A step for the text as such, and one for every 64 characters of it. */
  spendOn(text: string): void {
    this.spend(1 + (text.length >> 6))
  }

  /** Takes the length of a text that is yet to be made. */
  checkLength(length: number): void {
    const { maxOutputLength } = this
    if (length > maxOutputLength) throw this.#exceeded(`more than ${maxOutputLength} characters`)
  }

  /** Goes into the value of a variable; `leave` comes back. */
  enter(label: string): void {
    const { maxDepth } = this
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
