import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openHome } from '../../../runner/home.ts'
import { identify } from '../../../runner/process/identity.ts'
import { StepVariables } from '../../../runner/variables.ts'
import {
  applyCacheLimits,
  type Candidate,
  surplus,
} from '../../../runner/workspace/cache-limits.ts'
import { packagesInUse, readCached, useCached } from '../../../runner/workspace/cached-package.ts'
import { PackageCache } from '../../../runner/workspace/package-cache.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-cache-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const candidate = (name: string, usedAt: number, uses = 1): Candidate => {
  const [packageId = '', version = ''] = name.split(' ')
  return { sha256: name, packageId, version, sizeBytes: 10, uses, usedAt }
}

describe('what leaves the package cache', () => {
  const cached = [
    candidate('Web 1.0', 1),
    candidate('Web 2.0', 5),
    candidate('web 3.0', 3),
    candidate('Api 1.0', 2),
    candidate('Api 2.0', 4),
  ]

  it.each([
    { rule: { versions: 2, packages: 0 }, leaving: ['Web 1.0'] },
    { rule: { versions: 1, packages: 0 }, leaving: ['web 3.0', 'Web 1.0', 'Api 1.0'] },
    { rule: { versions: 5, packages: 1 }, leaving: ['Api 2.0', 'Api 1.0'] },
    { rule: { versions: 5, packages: 0 }, leaving: [] },
    { rule: { bytes: 15 }, leaving: ['Web 1.0', 'Api 1.0'] },
    { rule: { bytes: 0 }, leaving: [] },
    { rule: { bytes: 1_000 }, leaving: ['Web 1.0', 'Api 1.0', 'web 3.0', 'Api 2.0', 'Web 2.0'] },
  ])('by $rule is $leaving', ({ rule, leaving }) => {
    expect(surplus(cached, rule).map(({ sha256 }) => sha256)).toEqual(leaving)
  })

  it('is what is used least, then what is older by version', () => {
    const alike = [candidate('Web 1.10', 1), candidate('Web 1.9', 1), candidate('Api 1.0', 0, 7)]
    expect(surplus(alike, { bytes: 1 }).map(({ sha256 }) => sha256)).toEqual(['Web 1.9'])
  })
})

describe('the package cache', () => {
  const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')
  const place = (text: string, ageMs = 3_600_000) => {
    const home = openHome(root)
    const path = join(home.packages, digestOf(text))
    writeFileSync(path, text)
    const when = new Date(Date.now() - ageMs)
    utimesSync(path, when, when)
    return digestOf(text)
  }
  const limit = (properties: Record<string, string>) => {
    const said: string[] = []
    const context = {
      home: openHome(root),
      variables: new StepVariables({ properties, variables: [] }),
      log: { say: (_: string, text: string) => said.push(text) },
    }
    applyCacheLimits(context as never)
    return said
  }
  const packages = () => readdirSync(openHome(root).packages).filter(name => name.length === 64)

  it('keeps so many versions, and all that are in use or have just come', () => {
    const [old, used, fresh] = [place('old'), place('used'), place('fresh', 0)]
    const folder = openHome(root).packages
    for (const [sha256, version] of [
      [old, '1.0'],
      [used, '2.0'],
      [fresh, '3.0'],
    ] as const) {
      const note = { packageId: 'Web', version, uses: 1, usedAt: 0 }
      writeFileSync(join(folder, `${sha256}.json`), JSON.stringify(note))
    }
    const release = useCached(folder, used, { packageId: 'Web', version: '2.0' })
    const rule = { MachinePackageCacheRetentionQuantityOfVersionsToKeep: '1' }
    place('older', 9_000_000)
    writeFileSync(
      join(folder, `${digestOf('older')}.json`),
      JSON.stringify({ packageId: 'Web', version: '0.9', uses: 1, usedAt: 0 }),
    )
    expect(limit(rule)).toEqual(['Removed Web 0.9 from the package cache'])
    expect(packages().sort()).toEqual([old, used, fresh].sort())
    release()
    expect(packagesInUse(folder)).toEqual(new Set())
    expect(readCached(folder, used)).toMatchObject({ version: '2.0', uses: 2 })
  })

  it('lets all go that is not in use when the disk is to be empty', () => {
    const [one, two] = [place('one'), place('two')]
    const release = useCached(openHome(root).packages, two, { packageId: 'Web', version: '2' })
    limit({ OctopusPackageRetentionPercentFreeDiskSpace: '100' })
    expect(packages()).toEqual([two])
    release()
    expect(packages()).not.toContain(one)
  })

  it('removes what came half and stopped a day ago, and nothing younger', () => {
    const folder = openHome(root).packages
    for (const [name, hours] of [
      ['.old', 25],
      ['.young', 23],
    ] as const) {
      writeFileSync(join(folder, name), '')
      const when = new Date(Date.now() - hours * 3_600_000)
      utimesSync(join(folder, name), when, when)
    }
    limit({ OctopusPackageRetentionPercentFreeDiskSpace: '0' })
    expect(readdirSync(folder)).toEqual(['.young'])
  })

  it('makes room for a package without taking one that is in use, or one that is arriving', async () => {
    const folder = openHome(root).packages
    const [used, idle] = [place('used'), place('idle')]
    writeFileSync(join(folder, '.arriving'), 'half')
    useCached(folder, used, { packageId: 'Web', version: '1' })
    const cache = new PackageCache(folder, 8)
    await cache.add(digestOf('fresh'), 5, Readable.from([Buffer.from('fresh')]))
    expect(packages().sort()).toEqual([used, digestOf('fresh')].sort())
    expect(existsSync(join(folder, '.arriving'))).toBe(true)
    expect(packages()).not.toContain(idle)
  })

  it('counts no use of a process that has ended', () => {
    const folder = openHome(root).packages
    const ended = spawnSync(process.execPath, ['-e', '0']).pid
    const sha256 = place('x')
    const marker = join(folder, `${sha256}.use-0a`)
    writeFileSync(marker, JSON.stringify({ ...identify(process.pid), pid: ended }))
    expect(packagesInUse(folder)).toEqual(new Set())
    expect(existsSync(marker)).toBe(false)
  })
})
