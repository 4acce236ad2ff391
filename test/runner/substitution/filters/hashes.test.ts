import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluate, VariableDictionary } from '../../../../runner/substitution/evaluate.ts'
import {
  md5,
  sha1,
  sha256,
  sha384,
  sha512,
} from '../../../../runner/substitution/filters/hashes.ts'

describe('hashes', () => {
  it.each([
    { name: 'md5', digest: md5 },
    { name: 'sha1', digest: sha1 },
    { name: 'sha256', digest: sha256 },
    { name: 'sha384', digest: sha384 },
    { name: 'sha512', digest: sha512 },
  ])('$name is what everybody else makes of the bytes', ({ name, digest }) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), bytes => {
        expect(digest(bytes)).toBe(createHash(name).update(bytes).digest('hex'))
      }),
      { numRuns: 200 },
    )
    const large = new Uint8Array(100_003).map((_, index) => (index * 7_919) % 256)
    expect(digest(large)).toBe(createHash(name).update(large).digest('hex'))
  })

  it('of a lot of text again and again are refused', () => {
    const dictionary = new VariableDictionary({ x: 'a'.repeat(200_000) })
    expect(() => evaluate('#{x | Sha512}'.repeat(10), dictionary)).toThrow('more than 300000 steps')
  })
})
