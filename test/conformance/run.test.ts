import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { firstDifference } from './difference.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-conformance-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const run = (files: Record<string, unknown>, names = Object.keys(files)) => {
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === 'string' ? content : JSON.stringify(content)
    writeFileSync(join(folder, name), text)
  }
  const script = join(import.meta.dirname, 'run.ts')
  const { status, stdout } = spawnSync(process.execPath, [script, ...names], {
    cwd: folder,
    encoding: 'utf8',
  })
  return { status, lines: stdout.trimEnd().split('\n') }
}

const evaluation = (id: string, template: string, value: string) => ({
  id,
  topic: 'substitution',
  operation: 'evaluate',
  template,
  variables: { Shop: 'open' },
  expected: { value, problem: 'none' },
})

describe('the command that runs conformance files', () => {
  it('counts what passes, file by file and in all', () => {
    const one = { suite: 'octostache', cases: [evaluation('a', '#{Shop}', 'open')] }
    expect(run({ 'one.json': one, 'two.json': one })).toEqual({
      status: 0,
      lines: ['one.json: 1 passed', 'two.json: 1 passed', '2 passed, 0 failed'],
    })
  })

  it('shows a case that fails, and where it differs first', () => {
    const cases = [evaluation('a', 'x\nis #{Shop}', 'x\nis shut'), evaluation('b', 'x', 'x')]
    expect(run({ 'one.json': { suite: 'octostache', cases } })).toEqual({
      status: 1,
      lines: [
        'a (octostache, substitution) failed',
        '  expected {"value":"x\\nis shut","problem":"none"}',
        '  got      {"value":"x\\nis open","problem":"none"}',
        '  first    value, line 2, character 6: expected "x\\nis shut", got "x\\nis open"',
        'one.json: 1 passed, 1 failed',
        '1 passed, 1 failed',
      ],
    })
  })

  it('takes a file that is named otherwise by the area of its cases', () => {
    const cases = [{ ...evaluation('a', '#{Shop}', 'open'), area: 'octostache' }]
    expect(run({ 'mine.json': { suite: 'mine', cases } })).toMatchObject({ status: 0 })
  })

  it('ends with 2 when it cannot take a file, says why, and runs the others', () => {
    const files = {
      'broken.json': '{',
      'list.json': [],
      'chess.json': { suite: 'chess', cases: [{ id: 'a', expected: 1 }] },
      'none.json': { suite: 'octostache', cases: [] },
      'bare.json': { suite: 'octostache', cases: [{ id: 'a' }] },
      'other.json': { suite: 'octostache', cases: [evaluation('a', '#{Shop}', 'shut')] },
    }
    const { status, lines } = run(files, ['absent.json', ...Object.keys(files)])
    const suites = [
      'octostache, versions, version-ranges, package-names, service-messages, structured-config',
      'config-transforms',
    ].join(', ')
    expect(status).toBe(2)
    expect(lines.slice(0, 6)).toEqual([
      'absent.json: expected a file of cases; there is no such file.',
      expect.stringMatching(/^broken.json: expected JSON\. /),
      'list.json: expected {"suite": …, "cases": […]}.',
      `chess.json: expected cases of ${suites}; found 'chess'.`,
      `none.json: expected cases of ${suites}; found no cases.`,
      'bare.json: case 1 needs an "id" and what is "expected".',
    ])
    expect(lines.slice(-2)).toEqual(['other.json: 0 passed, 1 failed', '0 passed, 1 failed'])
  })
})

describe('the first difference', () => {
  it.each([
    {
      expected: { a: [1, { b: 2 }] },
      got: { a: [1, { b: 3 }] },
      says: 'a[1].b: expected 2, got 3',
    },
    { expected: { a: 1 }, got: {}, says: 'a: expected 1, got nothing' },
    { expected: [], got: {}, says: 'expected [], got {}' },
    { expected: null, got: 'x', says: 'expected null, got "x"' },
    { expected: 'ab', got: 'a', says: 'line 1, character 2: expected "ab", got "a"' },
    { expected: { a: [1] }, got: { a: [1] }, says: undefined },
  ])('of $expected and $got is $says', ({ expected, got, says }) => {
    expect(firstDifference(expected, got)).toBe(says)
  })
})
