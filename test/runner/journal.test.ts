import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openJournal } from '../../runner/journal.ts'

const SUPERVISOR = { pid: 42, startTime: '7', bootId: 'boot' }
let path: string
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'slipway-journal-')), 'journal.jsonl')
})
afterEach(() => rmSync(join(path, '..'), { recursive: true }))

describe('the journal', () => {
  it('remembers how far each attempt got', () => {
    const { journal } = openJournal(path)
    journal.append({ type: 'accepted', attempt: 'D-1:1', fence: 1 })
    journal.append({ type: 'accepted', attempt: 'D-1:2', fence: 2 })
    journal.append({ type: 'starting', attempt: 'D-1:2', supervisor: SUPERVISOR })
    journal.append({ type: 'accepted', attempt: 'D-1:3', fence: 3 })
    journal.append({ type: 'forgotten', attempt: 'D-1:3' })
    journal.close()
    expect(openJournal(path).attempts).toEqual([
      { attempt: 'D-1:1', fence: 1, phase: 'accepted' },
      { attempt: 'D-1:2', fence: 2, phase: 'starting', supervisor: SUPERVISOR },
    ])
  })

  it('is compact after each start', () => {
    const { journal } = openJournal(path)
    for (let number = 0; number < 100; number++) {
      journal.append({ type: 'accepted', attempt: `D-1:${number}`, fence: 1 })
      journal.append({ type: 'forgotten', attempt: `D-1:${number}` })
    }
    journal.close()
    openJournal(path).journal.close()
    expect(readFileSync(path, 'utf8')).toBe('')
  })

  it('counts up to a line that a crash tore', () => {
    const { journal } = openJournal(path)
    journal.append({ type: 'accepted', attempt: 'D-1:1', fence: 1 })
    journal.close()
    appendFileSync(path, '{"type":"starting","atte')
    expect(openJournal(path).attempts).toEqual([{ attempt: 'D-1:1', fence: 1, phase: 'accepted' }])
  })

  it('refuses what it cannot write down, and loses nothing that comes after half a line', () => {
    const { journal } = openJournal(path)
    journal.append({ type: 'accepted', attempt: 'D-1:1', fence: 1 })
    journal.close()
    expect(() => journal.append({ type: 'accepted', attempt: 'D-1:2', fence: 2 })).toThrow()
    expect(() => journal.append({ type: 'settled', attempt: 'D-1:1' })).not.toThrow()
    appendFileSync(path, '{"type":"settled","atte')
    mkdirSync(`${path}.tmp`)
    const again = openJournal(path)
    again.journal.append({ type: 'accepted', attempt: 'D-1:3', fence: 3 })
    again.journal.close()
    expect(openJournal(path).attempts.map(({ attempt }) => attempt)).toEqual(['D-1:1', 'D-1:3'])
  })
})
