import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compareSemVer, parseSemVer } from '../../../runner/substitution/versions/semver.ts'
import type { Version } from '../../../runner/substitution/versions/version.ts'
import { versionOrder } from '../../../worker/packages/version-order.ts'

const parsed = (text: string): Version => {
  const version = parseSemVer(text)
  if (!version) throw new Error(`no version: ${text}`)
  return version
}

const byteOrder = (left: string, right: string) =>
  Math.sign(
    Buffer.compare(
      Buffer.from(versionOrder(parsed(left))),
      Buffer.from(versionOrder(parsed(right))),
    ),
  )

it('sorts as the versions do', () => {
  const ascending = [
    '0.0.1-0',
    '0.0.1-1.a',
    '0.0.1-2',
    '0.0.1-10',
    '0.0.1-99999999999999999999',
    '0.0.1--',
    '0.0.1-1a',
    '0.0.1-ALPHA',
    '0.0.1-alpha.1',
    '0.0.1-alpha.beta',
    '0.0.1-alpha-1',
    '0.0.1-alpha1',
    '0.0.1-beta',
    '0.0.1',
    '0.0.1+a',
    '0.0.1+b',
    '0.0.1.1',
    '0.2',
    '0.10',
    '1',
    '2147483647.2147483647.2147483647.2147483647',
  ]
  const shuffled = ascending.toSorted((left, right) => left.length - right.length)
  expect(shuffled.toSorted(byteOrder)).toEqual(ascending)
})

it.each([
  ['1', '1.0.0.0'],
  ['v1.0', '1.0'],
  ['1.0-RC.01', '1.0-rc.1'],
  ['1.0+Build', '1.0+build'],
])('gives %s and %s the same place', (left, right) => {
  expect(versionOrder(parsed(left))).toBe(versionOrder(parsed(right)))
})

const number = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 2_147_483_647 }))
const part = fc.oneof(
  fc.stringMatching(/^[0-9]{1,3}$/),
  fc.stringMatching(/^[0-9]{8,30}$/),
  fc.stringMatching(/^[abAB0-9-]{1,4}$/),
)
const parts = fc.array(part, { maxLength: 3 }).map(texts => texts.join('.'))
const version = fc
  .tuple(fc.array(number, { minLength: 1, maxLength: 4 }), parts, parts)
  .map(
    ([numbers, label, metadata]) =>
      numbers.join('.') + (label && `-${label}`) + (metadata && `+${metadata}`),
  )

it('agrees with the comparison on any two versions', () => {
  fc.assert(
    fc.property(version, version, (left, right) => {
      expect(byteOrder(left, right)).toBe(compareSemVer(parsed(left), parsed(right)))
    }),
    { numRuns: 5_000 },
  )
})

it('agrees with the comparison on versions that differ in their label only', () => {
  fc.assert(
    fc.property(parts, parts, (left, right) => {
      const [a, b] = [left, right].map(label => `1.0${label && `-${label}`}`) as [string, string]
      expect(byteOrder(a, b)).toBe(compareSemVer(parsed(a), parsed(b)))
    }),
    { numRuns: 5_000 },
  )
})
