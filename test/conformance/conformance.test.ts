import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ADAPTERS } from './adapters.ts'
import { isEqual, parseSuite, runCase } from './suite.ts'

/** Cases of the originals, and below `own` ours for rules that these leave out. */
const FILES = ['', 'own'].flatMap(folder =>
  readdirSync(join(import.meta.dirname, folder))
    .filter(name => name.endsWith('.json'))
    .map(name => join(folder, name)),
)

describe.each(FILES)('the file %s', name => {
  const file = join(import.meta.dirname, name)
  const { suite, cases } = parseSuite(readFileSync(file, 'utf8'), file)

  it.each(
    cases.map(testCase => ({ id: testCase.id, note: testCase.note ?? testCase.topic, testCase })),
  )('$id: $note', async ({ testCase }) => {
    const { got, expected } = await runCase(testCase, ADAPTERS[suite])
    expect(got).toEqual(expected)
  })
})

describe('the runner of conformance files', () => {
  it('fails the cases of a suite without adapter', async () => {
    const outcome = await runCase({ id: 'a', topic: 'b', expected: null }, undefined)
    expect(outcome).toMatchObject({ passed: false, got: 'no adapter for this suite' })
  })

  it('fails a case whose adapter throws', async () => {
    const adapter = () => {
      throw new Error('no')
    }
    const outcome = await runCase({ id: 'a', topic: 'b', expected: null }, adapter)
    expect(outcome).toMatchObject({ passed: false, got: 'threw Error: no' })
  })

  it('refuses a file of another form', () => {
    expect(() => parseSuite('[]', 'x.json')).toThrow('x.json: expected {"suite": …, "cases": […]}.')
  })

  it.each([
    { left: { a: 1, b: [1, 2] }, right: { b: [1, 2], a: 1 }, equal: true },
    { left: [1, 2], right: [2, 1], equal: false },
    { left: { a: null }, right: {}, equal: false },
    { left: [], right: {}, equal: false },
  ])('compares $left with $right', ({ left, right, equal }) => {
    expect(isEqual(left, right)).toBe(equal)
  })
})
