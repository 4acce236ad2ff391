import { readdirSync, rmSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ActionContext } from '../actions/action.ts'
import { compareVersions, parseVersion } from '../substitution/versions/version.ts'
import { isDigest, packagesInUse, readCached, removeCached } from './cached-package.ts'

/** A package in the cache, as the limits look at it. */
export type Candidate = {
  sha256: string
  packageId: string
  version: string
  sizeBytes: number
  uses: number
  usedAt: number
}

/** By quantities: so many versions of each package, of so many packages, 0 for all. By space: so
 *  many bytes are to be set free. */
export type CacheRule = { versions: number; packages: number } | { bytes: number }

const HALF_DOWNLOADED_MS = 86_400_000
/** Who has just fetched a package is about to use it. */
const FRESH_MS = 600_000
const DEFAULT_PERCENT_FREE = 20
/** When space is short a little more is made, so that not every step has to. */
const BUFFER = 1.3

/** Which packages go. Kept are the versions and packages that were used last; for want of space go
 *  those least used, longest ago, of older versions first. */
export const surplus = (candidates: readonly Candidate[], rule: CacheRule): Candidate[] => {
  if ('bytes' in rule) {
    let missing = rule.bytes
    return candidates.toSorted(leastWorthFirst).filter(({ sizeBytes }) => {
      if (missing <= 0) return false
      missing -= sizeBytes
      return true
    })
  }
  const byPackage = new Map<string, Candidate[]>()
  for (const one of candidates.toSorted((a, b) => b.usedAt - a.usedAt)) {
    const id = one.packageId.toLowerCase()
    byPackage.set(id, [...(byPackage.get(id) ?? []), one])
  }
  return [...byPackage.values()].flatMap((versions, place) =>
    rule.packages > 0 && place >= rule.packages ? versions : versions.slice(rule.versions),
  )
}

const leastWorthFirst = (left: Candidate, right: Candidate): number =>
  left.uses - right.uses || left.usedAt - right.usedAt || byVersion(left, right)

const byVersion = (left: Candidate, right: Candidate): number => {
  const [a, b] = [left, right].map(({ version }) => parseVersion(version, 'octopus'))
  return left.packageId === right.packageId && a && b ? compareVersions(a, b) : 0
}

/** Keeps the package cache within the bounds the machine has been given. Packages in use stay. What
 *  goes wrong is told, and no reason to fail. */
export const applyCacheLimits = (context: ActionContext): void => {
  try {
    removeSurplus(context)
  } catch (error) {
    context.log.say('warning', `The package cache could not be tidied: ${String(error)}`)
  }
}

const removeSurplus = ({ home, variables, log }: ActionContext): void => {
  const folder = home.packages
  removeHalfDownloaded(folder)
  const rule = ruleOf(folder, name => variables.dictionary.getInt32(name))
  if (!rule) return
  const inUse = packagesInUse(folder)
  const candidates = listCandidates(folder).filter(
    ({ sha256, usedAt }) => !inUse.has(sha256) && Date.now() - usedAt > FRESH_MS,
  )
  for (const { sha256, packageId, version } of surplus(candidates, rule)) {
    removeCached(folder, sha256)
    log.say('verbose', `Removed ${packageId} ${version} from the package cache`)
  }
}

const ruleOf = (
  folder: string,
  number: (name: string) => number | undefined,
): CacheRule | undefined => {
  const versions = number('MachinePackageCacheRetentionQuantityOfVersionsToKeep')
  if (versions !== undefined && versions > 0) {
    const packages = number('MachinePackageCacheRetentionQuantityOfPackagesToKeep') ?? 0
    return { versions, packages: Math.max(packages, 0) }
  }
  const { bavail, blocks, bsize } = statfsSync(folder)
  const percent = number('OctopusPackageRetentionPercentFreeDiskSpace') ?? DEFAULT_PERCENT_FREE
  const wanted = (blocks * bsize * Math.min(Math.max(percent, 0), 100)) / 100
  return bavail * bsize < wanted ? { bytes: wanted * BUFFER - bavail * bsize } : undefined
}

const listCandidates = (folder: string): Candidate[] =>
  readdirSync(folder)
    .filter(isDigest)
    .flatMap(sha256 => {
      const file = statSync(join(folder, sha256), { throwIfNoEntry: false })
      if (!file) return []
      const known = readCached(folder, sha256)
      const { packageId = sha256, version = '', uses = 0, usedAt = 0 } = known ?? {}
      const lastUse = Math.max(usedAt, file.mtimeMs)
      return [{ sha256, packageId, version, uses, usedAt: lastUse, sizeBytes: file.size }]
    })

const removeHalfDownloaded = (folder: string): void => {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith('.')) continue
    const path = join(folder, name)
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() }
    if (Date.now() - mtimeMs > HALF_DOWNLOADED_MS) rmSync(path, { force: true })
  }
}
