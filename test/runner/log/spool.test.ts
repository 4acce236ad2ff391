import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Spool } from '../../../runner/log/spool.ts'
import { formatRecord, parseRecord } from '../../../runner/protocol/log-record.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-spool-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const line = (number: number) =>
  formatRecord({ level: 'info', at: 1, text: `line ${String(number).padStart(6, '0')}` })

describe('a spool', () => {
  it('holds every record and their digest', () => {
    const path = join(folder, 'out.spool')
    const sizes: number[] = []
    const spool = new Spool({ path, now: () => 0, onGrown: bytes => sizes.push(bytes) })
    const text = Array.from({ length: 20_000 }, (_, index) => line(index)).join('')
    spool.append(text)
    const { finalOffset, sha256 } = spool.finish()
    expect(readFileSync(path, 'utf8')).toBe(text)
    expect(finalOffset).toBe(text.length)
    expect(sizes.at(-1)).toBe(text.length)
    expect(sha256).toBe(createHash('sha256').update(text).digest('hex'))
  })

  it('keeps head and tail of too much, and says exactly what is missing between', () => {
    const path = join(folder, 'out.spool')
    const spool = new Spool({ path, now: () => 0, headBytes: 1_000, tailBytes: 1_500 })
    const written: string[] = []
    let acknowledged = ''
    for (let index = 0; index < 1_000; index++) {
      written.push(line(index))
      spool.append(line(index))
      spool.flush()
      if (index === 500) acknowledged = readFileSync(path, 'utf8')
    }
    const { finalOffset } = spool.finish()
    const text = readFileSync(path, 'utf8')
    expect(text.length).toBe(finalOffset)
    expect(text.startsWith(acknowledged)).toBe(true)

    const records = text.split('\n').slice(0, -1).map(parseRecord)
    const at = records.findIndex(record => record.gap)
    const gap = records[at]?.gap
    const head = records.slice(0, at).length
    const tail = records.slice(at + 1).length
    const missing = written.slice(head, 1_000 - tail).join('')
    expect(records.at(-1)?.text).toBe('line 000999')
    expect(gap).toEqual({
      bytes: missing.length,
      lines: 1_000 - head - tail,
      sha256: createHash('sha256').update(missing).digest('hex'),
      reason: 'too-long',
    })
  })

  it('has no gap when the tail took all the rest', () => {
    const path = join(folder, 'out.spool')
    const spool = new Spool({ path, now: () => 0, headBytes: 100, tailBytes: 100_000 })
    const text = Array.from({ length: 100 }, (_, index) => line(index))
    for (const one of text) spool.append(one)
    spool.finish()
    expect(readFileSync(path, 'utf8')).toBe(text.join(''))
  })

  it('goes on with what an earlier process wrote, and leaves out what that did not finish', () => {
    const path = join(folder, 'out.spool')
    const whole = line(1) + line(2)
    writeFileSync(path, `${whole}half a rec`)
    const sizes: number[] = []
    const spool = new Spool({
      path,
      now: () => 0,
      onGrown: bytes => sizes.push(bytes),
      continueAt: whole.length,
    })
    spool.append(line(3))
    const text = whole + line(3)
    expect(spool.finish()).toEqual({
      finalOffset: text.length,
      sha256: createHash('sha256').update(text).digest('hex'),
    })
    expect(readFileSync(path, 'utf8')).toBe(text)
    expect(sizes).toEqual([text.length])
  })

  it('outlives a disk without space', () => {
    const spool = new Spool({ path: join(folder, 'nowhere', 'out.spool'), now: () => 0 })
    spool.append(line(1))
    expect(spool.finish()).toMatchObject({ finalOffset: 0 })
  })
})
