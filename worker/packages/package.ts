import { parsePackageFileName } from '../../runner/substitution/packages/package-name.ts'
import { normalizeSemVer } from '../../runner/substitution/versions/semver.ts'
import { parseVersion } from '../../runner/substitution/versions/version.ts'
import { invalid } from '../http/problem.ts'
import { versionOrder } from './version-order.ts'

/** The largest package that is taken in one request, in bytes. The hosting platform may allow less:
 *  Cloudflare ends a request body at 100 MB on its smaller plans. */
export const PACKAGE_BYTES = 1_073_741_824

/** Where the bytes of a package lie in the object store: by content alone, never by user text. */
export const packageKey = (sha256: string): string => `sha256/${sha256}`

export const OVERWRITE_MODES = ['FailIfExists', 'IgnoreIfExists', 'OverwriteExisting'] as const
export type OverwriteMode = (typeof OVERWRITE_MODES)[number]

/** Reads the mode in any letter case; `replace=true` is its older spelling. */
export const parseOverwriteMode = (text: string | undefined, replace = false): OverwriteMode => {
  if (text === undefined) return replace ? 'OverwriteExisting' : 'FailIfExists'
  const mode = OVERWRITE_MODES.find(each => each.toLowerCase() === text.toLowerCase())
  if (mode) return mode
  throw invalid(
    `overwriteMode must be one of ${OVERWRITE_MODES.join(', ')}; found '${text.slice(0, 40)}'.`,
  )
}

export type ArchiveKind = 'zip' | 'gzip' | 'tar' | 'bzip2' | 'compress' | 'xz'

const KINDS: Record<string, ArchiveKind> = {
  '.zip': 'zip',
  '.nupkg': 'zip',
  '.jar': 'zip',
  '.war': 'zip',
  '.ear': 'zip',
  // Java's resource adapters; the archives of that name that RAR makes nobody could unpack.
  '.rar': 'zip',
  '.whl': 'zip',
  '.tar': 'tar',
  '.tar.gz': 'gzip',
  '.tgz': 'gzip',
  '.tar.bz2': 'bzip2',
  '.tar.bz': 'bzip2',
  '.tbz': 'bzip2',
  '.tar.z': 'compress',
  '.tar.xz': 'xz',
}

export const archiveKindOf = (extension: string): ArchiveKind | undefined =>
  KINDS[extension.toLowerCase()]

/** What a package is called; `version` as its author wrote it. */
export type PackageIdentity = {
  packageId: string
  version: string
  normalizedVersion: string
  versionOrder: string
  isPrerelease: boolean
}

const ID = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/
const VERSION_LENGTH = 200

/** @throws Problem `invalid` when either is not what the built-in repository takes. */
export const identityOf = (packageId: string, version: string): PackageIdentity => {
  if (!ID.test(packageId))
    throw invalid(
      'A package id has 1 to 100 letters, digits, dots, dashes and underscores and starts with a ' +
        `letter, a digit or an underscore; found '${packageId.slice(0, 120)}'.`,
    )
  const parsed = version.length <= VERSION_LENGTH ? parseVersion(version, 'semver') : undefined
  if (!parsed)
    throw invalid(
      `'${version.slice(0, VERSION_LENGTH)}' is no version; a package version is one to four ` +
        'numbers, then -label and +metadata if wanted, such as 1.2.3-beta.4.',
    )
  return {
    packageId,
    version: parsed.text,
    normalizedVersion: normalizeSemVer(parsed),
    versionOrder: versionOrder(parsed),
    isPrerelease: parsed.isPreRelease,
  }
}

export type NamedFile = { identity: PackageIdentity; extension: string; kind: ArchiveKind }

/** Id, version and kind out of a file name such as `Acme.Web.1.2.3.zip`.
 *  @throws Problem `invalid` that says which part of the name is missing. */
export const readPackageFileName = (fileName: string): NamedFile => {
  const shown = fileName.slice(0, 200)
  const parsed = parsePackageFileName(fileName)
  const extension = parsed?.extension ?? ''
  const kind = archiveKindOf(extension)
  if (!parsed || (!kind && /^\.\d+$/.test(extension)))
    throw invalid(
      `The file name '${shown}' has no version in it. Name the file Id.Version.Extension, for ` +
        'example Acme.Web.1.2.3.zip.',
    )
  if (!kind)
    throw invalid(
      `'${shown}' ends with ${extension}, which is no package format. Packages are ` +
        `${Object.keys(KINDS).join(', ')} files.`,
    )
  return { identity: identityOf(parsed.id, parsed.version), extension, kind }
}

/** The name a package is downloaded under. */
export const fileNameOf = (row: {
  packageId: string
  version: string
  extension: string
}): string => `${row.packageId}.${row.version}${row.extension}`

/** The form versions of one package are compared in; text that is no SemVer stands for itself. */
export const normalizedVersionOf = (version: string): string => {
  const parsed = parseVersion(version, 'semver')
  return parsed ? normalizeSemVer(parsed) : version.trim()
}
