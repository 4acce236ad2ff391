const CLEAR = 256
const FIRST_FREE = 257
const MIN_BITS = 9
const PIECE_BYTES = 65_536

/** Unpacks what `compress` writes (`.Z`). A piece at a time, in bounded memory.
 *  @throws Error saying what is wrong with the data */
export const unpackLzw = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let unpacker: Unpacker | undefined
  let head: Buffer = Buffer.alloc(0)
  for await (const chunk of source) {
    if (unpacker) yield* unpacker.take(chunk)
    else {
      head = Buffer.concat([head, chunk])
      if (head.length < 3) continue
      unpacker = new Unpacker(maxBitsOf(head), (head[2] as number) >= 0x80)
      yield* unpacker.take(head.subarray(3))
    }
  }
  if (!unpacker) throw new Error('it is no output of compress')
  yield* unpacker.end()
}

const maxBitsOf = (head: Buffer): number => {
  const bits = (head[2] as number) & 0x1f
  if (head[0] !== 0x1f || head[1] !== 0x9d || bits < MIN_BITS || bits > 16)
    throw new Error('it is no output of compress')
  return bits
}

class Unpacker {
  readonly #maxBits: number
  readonly #canClear: boolean
  readonly #prefixes: Uint16Array
  readonly #suffixes: Uint8Array
  readonly #word: Uint8Array
  #bits = MIN_BITS
  #next: number
  #previous = -1
  #first = 0
  #held = 0
  #count = 0
  /** Codes come in groups of eight of one length; the rest of a group is void when that changes. */
  #groupBits = 0
  #skipBits = 0
  #piece = Buffer.allocUnsafe(PIECE_BYTES)
  #filled = 0

  constructor(maxBits: number, canClear: boolean) {
    this.#maxBits = maxBits
    this.#canClear = canClear
    this.#next = canClear ? FIRST_FREE : CLEAR
    this.#prefixes = new Uint16Array(1 << maxBits)
    this.#suffixes = new Uint8Array(1 << maxBits)
    this.#word = new Uint8Array((1 << maxBits) + 1)
  }

  *take(chunk: Buffer): Generator<Buffer> {
    for (const byte of chunk) {
      this.#held |= byte << this.#count
      this.#count += 8
      if (this.#skipBits > 0) {
        const skipped = Math.min(this.#skipBits, this.#count)
        this.#drop(skipped)
        this.#skipBits -= skipped
      }
      while (this.#skipBits === 0 && this.#count >= this.#bits) {
        const code = this.#held & ((1 << this.#bits) - 1)
        this.#drop(this.#bits)
        this.#groupBits = (this.#groupBits + this.#bits) % (this.#bits * 8)
        yield* this.#decode(code)
      }
    }
  }

  *end(): Generator<Buffer> {
    if (this.#filled > 0) yield this.#piece.subarray(0, this.#filled)
  }

  #drop(bits: number): void {
    this.#held >>>= bits
    this.#count -= bits
  }

  /** From here on codes are of another length. */
  #setBits(bits: number): void {
    if (this.#groupBits > 0) this.#skipBits = this.#bits * 8 - this.#groupBits
    this.#groupBits = 0
    this.#bits = bits
    const skipped = Math.min(this.#skipBits, this.#count)
    this.#drop(skipped)
    this.#skipBits -= skipped
  }

  *#decode(code: number): Generator<Buffer> {
    if (code === CLEAR && this.#canClear) {
      this.#next = FIRST_FREE
      this.#previous = -1
      this.#setBits(MIN_BITS)
      return
    }
    if (this.#previous < 0) {
      if (code > 255) throw new Error('its first code means nothing')
      this.#previous = code
      this.#first = code
      yield* this.#write(code)
      return
    }
    if (code > this.#next || (code === this.#next && this.#next >= 1 << this.#maxBits))
      throw new Error('a code of it means nothing')
    let length = 0
    let at = code
    if (code === this.#next) {
      this.#word[length++] = this.#first
      at = this.#previous
    }
    for (; at > 255; at = this.#prefixes[at] as number)
      this.#word[length++] = this.#suffixes[at] as number
    this.#first = at
    yield* this.#write(at)
    while (length > 0) yield* this.#write(this.#word[--length] as number)
    if (this.#next < 1 << this.#maxBits) {
      this.#prefixes[this.#next] = this.#previous
      this.#suffixes[this.#next] = this.#first
      this.#next++
      if (this.#next >= 1 << this.#bits && this.#bits < this.#maxBits) this.#setBits(this.#bits + 1)
    }
    this.#previous = code
  }

  *#write(byte: number): Generator<Buffer> {
    this.#piece[this.#filled++] = byte
    if (this.#filled < PIECE_BYTES) return
    yield this.#piece
    this.#piece = Buffer.allocUnsafe(PIECE_BYTES)
    this.#filled = 0
  }
}
