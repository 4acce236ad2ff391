import type { BitReader } from './bit-reader.ts'

const GROUP_SYMBOLS = 50
const MAX_CODE_BITS = 20
const MAX_SELECTORS = 18_002
const PIECE_BYTES = 65_536

/** A block as it was before the last stage, run lengths still in it. */
export type Block = { next: Int32Array; start: number; length: number }

/** Reads one block after its checksum. @see https://en.wikipedia.org/wiki/Bzip2#File_format */
export const readBlock = (bits: BitReader, maxBytes: number): Block => {
  if (bits.read(1) === 1) throw new Error('it is of a kind that no program writes any more')
  const origin = bits.read(24)
  const used = readUsed(bits)
  const tables = readTables(bits, used.length + 2)
  return undoTransform(decode(bits, used, tables, maxBytes), origin)
}

/** The byte values that occur. */
const readUsed = (bits: BitReader): number[] => {
  const groups = bits.read(16)
  const used: number[] = []
  for (let group = 0; group < 16; group++) {
    if (((groups >>> (15 - group)) & 1) === 0) continue
    const members = bits.read(16)
    for (let member = 0; member < 16; member++)
      if (((members >>> (15 - member)) & 1) === 1) used.push(group * 16 + member)
  }
  if (used.length === 0) throw new Error('a block of it holds nothing')
  return used
}

type Tables = { selectors: Uint8Array; codes: Code[] }

const readTables = (bits: BitReader, symbols: number): Tables => {
  const count = bits.read(3)
  if (count < 2 || count > 6) throw new Error(`a block has ${count} code tables`)
  const selectorCount = bits.read(15)
  if (selectorCount < 1 || selectorCount > MAX_SELECTORS)
    throw new Error('it names too many tables')
  const recent = Array.from({ length: count }, (_, index) => index)
  const selectors = new Uint8Array(selectorCount)
  for (let index = 0; index < selectorCount; index++) {
    let place = 0
    while (bits.read(1) === 1)
      if (++place >= count) throw new Error('it names a table there is not')
    const [table] = recent.splice(place, 1) as [number]
    recent.unshift(table)
    selectors[index] = table
  }
  const codes = recent.map(() => new Code(readLengths(bits, symbols)))
  return { selectors, codes }
}

const readLengths = (bits: BitReader, symbols: number): Uint8Array => {
  const lengths = new Uint8Array(symbols)
  let length = bits.read(5)
  for (let symbol = 0; symbol < symbols; symbol++) {
    for (;;) {
      if (length < 1 || length > MAX_CODE_BITS) throw new Error('a code of it is too long')
      if (bits.read(1) === 0) break
      length += bits.read(1) === 0 ? 1 : -1
    }
    lengths[symbol] = length
  }
  return lengths
}

const TABLE_BITS = 10

/** A canonical Huffman code. Short words are looked up, long ones are searched by their length. */
class Code {
  /** By the next bits: symbol and length of the word, 0 where the word is longer. */
  readonly #short = new Uint16Array(1 << TABLE_BITS)
  readonly #limits = new Int32Array(MAX_CODE_BITS + 1)
  readonly #offsets = new Int32Array(MAX_CODE_BITS + 1)
  readonly #symbols: Uint16Array

