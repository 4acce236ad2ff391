import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LogStore } from '../../../worker/deployments/log-store.ts'
import { SecretScreen } from '../../../worker/deployments/secret-screen.ts'
import { objectSql } from '../../support/object-sql.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const ATTEMPT = 'Deployments-1:1'

/** What is stored when a log comes in these pieces. */
const stored = (pieces: string[], secrets: string[]) => {
  const log = new LogStore(objectSql())
  const screen = new SecretScreen(secrets)
  let offset = 0
  for (const piece of pieces) {
    log.append(ATTEMPT, '1', offset, bytes(piece), 0, screen)
    offset += bytes(piece).byteLength
  }
  const text = log
    .page(0, 1e6, 1e9)
    .map(row => new TextDecoder().decode(row.bytes ?? new Uint8Array()))
    .join('')
  return { text, isBlotted: log.isBlotted(ATTEMPT), next: log.next(ATTEMPT) }
}

describe('the second look at a log', () => {
  it.each([
    ['in one piece', ['say hunter22 now']],
    ['over two pieces', ['say hunt', 'er22 now']],
    ['byte by byte at the border', ['say h', 'u', 'n', 'ter22 now']],
  ])('blots out a secret %s, and moves nothing', (_, pieces) => {
    expect(stored(pieces, ['hunter22'])).toEqual({
      text: 'say ******** now',
      isBlotted: true,
      next: 16,
    })
  })

  it.each([
    ['quoted', 'pa"ss"word', 'x pa\\"ss\\"word x', 'x ************ x'],
    ['in an address', 'pass word', '?p=pass%20word&', '?p=***********&'],
    ['line by line', 'first line\nsecond line', 'second line first line', '*********** **********'],
    ['overlapping', 'abcdef', 'abcdefabcdef', '************'],
    ['beyond ASCII', 'größe!', 'die größe! ist', 'die ******** ist'],
  ])('finds it %s', (_, secret, text, blotted) => {
    expect(stored([text], [secret]).text).toBe(blotted)
  })

  it('leaves everything else as it is, and what is too short to look for', () => {
    const text = 'abc true hunter hunter2'
    expect(stored([text], ['abc', 'hunter22', ''])).toMatchObject({ text, isBlotted: false })
  })

  it('spoils no record: the time of one may look like a number that is secret', () => {
    const text = '["i",1767225600000,"7225 true",{"continued":true}]'
    expect(stored([text], ['7225', 'true']).text).toBe(text)
  })

  it('finds every secret whatever the pieces are', () => {
    const piece = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 })
    const secret = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 4, maxLength: 6 })
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 4 }),
        fc.array(secret, { maxLength: 3 }),
        (pieces, secrets) => {
          const { text } = stored(pieces, secrets)
          const whole = pieces.join('')
          expect(text).toHaveLength(whole.length)
          for (const each of secrets) expect(text).not.toContain(each)
          for (let at = 0; at < whole.length; at++)
            if (text[at] !== '*') expect(text[at]).toBe(whole[at])
        },
      ),
      { numRuns: 300 },
    )
  })
})
