import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Home, openHome } from '../../runner/home.ts'
import { inspect } from '../../runner/inspection.ts'

let home: Home
beforeEach(() => {
  home = openHome(mkdtempSync(join(tmpdir(), 'slipway-inspection-')))
})
afterEach(() => rmSync(home.root, { recursive: true }))

describe('a runner that looks at its machine', () => {
  it('finds no problem where it can write, and leaves nothing of its looking', () => {
    const report = inspect(home)
    expect(report.problem).toBeUndefined()
    expect(report.freeDiskBytes).toBeGreaterThan(0)
  })

  it('takes no work when the folder of its logs cannot be written to, and says which', () => {
    rmSync(home.attempts, { recursive: true })
    writeFileSync(home.attempts, 'a file')
    expect(inspect(home).problem).toContain(
      `The runner takes no work: it cannot write to ${home.attempts}: `,
    )
  })

  it('says so when that folder is read-only', () => {
    // No file of ours can be made there, whoever we are.
    expect(inspect({ ...home, attempts: '/sys' }).problem).toBe(
      'The runner takes no work: it cannot write to /sys: it is read-only; make it writable.',
    )
  })
})