  constructor(lengths: Uint8Array) {
    const counts = new Uint16Array(MAX_CODE_BITS + 1)
    for (const length of lengths) counts[length] = (counts[length] as number) + 1
    this.#symbols = Uint16Array.from(
      [...lengths.keys()].sort((a, b) => (lengths[a] as number) - (lengths[b] as number) || a - b),
    )
    let code = 0
    let position = 0
    for (let length = 1; length <= MAX_CODE_BITS; length++) {
      const count = counts[length] as number
      this.#offsets[length] = position - code
      if (length <= TABLE_BITS) this.#fillShort(code, position, count, length)
      code += count
      position += count
      this.#limits[length] = code
      code <<= 1
    }
  }

  read(bits: BitReader): number {
    const word = bits.peek(MAX_CODE_BITS)
    const short = this.#short[word >>> (MAX_CODE_BITS - TABLE_BITS)] as number
    if (short > 0) {
      bits.skip(short & 31)
      return short >>> 5
    }
    for (let length = TABLE_BITS + 1; length <= MAX_CODE_BITS; length++) {
      const code = word >>> (MAX_CODE_BITS - length)
      if (code >= (this.#limits[length] as number)) continue
      const symbol = this.#symbols[code + (this.#offsets[length] as number)]
      if (symbol === undefined) break
      bits.skip(length)
      return symbol
    }
    throw new Error('a code of it means nothing')
  }

  #fillShort(code: number, position: number, count: number, length: number): void {
    const width = 1 << (TABLE_BITS - length)
    for (let index = 0; index < count; index++) {
      const entry = ((this.#symbols[position + index] as number) << 5) | length
      const start = (code + index) * width
      this.#short.fill(entry, start, start + width)
    }
  }
}

/** Undoes the codes, the run lengths of the commonest byte, and the moves to the front. */
const decode = (
  bits: BitReader,
  used: number[],
  { selectors, codes }: Tables,
  maxBytes: number,
): Uint8Array => {
  const bytes = new Uint8Array(maxBytes)
  const recent = Uint8Array.from(used)
  const end = used.length + 1
  let length = 0
  let run = 0
  let weight = 1
  for (let group = 0; ; group++) {
    const code = codes[selectors[group] ?? -1]
    if (!code) throw new Error('a block of it has no end')
    for (let count = 0; count < GROUP_SYMBOLS; count++) {
      const symbol = code.read(bits)
      if (symbol <= 1) {
        run += weight << symbol
        weight <<= 1
        if (run > maxBytes) throw new Error('a block of it is too long')
        continue
      }
      if (run > 0) {
        if (length + run > maxBytes) throw new Error('a block of it is too long')
        bytes.fill(recent[0] as number, length, length + run)
        length += run
        run = 0
        weight = 1
      }
      if (symbol === end) return bytes.subarray(0, length)
      if (length >= maxBytes) throw new Error('a block of it is too long')
      const place = symbol - 1
      const byte = recent[place] as number
      recent.copyWithin(1, 0, place)
      recent[0] = byte
      bytes[length++] = byte
    }
  }
}

/** Undoes the sorting: each place holds its byte, and above it where the next one is. */
const undoTransform = (bytes: Uint8Array, origin: number): Block => {
  const starts = new Int32Array(257)
  for (const byte of bytes) starts[byte + 1] = (starts[byte + 1] as number) + 1
  for (let byte = 0; byte < 256; byte++)
    starts[byte + 1] = (starts[byte + 1] as number) + (starts[byte] as number)
  const next = new Int32Array(bytes.length)
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] as number
    const place = starts[byte] as number
    starts[byte] = place + 1
    next[place] = (next[place] as number) | (index << 8)
    next[index] = (next[index] as number) | byte
  }
  if (origin >= bytes.length) throw new Error('a block of it begins outside itself')
  return { next, start: (next[origin] as number) >>> 8, length: bytes.length }
}

const CRC = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24
  for (let bit = 0; bit < 8; bit++) value = value < 0 ? (value << 1) ^ 0x04c11db7 : value << 1
  return value
})

/** Undoes the first stage: after four equal bytes comes how many more there are. */
export class BlockOutput {
  readonly #block: Block
  #crc = -1

  constructor(block: Block) {
    this.#block = block
  }

  /** Of what has been taken. */
  get checksum(): number {
    return ~this.#crc >>> 0
  }

  *pieces(): Generator<Buffer> {
    const { next, start, length } = this.#block
    let piece = Buffer.allocUnsafe(PIECE_BYTES)
    let filled = 0
    let at = start
    let last = -1
    let equal = 0
    for (let count = 0; count < length; count++) {
      const entry = next[at] as number
      const byte = entry & 0xff
      at = entry >>> 8
      let times = 1
      if (equal === 4) {
        times = byte
        equal = 0
      } else {
        equal = byte === last ? equal + 1 : 1
        last = byte
      }
      for (; times > 0; times--) {
        this.#crc = (this.#crc << 8) ^ (CRC[((this.#crc >>> 24) ^ last) & 0xff] as number)
        piece[filled++] = last
        if (filled < PIECE_BYTES) continue
        yield piece
        piece = Buffer.allocUnsafe(PIECE_BYTES)
        filled = 0
      }
    }
    if (filled > 0) yield piece.subarray(0, filled)
  }
}
