import { BitReader } from './bit-reader.ts'
import { BlockOutput, readBlock } from './bzip2-block.ts'

/** No block, compressed as badly as can be, is larger. */
const MAX_COMPRESSED_BLOCK = 1_100_000
const BLOCK = '314159265359'
const END = '177245385090'

/**
 * Unpacks bzip2, one block at a time: the next one is begun when the last one has been taken, so a
 * few bytes that stand for terabytes cost no more memory than honest ones.
 *
 * @throws Error saying what is wrong with the data
 */
export const unpackBzip2 = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const pieces = source[Symbol.asyncIterator]()
  const bits = new BitReader()
  let isDone = false
  const fill = async (): Promise<void> => {
    while (!isDone && bits.ahead < MAX_COMPRESSED_BLOCK) {
      const { value, done } = await pieces.next()
      if (done) isDone = true
      else bits.add(value)
    }
  }
  try {
    await fill()
    do {
      const blockBytes = readHeader(bits)
      let combined = 0
      for (let mark = bits.readMark(); mark !== END; mark = bits.readMark()) {
        if (mark !== BLOCK) throw new Error('a block of it begins with the wrong bytes')
        const expected = bits.readWord()
        const output = new BlockOutput(readBlock(bits, blockBytes))
        yield* output.pieces()
        if (output.checksum !== expected) throw new Error('the checksum of a block is wrong')
        combined = (((combined << 1) | (combined >>> 31)) ^ expected) >>> 0
        await fill()
      }
      if (bits.readWord() !== combined) throw new Error('its checksum is wrong')
      bits.align()
      await fill()
    } while (bits.ahead > 0)
  } finally {
    await pieces.return?.()
  }
}

/** @returns how many bytes a block holds at most */
const readHeader = (bits: BitReader): number => {
  const signature = String.fromCharCode(bits.read(8), bits.read(8), bits.read(8))
  const level = bits.read(8) - 0x30
  if (signature !== 'BZh' || level < 1 || level > 9) throw new Error('it is no bzip2')
  return level * 100_000
}
