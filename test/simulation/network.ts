import { current } from './here.ts'
import type { Host } from './host.ts'
import type { Life } from './world.ts'

type Failure = { kind: 'lost' | 'refused'; error?: string; next?: number; retryAfterMs: number }
type Answer =
  | { ok: true; value: unknown; sentAt: number }
  | { ok: false; failure: Failure; message: string }

export type Message = {
  path: string
  session?: string
  json?: Record<string, unknown>
  bytes?: Uint8Array
  timeoutMs?: number
}
export type Reply = { status: number; body: unknown }
type Schema = { safeParse: (value: unknown) => { success: boolean; data?: unknown } }

const REQUEST_MS = 30_000

/** What answers at the server; a reply that never comes is an answer too. */
export type Front = (message: Message, reply: (reply: Reply) => void) => void

/**
 * The way between one machine and the server, as `runner/server.ts` offers it to the daemon: every
 * message may be lost, doubled, late or overtaken on either way.
 */
export class Link {
  readonly #host: Host
  readonly #front: Front
  /** Nothing passes, nobody is told. */
  cutUntil = 0
  /** Requests pass, replies do not. */
  halfUntil = 0
  /** While nothing passes everybody is told at once. */
  isRefusing = false
  /** The peer is of another version: it knows more words, or fewer. */
  isSkewed = false
  /** A runner has been told that this much of an attempt's log is safe. */
  onAcknowledged: (attempt: string, next: number) => void = () => undefined
  #sent = 0
  #newest = 0

  constructor(host: Host, front: Front) {
    this.#host = host
    this.#front = front
  }

  heal(): void {
    this.cutUntil = 0
    this.halfUntil = 0
  }

  get server() {
    return {
      send: (schema: Schema, message: Message) => this.#send(schema, message),
      download: () => Promise.reject(new Error('there are no packages in the model')),
      close: () => undefined,
    }
  }

  #send(schema: Schema, message: Message): Promise<Answer> {
    const { world } = current()
    const host = this.#host
    const life = world.turn?.life as Life
    const what = message.path.replace(/\?.*/, '').split('/').at(-1) ?? ''
    return new Promise(resolve => {
      if (!host.may(`send ${what}`)) return
      const sentAt = host.monotonic()
      let isOver = false
      const settle = (answer: Answer) => {
        if (isOver) return
        isOver = true
        world.cancel(timeout)
        resolve(answer)
      }
      const lost = (why: string) =>
        settle({ ok: false, failure: { kind: 'lost', retryAfterMs: 0 }, message: why })
      const timeout = world.after(
        message.timeoutMs ?? REQUEST_MS,
        life,
        `no answer to ${what}`,
        () => lost('no answer in time'),
      )
      const answer = (reply: Reply) => {
        if (isOver) return
        if (reply.status < 300 && (what === 'log' || what === 'complete'))
          this.onAcknowledged(
            message.path.split('/')[2] ?? '',
            (reply.body as { next: number }).next,
          )
        settle(this.#read(schema, reply, sentAt))
      }
      const order = ++this.#sent
      const skewed = this.isSkewed ? skew(message) : message
      this.#carry(what, order, skewed, life, answer, lost)
    })
  }

  #carry(
    what: string,
    order: number,
    message: Message,
    life: Life,
    answer: (reply: Reply) => void,
    lost: (why: string) => void,
  ): void {
    const { world, server } = current()
    const { faults, chance } = world
    const where = `${this.#host.name} ${what}`
    const isDropped = faults.is('drop-request', where)
    const isReset = faults.is('reset', where)
    if (isReset) world.after(chance.whole('reset', 1, 500), life, 'reset', () => lost('reset'))
    if (isDropped) return
    const copies = faults.is('duplicate', where) ? chance.whole('copies', 2, 4) : 1
    for (let copy = 0; copy < copies; copy++) {
      const isLate = faults.is('delay', where)
      const spread =
        copy > 0 || isLate ? chance.whole('late', 100, 40_000) : chance.whole('way', 1, 25)
      world.after(spread, undefined, '', () => {
        const isCut = world.now < this.cutUntil
        if (isCut && !this.isRefusing) return
        if (isCut || !server.isUp) {
          world.after(5, life, 'refused connection', () => lost('refused'))
          return
        }
        if (order < this.#newest) faults.hit('reorder')
        this.#newest = Math.max(this.#newest, order)
        const front = server.front
        const stop = server.onDown(() => world.after(5, life, 'reset', () => lost('reset')))
        world.after(0, front, `${this.#host.name}: ${what}`, () =>
          this.#front(message, reply => {
            world.output(() => {
              stop()
              this.#back(where, life, () => answer(reply))
            })
          }),
        )
      })
    }
  }

  #back(where: string, life: Life, answer: () => void): void {
    const { world } = current()
    const { faults, chance } = world
    if (faults.is('drop-reply', where)) return
    const ms = faults.is('delay', where)
      ? chance.whole('late', 100, 40_000)
      : chance.whole('way', 1, 25)
    world.after(ms, life, `answer to ${where}`, () => {
      if (world.now >= Math.max(this.cutUntil, this.halfUntil)) answer()
    })
  }

  /** Says what `runner/server.ts` says of an answer. */
  #read(schema: Schema, { status, body }: Reply, sentAt: number): Answer {
    if (status >= 500) {
      const retryAfterMs = status === 503 ? 2_000 : 0
      return { ok: false, failure: { kind: 'lost', retryAfterMs }, message: `answer ${status}` }
    }
    if (status >= 400) {
      const { error, next } = body as { error: string; next?: number }
      const failure: Failure = { kind: 'refused', error, retryAfterMs: 0 }
      if (next !== undefined) failure.next = next
      return { ok: false, failure, message: error }
    }
    if (!this.isSkewed) return { ok: true, value: body, sentAt }
    const parsed = schema.safeParse({ ...(body as object), aWordOfALaterVersion: true })
    if (parsed.success) return { ok: true, value: parsed.data, sentAt }
    return { ok: false, failure: { kind: 'lost', retryAfterMs: 0 }, message: 'unreadable' }
  }
}

/** A newer runner says what nobody here knows yet. */
const skew = (message: Message): Message =>
  message.json ? { ...message, json: { ...message.json, aWordOfALaterVersion: true } } : message
