import { describe, expect, it } from 'vitest'
import { inWords, receiveBlob } from '../../../worker/packages/blob.ts'
import { inChunks } from './archives.ts'

/** A store that nobody may touch. */
const untouched = new Proxy({}, { get: (_, name) => expect.fail(`${String(name)} was called`) })

const receive = (bytes: Uint8Array, limit: number) =>
  receiveBlob(untouched as never, inChunks(bytes, 10), limit)

describe('a body that arrives', () => {
  it('can be read before it is kept, and is not stored until then', async () => {
    const blob = await receive(new TextEncoder().encode('abc'), 3)
    expect(blob.sizeBytes).toBe(3)
    expect(await blob.read(1, 5)).toEqual(new TextEncoder().encode('bc'))
    await blob.discard()
  })

  it('is refused in words as soon as it is larger than the limit, whatever it declared', async () => {
    await expect(receive(new Uint8Array(2_049), 2_048)).rejects.toThrow(
      'A package may be at most 2 KiB large; this one is larger.',
    )
  })

  it('is not stored when it breaks off', async () => {
    async function* broken() {
      yield new Uint8Array(100)
      throw new Error('gone')
    }
    await expect(receiveBlob(untouched as never, broken(), 1_000)).rejects.toThrow('gone')
  })
})

it.each([
  [1, '1 bytes'],
  [1_536, '1.5 KiB'],
  [104_857_600, '100 MiB'],
  [1_073_741_824, '1 GiB'],
])('%i bytes are %s', (bytes, words) => expect(inWords(bytes)).toBe(words))
