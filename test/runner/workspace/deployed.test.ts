import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { homeAt, openHome } from '../../../runner/home.ts'
import { identify } from '../../../runner/process/identity.ts'
import {
  changeDeployed,
  type Deployed,
  deployedPackages,
  recordDeployed,
} from '../../../runner/workspace/deployed.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-journal-'))
  openHome(root)
})
afterEach(() => rmSync(root, { recursive: true }))

const entry = (version: string): Deployed => ({
  retentionSet: 'set',
  deploymentId: 'Deployments-1',
  environmentId: 'Environments-1',
  projectId: 'Projects-1',
  tenantId: '',
  packageId: 'Shop.Web',
  version,
  archive: '/cache/x',
  extractedTo: `/apps/${version}`,
  installedAt: 1,
  wasSuccessful: true,
})

describe('the journal of what was deployed', () => {
  it('keeps every entry that several processes write at once', async () => {
    const module = pathToFileURL(join(import.meta.dirname, '../../../runner/workspace/deployed.ts'))
    const home = pathToFileURL(join(import.meta.dirname, '../../../runner/home.ts'))
    const program = (name: string) => `
      const { recordDeployed } = await import('${module.href}')
      const { homeAt } = await import('${home.href}')
      for (let i = 0; i < 20; i++)
        recordDeployed(homeAt('${root}'), { ...${JSON.stringify(entry(''))}, version: '${name}.' + i })`
    const writers = ['1', '2', '3'].map(name =>
      spawn(process.execPath, ['--input-type=module', '-e', program(name)], { stdio: 'inherit' }),
    )
    const ends = await Promise.all(writers.map(writer => once(writer, 'close')))
    expect(ends).toEqual(writers.map(() => [0, null]))
    const versions = deployedPackages(homeAt(root)).map(({ version }) => version)
    expect(new Set(versions).size).toBe(60)
    expect(existsSync(`${homeAt(root).deployed}.lock`)).toBe(false)
  })

  it('reads what is whole of a file that is damaged', () => {
    recordDeployed(homeAt(root), entry('1.0'))
    writeFileSync(homeAt(root).deployed, `${JSON.stringify(entry('2.0'))}\n{"version": "3`)
    expect(deployedPackages(homeAt(root)).map(({ version }) => version)).toEqual(['2.0'])
  })

  it('does not wait for a process that died with the lock in its hands', () => {
    const ended = spawnSync(process.execPath, ['-e', '0']).pid
    writeFileSync(
      `${homeAt(root).deployed}.lock`,
      JSON.stringify({ ...identify(process.pid), pid: ended }),
    )
    changeDeployed(homeAt(root), () => [entry('1.0')])
    expect(deployedPackages(homeAt(root))).toHaveLength(1)
  })
})
