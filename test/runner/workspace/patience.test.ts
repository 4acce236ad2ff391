import { spawn } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { copyFolder } from '../../../runner/workspace/files.ts'
import { patience } from '../../../runner/workspace/patience.ts'

let waits: number[]
let folder: string
beforeEach(() => {
  waits = []
  folder = mkdtempSync(join(tmpdir(), 'slipway-patience-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const refused = (code: string) =>
  Object.assign(new Error(code), { code, errno: -1, syscall: 'open' })
const patient = () => patience(ms => waits.push(ms))

/** Refused so many times, then done. */
const refusedTimes = (times: number, code: string) => {
  let left = times
  return () => {
    if (left-- > 0) throw refused(code)
    return 'done'
  }
}

describe('what is done with a file that another program has', () => {
  it.each(['EBUSY', 'EPERM', 'EACCES', 'ETXTBSY'])('is done again after %s', code => {
    expect(patient()(refusedTimes(3, code))).toBe('done')
    expect(waits).toEqual([50, 50, 50])
  })

  it('is tried ten times at most', () => {
    expect(() => patient()(refusedTimes(100, 'EBUSY'))).toThrow('EBUSY')
    expect(waits).toEqual(Array(9).fill(50))
  })

  it.each(['ENOSPC', 'ENOENT', 'EISDIR', 'EROFS'])('is not done again after %s', code => {
    expect(() => patient()(refusedTimes(1, code))).toThrow(code)
    expect(waits).toEqual([])
  })

  it('is not done again after an error that no system made', () => {
    const work = () => {
      throw new Error('no')
    }
    expect(() => patient()(work)).toThrow('no')
    expect(waits).toEqual([])
  })

  it('shares its tries with all that has the same patience', () => {
    const one = patient()
    expect(one(refusedTimes(8, 'EBUSY'))).toBe('done')
    expect(() => one(refusedTimes(2, 'EBUSY'))).toThrow('EBUSY')
    expect(waits).toHaveLength(9)
  })
})

describe('copying a package', () => {
  it('waits for the program that it replaces to end', async () => {
    const [from, to] = [join(folder, 'from'), join(folder, 'to')]
    for (const one of [from, to]) mkdirSync(one)
    writeFileSync(join(from, 'server'), 'the next version')
    copyFileSync('/bin/sleep', join(to, 'server'))
    chmodSync(join(to, 'server'), 0o755)
    const server = spawn(join(to, 'server'), ['60'])
    await new Promise(resolve => server.once('spawn', resolve))
    // It ends when it is waited for, as one that was asked to stop does.
    const count = copyFolder(from, to, work =>
      patience(() => {
        waits.push(50)
        server.kill('SIGKILL')
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
      })(work),
    )
    expect(count).toBe(1)
    expect(waits.length).toBeGreaterThan(0)
    expect(readFileSync(join(to, 'server'), 'utf8')).toBe('the next version')
  })
})
