import { existsSync, mkdirSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { copyFolder } from './files.ts'
import { patiently } from './patience.ts'
import {
  ArchiveError,
  type ExtractionLimits,
  explained,
  Staging,
  type WriteFile,
} from './staging.ts'
import { bunzip2, extractTar, gunzip, type Unpack, uncompress } from './tar.ts'
import { extractZip } from './zip.ts'

export type Extraction = { folder: string; fileCount: number; warnings: readonly string[] }

const ZIPS = ['.zip', '.whl', '.jar', '.war', '.ear', '.rar']
const TARS: Readonly<Record<string, Unpack | undefined>> = {
  '.tar': undefined,
  '.tar.gz': gunzip,
  '.tgz': gunzip,
  '.tar.bz2': bunzip2,
  '.tar.bz': bunzip2,
  '.tbz': bunzip2,
  '.tar.z': uncompress,
}
const MAX_FOLDERS = 10_000

/** Unpacks a package into a new folder: `wanted`, or if that is taken `wanted_1`, `wanted_2`, ….
 *  The folder appears as a whole or not at all: what is not yet whole is in `staging`. Throws
 *  {@link ArchiveError}. */
export const extractPackage = async (
  archive: string,
  extension: string,
  wanted: string,
  staging: string,
  limits?: ExtractionLimits,
  writeFile?: WriteFile,
): Promise<Extraction> => {
  try {
    const target = new Staging(staging, statSync(archive).size, limits, writeFile)
    await unpack(archive, extension.toLowerCase(), target)
    return {
      folder: place(staging, wanted),
      fileCount: target.fileCount,
      warnings: target.warnings,
    }
  } catch (error) {
    throw explained(error, dirname(wanted))
  } finally {
    patiently(() => rmSync(staging, { recursive: true, force: true }))
  }
}

/** The kinds of packages that can be extracted, by their extensions. */
export const EXTENSIONS: readonly string[] = ['.nupkg', ...ZIPS, ...Object.keys(TARS)]

const unpack = (archive: string, extension: string, staging: Staging): Promise<void> => {
  if (extension === '.nupkg') return extractZip(archive, staging, contentOfNuGet)
  if (ZIPS.includes(extension)) return extractZip(archive, staging)
  if (Object.hasOwn(TARS, extension)) return extractTar(archive, staging, TARS[extension])
  throw new ArchiveError(
    `Packages of the kind ${extension || 'without an extension'} cannot be extracted; use ${EXTENSIONS.join(', ')}.`,
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
    try {
      moveFolder(staging, folder)
    } catch (error) {
      rmdirSync(folder)
      throw error
    }
    return folder
  }
  throw new ArchiveError(`There are ${MAX_FOLDERS} folders named ${wanted} already.`)
}

/** Over an empty folder. From another file system it is copied beside its place first. */
const moveFolder = (from: string, to: string): void => {
  try {
    patiently(() => renameSync(from, to))
  } catch (error) {
    if ((error as { code?: string }).code !== 'EXDEV') throw error
    const beside = `${to}.unpacking`
    try {
      copyFolder(from, beside)
      patiently(() => renameSync(beside, to))
    } finally {
      rmSync(beside, { recursive: true, force: true })
    }
  }
}
