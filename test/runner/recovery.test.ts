import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { homeAt, openHome } from '../../runner/home.ts'
import { hostBootId } from '../../runner/process/identity.ts'
import { recover } from '../../runner/recovery.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-recovery-'))
  openHome(root)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

it.each(['starting', 'started'] as const)(
  'settles an attempt of which nothing but "%s" in the journal is left',
  phase => {
    const supervisor = { pid: 2 ** 30, startTime: '1', bootId: hostBootId() }
    const attempt = 'Deployments-4:1'
    const [recovered] = recover([{ attempt, fence: 3, phase, supervisor }], homeAt(root))
    expect(recovered).toMatchObject({
      attempt,
      phase: 'finished',
      result: { outcome: 'unknown', reason: 'supervisor-lost', finalOffset: 0 },
    })
    expect(existsSync(join(root, 'attempts', 'Deployments-4_1', 'exit.json'))).toBe(true)
  },
)
