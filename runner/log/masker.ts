import { Matcher } from './matcher.ts'
import { needlesOf } from './needles.ts'

const MASK = Buffer.from('********')

/** The secrets of one step; more become known while it runs. */
export class Secrets {
  readonly #secrets: Set<string>
  #matcher: Matcher

  constructor(secrets: Iterable<string> = []) {
    this.#secrets = new Set(secrets)
    this.#matcher = new Matcher(needlesOf(this.#secrets))
  }

  get matcher(): Matcher {
    return this.#matcher
  }

  add(secret: string): void {
    if (this.#secrets.has(secret)) return
    this.#secrets.add(secret)
    this.#matcher = new Matcher(needlesOf(this.#secrets))
  }

  /** A whole text at once. */
  mask(text: string): string {
    const masker = new Masker(this)
    return Buffer.concat([masker.write(Buffer.from(text)), masker.end()]).toString()
  }
}

/**
 * Replaces secrets in a stream of bytes. Every byte that any occurrence of any needle covers is
 * gone; each unbroken run of such bytes becomes one `********`. The outcome does not depend on the
 * chunks: what is held back is exactly the longest end of the text that may still become a needle.
 */
export class Masker {
  readonly #secrets: Secrets
  #matcher: Matcher
  #state = 0
  #held: Buffer = Buffer.alloc(0)
  /** Covered stretches, sorted and apart, counted from the first held byte. */
  #covered: { start: number; end: number }[] = []
  /** Where the run that was last replaced ends, counted the same way. */
  #replacedTo = -1

  constructor(secrets: Secrets) {
    this.#secrets = secrets
    this.#matcher = secrets.matcher
  }

  write(chunk: Buffer): Buffer {
    const matcher = this.#secrets.matcher
    const known = this.#held.length
    const data = known > 0 ? Buffer.concat([this.#held, chunk]) : chunk
    if (matcher === this.#matcher) this.#find(data, known)
    else {
      this.#matcher = matcher
      this.#state = 0
      this.#find(data, 0)
    }
    return this.#release(data, data.length - (matcher.depth[this.#state] as number))
  }

  /** What was held back: the stream has ended or is interrupted. */
  end(): Buffer {
    this.#state = 0
    return this.#release(this.#held, this.#held.length)
  }

  #find(data: Buffer, from: number): void {
    const matcher = this.#matcher
    if (matcher.isEmpty) return
    const { root, longest } = matcher
    let state = this.#state
    for (let at = from; at < data.length; at++) {
      if (state === 0) {
        while (at < data.length && root[data[at] as number] === 0) at++
        if (at === data.length) break
        state = root[data[at] as number] as number
      } else state = matcher.next(state, data[at] as number)
      const length = longest[state] as number
      if (length > 0) this.#cover(at + 1 - length, at + 1)
    }
    this.#state = state
  }

  #cover(from: number, end: number): void {
    let start = from
    let last = this.#covered.at(-1)
    while (last && last.end >= start) {
      start = Math.min(start, last.start)
      this.#covered.pop()
      last = this.#covered.at(-1)
    }
    this.#covered.push({ start, end })
  }

  #release(data: Buffer, boundary: number): Buffer {
    const kept: { start: number; end: number }[] = []
    const parts: Buffer[] = []
    let position = 0
    for (const { start, end } of this.#covered) {
      if (start >= boundary) kept.push({ start: start - boundary, end: end - boundary })
      else {
        if (start > position) parts.push(data.subarray(position, start))
        if (start > this.#replacedTo) parts.push(MASK)
        this.#replacedTo = Math.max(this.#replacedTo, end)
        position = Math.min(end, boundary)
        if (end > boundary) kept.push({ start: 0, end: end - boundary })
      }
    }
    this.#covered = kept
    this.#replacedTo = Math.max(-1, this.#replacedTo - boundary)
    this.#held = data.subarray(boundary)
    if (parts.length === 0 && position === 0) return data.subarray(0, boundary)
    parts.push(data.subarray(position, boundary))
    return Buffer.concat(parts)
  }
}
