import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatServiceMessage,
  parseServiceMessage,
  type Scanned,
  ServiceMessageScanner,
} from '../../../runner/log/service-message.ts'

const scan = (chunks: readonly Buffer[]): Scanned[] => {
  const scanner = new ServiceMessageScanner()
  return [...chunks.flatMap(chunk => scanner.write(chunk)), ...scanner.end()]
}

const summary = (found: readonly Scanned[]) => {
  const parts: string[] = []
  let text = ''
  for (const one of found) {
    if (one.type === 'text') {
      text += one.bytes.toString('latin1')
      continue
    }
    if (text !== '') parts.push(text)
    text = ''
    parts.push(one.type === 'message' ? `<${one.message.name}>` : `?${one.text}`)
  }
  return text === '' ? parts : [...parts, text]
}

describe('service messages in a stream', () => {
  it('are found whatever the chunks', () => {
    const piece = fc.constantFrom(
      "##octopus[foo a='QQ==']\n",
      '##octopus[stdout-verbose]',
      "##octopus[bad a='!']\n",
      '##oct',
      '##octopus',
      'text\n',
      'x',
      '\n',
      '\r\n',
    )
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat(150), { maxLength: 6 }), (pieces, cuts) => {
        const bytes = Buffer.from(pieces.join(''))
        const points = [0, ...cuts.sort((left, right) => left - right), bytes.length]
        const chunks = points.map((point, index) => bytes.subarray(points[index - 1] ?? 0, point))
        expect(summary(scan(chunks))).toEqual(summary(scan([bytes])))
      }),
      { numRuns: 2_000 },
    )
  })

  it('count from the start of a line only, and take their line with them', () => {
    expect(
      summary(scan([Buffer.from('a ##octopus[x]\n##octopus[y]\nb\n##octopus[z] c\n')])),
    ).toEqual(['a ##octopus[x]\n', '<y>', 'b\n', '<z>', ' c\n'])
  })

  it('are ordinary text when they never end', () => {
    const endless = Buffer.concat([Buffer.from('##octopus[foo '), Buffer.alloc(3_000_000, 'a')])
    const found = scan([endless.subarray(0, 1_500_000), endless.subarray(1_500_000)])
    expect(found.every(one => one.type === 'text')).toBe(true)
    expect(summary(found).join('')).toBe(endless.toString())
  })

  it('come back as they were written', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string({ unit: 'grapheme' })),
        properties => {
          const text = formatServiceMessage('setVariable', properties)
          expect(parseServiceMessage(text)).toEqual({ name: 'setVariable', properties })
        },
      ),
    )
  })
})
