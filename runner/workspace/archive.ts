import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { ArchiveError, type ExtractionLimits, Staging } from './staging.ts'
import { extractTar } from './tar.ts'
import { extractZip } from './zip.ts'

export type Extraction = { folder: string; fileCount: number; warnings: readonly string[] }

const ZIPS = ['.zip', '.whl', '.jar', '.war', '.ear', '.rar']
const MAX_FOLDERS = 10_000

/** Unpacks a package into a new folder: `wanted`, or if that is taken `wanted_1`, `wanted_2`, ….
 *  The folder appears as a whole or not at all: what is not yet whole is in `staging`, on the same
 *  file system. Throws {@link ArchiveError}. */
export const extractPackage = async (
  archive: string,
  extension: string,
  wanted: string,
  staging: string,
  limits?: ExtractionLimits,
): Promise<Extraction> => {
  try {
    const target = new Staging(staging, statSync(archive).size, limits)
    await unpack(archive, extension.toLowerCase(), target)
    return {
      folder: place(staging, wanted),
      fileCount: target.fileCount,
      warnings: target.warnings,
    }
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

const unpack = (archive: string, extension: string, staging: Staging): Promise<void> => {
  if (extension === '.nupkg') return extractZip(archive, staging, contentOfNuGet)
  if (ZIPS.includes(extension)) return extractZip(archive, staging)
  if (extension === '.tar') return extractTar(archive, staging, 'none')
  if (extension === '.tar.gz' || extension === '.tgz') return extractTar(archive, staging, 'gzip')
  throw new ArchiveError(
    `Packages of the kind ${extension} cannot be extracted; use .zip, .nupkg, .tar, .tar.gz or .tgz.`,
  )
}

/** What is the package's own business is left out; names are percent-encoded in these. */
const contentOfNuGet = (name: string): string | undefined => {
  const path = name.replaceAll('\\', '/')
  const isOurs =
    /^(_rels\/|package\/services\/metadata\/)/i.test(path) ||
    /^(\[Content_Types\]\.xml|[^/]*\.nuspec|\.nupkg\.sha512|\.signature\.p7s)$/i.test(path)
  if (isOurs) return undefined
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

const place = (staging: string, wanted: string): string => {
  mkdirSync(dirname(wanted), { recursive: true })
  for (let number = 0; number < MAX_FOLDERS; number++) {
    const folder = number === 0 ? wanted : `${wanted}_${number}`
    if (existsSync(folder)) continue
    try {
      mkdirSync(folder)
    } catch (error) {
      if ((error as { code?: string }).code === 'EEXIST') continue
      throw error
    }
    renameSync(staging, folder)
    return folder
  }
  throw new ArchiveError(`There are ${MAX_FOLDERS} folders named ${wanted} already.`)
}
