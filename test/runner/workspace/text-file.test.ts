import { describe, expect, it } from 'vitest'
import { decodeText, encodeText } from '../../../runner/workspace/text-file.ts'

describe('the encoding of a text file', () => {
  it.each([
    { name: 'UTF-8', bytes: Buffer.from('größe €') },
    { name: 'UTF-8 with a mark', bytes: Buffer.from('\ufeffgröße') },
    { name: 'UTF-16 LE', bytes: Buffer.from('\ufeffgröße', 'utf16le') },
    { name: 'UTF-16 BE', bytes: Buffer.from('\ufeffgröße', 'utf16le').swap16() },
    { name: 'Windows-1252', bytes: Buffer.from([0x67, 0xf6, 0x80, 0x93, 0x81]) },
  ])('is kept: $name', ({ bytes }) => {
    const file = decodeText(bytes)
    expect(file.text.startsWith('g')).toBe(true)
    expect(encodeText(file)).toEqual(bytes)
  })

  it.each([
    { name: 'a mark of UTF-8 before what is none', bytes: [0xef, 0xbb, 0xbf, 0x67, 0xf6] },
    { name: 'half a character of UTF-16 LE', bytes: [0xff, 0xfe, 0x67, 0x00, 0x68] },
    { name: 'half a character of UTF-16 BE', bytes: [0xfe, 0xff, 0x00, 0x67, 0x00] },
    { name: 'half a pair of UTF-16', bytes: [0xff, 0xfe, 0x3d, 0xd8, 0x67, 0x00] },
    { name: 'half a character of UTF-8', bytes: [0x67, 0xe2, 0x82] },
    { name: 'all bytes there are', bytes: Array.from({ length: 256 }, (_, byte) => byte) },
    { name: 'nothing but a mark', bytes: [0xef, 0xbb, 0xbf] },
    { name: 'nothing', bytes: [] },
  ])('never changes what it is not asked to: $name', ({ bytes }) => {
    expect([...encodeText(decodeText(Buffer.from(bytes)))]).toEqual(bytes)
  })

  it('becomes UTF-8 when the text no longer fits', () => {
    const file = decodeText(Buffer.from([0x67, 0xf6]))
    expect(encodeText({ ...file, text: 'gö → 漢' })).toEqual(Buffer.from('gö → 漢'))
  })
})
