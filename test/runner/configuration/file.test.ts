import { describe, expect, it } from 'vitest'
import { decodeConfiguration } from '../../../runner/configuration/file.ts'

const declared = (label: string) => `<?xml version="1.0" encoding="${label}"?><a>`

describe('the encoding of a configuration file', () => {
  it.each([
    { what: 'UTF-8', bytes: Buffer.from('ä'), text: 'ä', encoding: 'utf-8' },
    { what: 'UTF-8 with mark', bytes: Buffer.from('\ufeffä'), text: 'ä', encoding: 'utf-8' },
    {
      what: 'UTF-16 with mark',
      bytes: Buffer.from(`\ufeff${declared('utf-16')}ä`, 'utf16le'),
      text: `${declared('utf-16')}ä`,
      encoding: 'utf-16',
    },
    {
      what: 'Windows-1252',
      bytes: Buffer.from([0xe4, 0x80]),
      text: 'ä€',
      encoding: 'windows-1252',
    },
    {
      what: 'what the XML declaration names',
      bytes: Buffer.concat([Buffer.from(declared('iso-8859-2')), Buffer.from([0xb3])]),
      text: `${declared('iso-8859-2')}ł`,
      encoding: 'iso-8859-2',
    },
    {
      what: 'UTF-8 where the declaration names nothing known',
      bytes: Buffer.from(`${declared('nonsense')}ä`),
      text: `${declared('nonsense')}ä`,
      encoding: 'utf-8',
    },
  ])('is $what', ({ bytes, text, encoding }) => {
    const file = decodeConfiguration(bytes)
    expect({ text: file.text, encoding: file.encoding }).toEqual({ text, encoding })
    expect(file.encode(file.text)).toEqual(bytes)
  })

  it('has no bytes for text that does not fit', () => {
    expect(decodeConfiguration(Buffer.from([0xe4])).encode('Ω')).toBeUndefined()
  })
})
