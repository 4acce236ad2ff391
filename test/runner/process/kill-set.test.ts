import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Groups, killSetAt, makeParent } from '../../../runner/process/kill-set.ts'

/** A folder that looks as control groups do; the kernel behind it is missing. */
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-groups-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (name: string, text: string) => writeFileSync(join(folder, name), text)

describe('a kill set', () => {
  it.each([
    { members: '', processes: [] },
    { members: '12\n345\n', processes: [12, 345] },
    // Who lives in another name space is shown as 0.
    { members: '0\n12\n', processes: [12] },
  ])('reads $members as its processes', ({ members, processes }) => {
    write('cgroup.procs', members)
    expect(killSetAt(folder).processes()).toEqual(processes)
  })

  it('has nobody in it when it is gone', () =>
    expect(killSetAt(join(folder, 'gone')).processes()).toEqual([]))

  it('is joined by the file of its members', () =>
    expect(killSetAt(folder).members).toBe(join(folder, 'cgroup.procs')))

  it('ends all by one write', () => {
    killSetAt(folder).kill()
    expect(readFileSync(join(folder, 'cgroup.kill'), 'utf8')).toBe('1')
  })

  it('ends nobody, and says nothing, when it is gone', () =>
    expect(() => killSetAt(join(folder, 'gone')).kill()).not.toThrow())

  it('goes when nobody is in it, and not before', () => {
    const path = join(folder, 'set')
    mkdirSync(join(path, 'child'), { recursive: true })
    expect(killSetAt(path).remove()).toBe(false)
    rmSync(join(path, 'child'), { recursive: true })
    expect(killSetAt(path).remove()).toBe(true)
    expect(existsSync(path)).toBe(false)
  })
})

describe('the folder for kill sets', () => {
  const groups = (): Groups => ({
    roots: [join(folder, 'none'), join(folder, 'unified')],
    membership: join(folder, 'membership'),
  })
  const own = () => join(folder, 'unified', 'runner.service')
  beforeEach(() => {
    mkdirSync(own(), { recursive: true })
    write('unified/cgroup.procs', '')
    write('membership', '4:memory:/other\n0::/runner.service\n')
  })

  it.each<[string, () => void]>([
    ['nothing is mounted', () => rmSync(join(folder, 'unified', 'cgroup.procs'))],
    ['we are in no group of version 2', () => write('membership', '4:memory:/other\n')],
    ['our own group is not to be found', () => write('membership', '0::/elsewhere\n')],
    // What is made in a plain folder is empty: so is a group of a kernel that cannot end it as one.
    ['a group cannot be ended as one', () => {}],
  ])('is not there where %s, and nothing is left behind', (_, change) => {
    change()
    expect(makeParent(groups())).toBeNull()
    expect(readdirSync(own())).toEqual([])
  })

  it('takes away what processes that are gone have left, and nothing else', () => {
    const gone = 2 ** 30
    for (const name of [`slipway-${gone}/1`, `slipway-${process.pid}-other`, 'user.slice'])
      mkdirSync(join(own(), name), { recursive: true })
    makeParent(groups())
    expect(readdirSync(own()).sort()).toEqual([`slipway-${process.pid}-other`, 'user.slice'])
  })
})
