import { closeSync, existsSync, fdatasyncSync, openSync, readFileSync } from 'node:fs'
import { replaceFile, writeAll } from '../durable.ts'
import type { Home } from '../home.ts'

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

export const recordDeployed = (home: Home, entry: Deployed): void => {
  const descriptor = openSync(home.deployed, 'a', 0o600)
  try {
    writeAll(descriptor, Buffer.from(`${JSON.stringify(entry)}\n`))
    fdatasyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

export const replaceDeployed = (home: Home, entries: readonly Deployed[]): void =>
  replaceFile(home.deployed, entries.map(entry => `${JSON.stringify(entry)}\n`).join(''))
