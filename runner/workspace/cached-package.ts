import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { identify, isAlive, type ProcessIdentity } from '../process/identity.ts'

/** What is known of a package in the cache besides its bytes, in `<digest>.json` beside it. */
export type CachedPackage = { packageId: string; version: string; uses: number; usedAt: number }

export const isDigest = (name: string): boolean => /^[0-9a-f]{64}$/.test(name)

const noteOf = (folder: string, sha256: string) => join(folder, `${sha256}.json`)

export const readCached = (folder: string, sha256: string): CachedPackage | undefined => {
  try {
    const note = JSON.parse(readFileSync(noteOf(folder, sha256), 'utf8')) as Partial<CachedPackage>
    const { packageId, version, uses, usedAt } = note
    return typeof packageId === 'string' && typeof version === 'string'
      ? { packageId, version, uses: Number(uses) || 0, usedAt: Number(usedAt) || 0 }
      : undefined
  } catch {
    return undefined
  }
}

/** Says that a step uses the package, so that nobody removes it meanwhile; answers how to let go.
 *  The word of a process that died counts for nothing. */
export const useCached = (
  folder: string,
  sha256: string,
  { packageId, version }: { packageId: string; version: string },
): (() => void) => {
  const marker = join(folder, `${sha256}.use-${randomBytes(6).toString('hex')}`)
  writeFileSync(marker, JSON.stringify(identify(process.pid)), { mode: 0o600 })
  const uses = (readCached(folder, sha256)?.uses ?? 0) + 1
  const note: CachedPackage = { packageId, version, uses, usedAt: Date.now() }
  const temporary = `${marker}.note`
  writeFileSync(temporary, JSON.stringify(note), { mode: 0o600 })
  renameSync(temporary, noteOf(folder, sha256))
  return () => rmSync(marker, { force: true })
}

/** The packages that steps are using now. */
export const packagesInUse = (folder: string): Set<string> => {
  const used = new Set<string>()
  for (const name of readdirSync(folder)) {
    const sha256 = /^([0-9a-f]{64})\.use-[0-9a-f]+$/.exec(name)?.[1]
    if (!sha256) continue
    if (isHeld(join(folder, name))) used.add(sha256)
    else rmSync(join(folder, name), { force: true })
  }
  return used
}

const isHeld = (marker: string): boolean => {
  try {
    return isAlive(JSON.parse(readFileSync(marker, 'utf8')) as ProcessIdentity)
  } catch {
    // Gone by now, or just being written.
    return existsSync(marker)
  }
}

/** Removes a package and what is known of it. */
export const removeCached = (folder: string, sha256: string): void => {
  rmSync(join(folder, sha256), { force: true })
  rmSync(noteOf(folder, sha256), { force: true })
}
