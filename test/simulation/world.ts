import { Chance } from './chance.ts'
import { Faults } from './faults.ts'

/** One life of something that can crash: what it began in this life ends with it. */
export type Life = {
  readonly name: string
  isAlive: boolean
  /** Nothing is delivered to it before. */
  pausedUntil: number
  /** Wall clock minus virtual time, in milliseconds. */
  readonly clock: { offset: number }
}

export const newLife = (name: string, clock: { offset: number }): Life => ({
  name,
  isAlive: true,
  pausedUntil: 0,
  clock,
})

/** Everything that one life does between two waits. What it says goes out at the end of the turn,
 *  after what it wrote is committed. */
export type Turn = {
  readonly life: Life
  readonly label: string
  readonly outputs: { isGated: boolean; send: () => void }[]
  /** It has written something that the outputs after it must wait for. */
  isWriting: boolean
  /** Types of the events that a deployment decided on in it. */
  readonly deeds: string[]
  /** Commits or rolls back what was written; undefined where writes count at once. */
  onEnd: ((turn: Turn) => void) | undefined
}

type Pending = { at: number; order: number; life: Life | undefined; label: string; run: () => void }

/** Virtual time: a queue of what happens next, one turn at a time. */
export class World {
  readonly seed: number
  readonly chance: Chance
  readonly faults: Faults
  now = 0
  turn: Turn | undefined
  events = 0
  trace: string[] | undefined
  /** Called after every event. */
  afterEach: () => void = () => undefined
  readonly #queue: Pending[] = []
  #order = 0

  constructor(seed: number, allowed?: ReadonlySet<string>) {
    this.seed = seed
    this.chance = new Chance(seed)
    this.faults = new Faults(this.chance, allowed)
  }

  say(text: string): void {
    this.trace?.push(`${(this.now / 1000).toFixed(3).padStart(9)}  ${text}`)
  }

  /** `life`: whom it happens to; it does not happen when that life is over by then. */
  after(ms: number, life: Life | undefined, label: string, run: () => void): Pending {
    const pending = { at: this.now + Math.max(0, ms), order: this.#order++, life, label, run }
    this.#push(pending)
    return pending
  }

  cancel(pending: Pending): void {
    pending.run = NOTHING
  }

  /** Something that the life of this turn tells others, sent once its writes are committed. */
  output(send: () => void): void {
    const { turn } = this
    if (!turn) send()
    else if (turn.life.isAlive) turn.outputs.push({ isGated: turn.isWriting, send })
  }

  /** Until `until` or until nothing is left. Answers whether there is more. */
  async run(until: number, maxEvents: number): Promise<boolean> {
    for (;;) {
      const next = this.#queue[0]
      if (!next || next.at > until) {
        this.now = Math.max(this.now, until)
        return next !== undefined
      }
      this.#pop()
      if (next.run === NOTHING || next.life?.isAlive === false) continue
      this.now = Math.max(this.now, next.at)
      if (next.life && next.life.pausedUntil > this.now) {
        next.at = next.life.pausedUntil
        this.#push(next)
        continue
      }
      if (++this.events > maxEvents) throw new Error(`more than ${maxEvents} events`)
      await this.#happen(next)
    }
  }

  async #happen({ life, label, run }: Pending): Promise<void> {
    if (!life) {
      run()
      this.afterEach()
      return
    }
    const turn: Turn = { life, label, outputs: [], isWriting: false, deeds: [], onEnd: undefined }
    this.turn = turn
    this.trace?.push(`${(this.now / 1000).toFixed(3).padStart(9)}  ${life.name}: ${label}`)
    try {
      run()
    } catch (error) {
      // What the dead still run into is nobody's error.
      if (life.isAlive) throw error
    }
    await microtasks()
    turn.onEnd?.(turn)
    this.turn = undefined
    // A life that ended in its turn has still said what needed no commit.
    for (const { isGated, send } of turn.outputs) if (life.isAlive || !isGated) send()
    this.afterEach()
  }

  #push(pending: Pending): void {
    const queue = this.#queue
    queue.push(pending)
    let at = queue.length - 1
    while (at > 0) {
      const up = (at - 1) >> 1
      if (!isBefore(pending, queue[up] as Pending)) break
      queue[at] = queue[up] as Pending
      at = up
    }
    queue[at] = pending
  }

  #pop(): void {
    const queue = this.#queue
    const last = queue.pop() as Pending
    const { length } = queue
    if (length === 0) return
    let at = 0
    for (;;) {
      let down = 2 * at + 1
      if (down >= length) break
      if (down + 1 < length && isBefore(queue[down + 1] as Pending, queue[down] as Pending)) down++
      if (!isBefore(queue[down] as Pending, last)) break
      queue[at] = queue[down] as Pending
      at = down
    }
    queue[at] = last
  }
}

const NOTHING = () => undefined

const isBefore = (left: Pending, right: Pending) =>
  left.at < right.at || (left.at === right.at && left.order < right.order)

/** Until everything that waits for nothing outside has run: the next tick comes when no microtask is
 *  left, and a hundred times sooner than the next round of the event loop. */
const microtasks = () => new Promise<void>(resolve => process.nextTick(resolve))
