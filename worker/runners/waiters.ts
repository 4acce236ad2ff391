import type { PollReply } from '../../runner/protocol/messages.ts'

type Waiter = { answer: (reply: PollReply) => void; timer: ReturnType<typeof setTimeout> }

/** The polls that are held: one of each runner. */
export class Waiters {
  readonly #held = new Map<string, Waiter>()

  has(runner: string): boolean {
    return this.#held.has(runner)
  }

  /** Held until it is answered; after `ms` that is asked for. */
  hold(runner: string, ms: number, onOver: () => void): Promise<PollReply> {
    return new Promise(answer => {
      this.#held.set(runner, { answer, timer: setTimeout(onOver, ms) })
    })
  }

  answer(runner: string, reply: PollReply): void {
    const waiter = this.#held.get(runner)
    if (!waiter) return
    clearTimeout(waiter.timer)
    this.#held.delete(runner)
    waiter.answer(reply)
  }

  /** Its poll ends without a word: another one takes its place, or none is to. */
  supersede(runner: string): void {
    this.answer(runner, { offers: [], controls: [], superseded: true })
  }
}
