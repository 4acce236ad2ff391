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

  it('becomes UTF-8 when the text no longer fits', () => {
    const file = decodeText(Buffer.from([0x67, 0xf6]))
    expect(encodeText({ ...file, text: 'gö → 漢' })).toEqual(Buffer.from('gö → 漢'))
  })
})
