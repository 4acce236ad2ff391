/** Blocks are this part of the whole: so much of the newest is given up when the oldest must go. */
const BLOCKS = 10

/**
 * The newest bytes of a log, in pieces that were whole when they came. The memory is taken once and
 * used over and over: a log of any length passes through it.
 */
export class Tail {
  readonly #limit: number
  readonly #blocks: { bytes: Buffer; used: number }[] = []
  #size = 0
  #free: Buffer | undefined

  constructor(limitBytes: number) {
    this.#limit = limitBytes
  }

  get size(): number {
    return this.#size
  }

  /** Copies the bytes; `onDropped` is given what must go for them, oldest first. */
  add(bytes: Buffer, onDropped: (bytes: Buffer) => void): void {
    if (bytes.length === 0) return
    let block = this.#blocks.at(-1)
    if (!block || block.used + bytes.length > block.bytes.length) {
      block = { bytes: this.#take(bytes.length), used: 0 }
      this.#blocks.push(block)
    }
    bytes.copy(block.bytes, block.used)
    block.used += bytes.length
    this.#size += bytes.length
    while (this.#size > this.#limit) this.dropOldest(onDropped)
  }

  dropOldest(onDropped: (bytes: Buffer) => void): void {
    const block = this.#blocks.shift()
    if (!block) return
    this.#size -= block.used
    onDropped(block.bytes.subarray(0, block.used))
    this.#free = block.bytes
  }

  *pieces(): Generator<Buffer> {
    for (const { bytes, used } of this.#blocks) yield bytes.subarray(0, used)
  }

  #take(length: number): Buffer {
    const free = this.#free
    this.#free = undefined
    if (free && free.length >= length) return free
    return Buffer.allocUnsafeSlow(Math.max(length, Math.ceil(this.#limit / BLOCKS)))
  }
}
