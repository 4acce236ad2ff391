import { check } from './checker/check.ts'
import type { History } from './checker/history.ts'
import { World, type WorldOptions } from './world/world.ts'

export type Figure = { name: string; value: number; unit: string }

/** A fault that cannot be injected on this machine, and why not. */
export class NotHere extends Error {}

export class Broken extends Error {}

/** @throws Broken with these words */
export function ensure(holds: unknown, otherwise: string): asserts holds {
  if (!holds) throw new Broken(otherwise)
}

export type Fault = {
  id: string
  title: string
  /** What injects it: signals, proxy, store, clock, script, client, mount. */
  by: string
  /** Done within seconds with fewer rounds: `--quick` has it. */
  isQuick?: true
  /** Mostly waits, and measures no speed: several are done beside others. */
  isPatient?: true
  /** Measures speed or memory: nothing else is done meanwhile. */
  isAlone?: true
  /** It has failed when it takes longer; four unless it says so. */
  minutes?: number
  run: (context: Context) => Promise<void>
}

export type Result = {
  id: string
  title: string
  by: string
  outcome: 'passed' | 'failed' | 'not here'
  seconds: number
  /** Why it failed, or cannot be injected. */
  reasons: string[]
  figures: Figure[]
}

/** What a fault works with: worlds that are checked and ended whatever happens, and a seeded chance. */
export class Context {
  readonly id: string
  readonly isQuick: boolean
  readonly figures: Figure[] = []
  readonly histories: History[] = []
  readonly #worlds: World[] = []
  #random: number

  constructor(id: string, seed: number, isQuick: boolean) {
    this.id = id
    this.isQuick = isQuick
    this.#random = (seed ^ hash(id)) >>> 0
  }

  /** From 0 up to 1: the same for the same seed and fault (mulberry32). */
  random(): number {
    this.#random = (this.#random + 0x6d2b79f5) >>> 0
    let mixed = this.#random
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  between(from: number, to: number): number {
    return from + Math.floor(this.random() * (to - from))
  }

  rounds(full: number, quick: number): number {
    return this.isQuick ? quick : full
  }

  figure(name: string, value: number, unit: string): void {
    this.figures.push({ name, value, unit })
  }

  async world(options: WorldOptions = {}): Promise<World> {
    ensure(!this.#isClosed, 'its time is over')
    return World.open(this.id, options, world => this.#worlds.push(world))
  }

  /** The worlds' histories, from what was written down; each world is over then. */
  async violations(): Promise<string[]> {
    const found: string[] = []
    for (const world of this.#worlds.filter(({ isClosed }) => !isClosed)) {
      const history = JSON.parse(JSON.stringify(await world.finish())) as History
      this.histories.push(history)
      found.push(...check(history).map(({ invariant, what }) => `${invariant}: ${what}`))
    }
    return found
  }

  logs(): string {
    return this.#worlds
      .flatMap(world => [
        ...world.server.log,
        ...[...world.runners.values()].flatMap(({ name, output }) =>
          output.split('\n').map(line => `${name}: ${line}`),
        ),
      ])
      .join('\n')
  }

  /** What is to be undone when all processes have ended. */
  atEnd(undo: () => unknown): void {
    this.#undo.push(undo)
  }
  readonly #undo: (() => unknown)[] = []

  #isClosed = false

  async close(): Promise<void> {
    this.#isClosed = true
    for (const world of this.#worlds) await world.close().catch(() => undefined)
    for (const undo of this.#undo.splice(0)) await undo()
    for (const world of this.#worlds) world.removeFolder()
  }
}

const hash = (text: string): number =>
  [...text].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), 7)

const MAX_REASONS = 20
const MINUTES = 4

/** Carries one fault out, checks what happened, and leaves nothing behind. */
export const carryOut = async (
  fault: Fault,
  options: {
    seed: number
    isQuick: boolean
    keep?: (context: Context) => Promise<void>
    onContext?: (context: Context) => void
  },
): Promise<Result> => {
  const { id, title, by } = fault
  const context = new Context(id, options.seed, options.isQuick)
  options.onContext?.(context)
  const started = performance.now()
  const reasons: string[] = []
  let outcome: Result['outcome'] = 'passed'
  try {
    try {
      await inTime(fault.run(context), fault.minutes ?? MINUTES)
    } catch (error) {
      if (error instanceof NotHere) throw error
      reasons.push(told(error))
    }
    reasons.push(...(await context.violations().catch(error => [told(error)])))
    if (reasons.length > 0) outcome = 'failed'
  } catch (error) {
    outcome = 'not here'
    reasons.push(told(error))
  } finally {
    if (outcome === 'failed') await options.keep?.(context).catch(() => undefined)
    await context.close()
  }
  const seconds = Math.round((performance.now() - started) / 100) / 10
  const { figures } = context
  return { id, title, by, outcome, seconds, reasons: reasons.slice(0, MAX_REASONS), figures }
}

/** What is still under way then ends with its world. */
const inTime = async (work: Promise<void>, minutes: number): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_, reject) => {
    const late = new Broken(`it was not done within ${minutes} minutes`)
    timer = setTimeout(() => reject(late), minutes * 60_000)
  })
  await Promise.race([work, over]).finally(() => clearTimeout(timer))
}

const told = (error: unknown): string => {
  if (error instanceof Broken || error instanceof NotHere) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
