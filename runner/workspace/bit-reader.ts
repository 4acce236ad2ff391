/** Takes bits, the first of a byte first, out of bytes that come in pieces. */
export class BitReader {
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  #held = 0
  #count = 0

  add(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes.subarray(this.#at), bytes])
    this.#at = 0
  }

  /** Bytes not yet begun. */
  get ahead(): number {
    return this.#bytes.length - this.#at
  }

  /** At most 24 bits. @throws RangeError at the end of what there is */
  read(count: number): number {
    const bits = this.peek(count)
    this.skip(count)
    return bits
  }

  /** The next bits, which stay; beyond the end there are zeros. */
  peek(count: number): number {
    while (this.#count < count) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined) return (this.#held << (count - this.#count)) & ((1 << count) - 1)
      this.#at++
      this.#held = (this.#held << 8) | byte
      this.#count += 8
    }
    return (this.#held >>> (this.#count - count)) & ((1 << count) - 1)
  }

  /** Moves over bits that were peeked at. */
  skip(count: number): void {
    if (count > this.#count) throw new RangeError('it ends too early')
    this.#count -= count
    this.#held &= (1 << this.#count) - 1
  }

  /** 48 bits, as two numbers of 24. */
  readMark(): string {
    return [this.read(24), this.read(24)].map(half => half.toString(16).padStart(6, '0')).join('')
  }

  /** 32 bits, without a sign. */
  readWord(): number {
    return this.read(16) * 0x10000 + this.read(16)
  }

  /** Goes on to the next whole byte. */
  align(): void {
    this.#count -= this.#count % 8
    this.#held &= (1 << this.#count) - 1
  }
}
