import { existsSync, readFileSync } from 'node:fs'
import { replaceFile } from '../durable.ts'
import type { Home } from '../home.ts'
import { withFileLock } from './file-lock.ts'

/** One package that was put on this machine, well or not. */
export type Deployed = {
  /** Which step of what this belongs to; retention and *previous* count within it. */
  retentionSet: string
  deploymentId: string
  environmentId: string
  projectId: string
  tenantId: string
  packageId: string
  version: string
  archive: string
  extractedTo: string
  customFolder?: string
  installedAt: number
  wasSuccessful: boolean
}

/** Where nobody asks for retention the oldest entries go; their folders stay. */
const MAX_ENTRIES = 2_000

/** Oldest first. */
export const deployedPackages = (home: Home): Deployed[] => {
  if (!existsSync(home.deployed)) return []
  return readFileSync(home.deployed, 'utf8')
    .split('\n')
    .flatMap(line => {
      try {
        return [JSON.parse(line) as Deployed]
      } catch {
        return []
      }
    })
}

/** Adds an entry; it survives a power cut once this returns. */
export const recordDeployed = (home: Home, entry: Deployed): void =>
  changeDeployed(home, entries => [...entries, entry].slice(-MAX_ENTRIES))

/** Replaces the journal as a whole, while no other step of this machine does. */
export const changeDeployed = (
  home: Home,
  change: (entries: Deployed[]) => readonly Deployed[],
): void =>
  withFileLock(`${home.deployed}.lock`, () => {
    const entries = deployedPackages(home)
    const changed = change(entries)
    if (changed.length === entries.length && changed.every((one, index) => one === entries[index]))
      return
    replaceFile(home.deployed, changed.map(entry => `${JSON.stringify(entry)}\n`).join(''))
  })
