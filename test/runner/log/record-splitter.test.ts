import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RecordSplitter } from '../../../runner/log/record-splitter.ts'
import { formatRecord, parseRecord } from '../../../runner/protocol/log-record.ts'

const split = (chunks: readonly Buffer[]) => {
  const splitter = new RecordSplitter()
  const text = chunks.map(chunk => splitter.write(chunk, 'info', 7)).join('')
  return (text + splitter.end('info', 7)).split('\n').slice(0, -1).map(parseRecord)
}

/** The bytes that a record's text stands for. */
const bytesOf = ({ text, escaped }: { text: string; escaped?: boolean }): Buffer => {
  if (!escaped) return Buffer.from(text)
  const parts = text.split(/(\\\\|\\x[0-9a-f]{2})/).map(part => {
    if (part === '\\\\') return Buffer.from('\\')
    if (/^\\x/.test(part)) return Buffer.from(part.slice(2), 'hex')
    return Buffer.from(part)
  })
  return Buffer.concat(parts)
}

const joined = (records: ReturnType<typeof split>): Buffer =>
  Buffer.concat(
    records.flatMap((record, index) =>
      index > 0 && !record.continued ? [Buffer.from('\n'), bytesOf(record)] : [bytesOf(record)],
    ),
  )

describe('splitting output into records', () => {
  it('makes a record of each line, the last one too', () => {
    expect(split([Buffer.from('one\n\ntw'), Buffer.from('o\nthree')]).map(one => one.text)).toEqual(
      ['one', '', 'two', 'three'],
    )
  })

  it('writes plain lines exactly as a record is formatted', () => {
    const text = 'tab\t quote" back\\slash \u0000 \u001b[31m ü€😀'
    const written = new RecordSplitter().write(Buffer.from(`${text}\n`), 'warning', 12)
    expect(written).toBe(formatRecord({ level: 'warning', at: 12, text }))
  })

  it('loses no byte, whatever the bytes and the chunks', () => {
    const byte = fc.oneof(
      fc.constantFrom(0, 0x0a, 0x5c, 0x78, 0xc3, 0xa4, 0xf0, 0x9f, 0x98, 0x80, 0xed, 0xa0),
      fc.nat(255),
    )
    fc.assert(
      fc.property(fc.array(fc.array(byte, { maxLength: 40 })), lists => {
        const chunks = lists.map(list => Buffer.from(list))
        const whole = Buffer.concat(chunks)
        const ended = whole.at(-1) === 0x0a ? whole.subarray(0, -1) : whole
        expect(joined(split(chunks)).equals(ended)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  it('cuts a long line between characters and marks what goes on', () => {
    const line = `a${'€'.repeat(20_000)}`
    const chunks = [Buffer.from(line).subarray(0, 30_000), Buffer.from(line).subarray(30_000)]
    const records = split([...chunks, Buffer.from('\nnext\n')])
    expect(records.map(one => one.continued ?? false)).toEqual([false, true, true, true, false])
    expect(records.slice(0, 4).every(one => Buffer.byteLength(one.text) <= 16_384)).toBe(true)
    expect(records.slice(0, 4).every(one => !one.escaped && isUtf8(Buffer.from(one.text)))).toBe(
      true,
    )
    expect(
      records
        .slice(0, 4)
        .map(one => one.text)
        .join(''),
    ).toBe(line)
  })

  it('keeps no more than a record of a line that never ends', () => {
    const splitter = new RecordSplitter()
    let length = 0
    for (let index = 0; index < 800; index++)
      length += splitter.write(Buffer.alloc(65_536, 'x'), 'info', 7).length
    expect(length).toBeGreaterThan(800 * 65_536)
  })
})
