import { MAX_INT32 } from './octopus.ts'
import { compareByParts, compareWords } from './ordering.ts'
import type { Version } from './version.ts'

const PATTERN =
  /^(v?)(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/

/** The lenient SemVer of NuGet: one to four numbers, an optional small `v`. */
export const parseSemVer = (text: string): Version | undefined => {
  const trimmed = text.trim()
  const match = PATTERN.exec(trimmed)
  if (!match) return undefined
  const [major, minor, patch, revision] = match.slice(2, 6).map(number => Number(number ?? 0)) as [
    number,
    number,
    number,
    number,
  ]
  if (Math.max(major, minor, patch, revision) > MAX_INT32) return undefined
  const preRelease = match[6] ?? ''
  const [preReleasePrefix = '', ...counter] = preRelease.split(/[.-]/)
  return {
    format: 'semver',
    text: trimmed,
    prefix: match[1] ?? '',
    major,
    minor,
    patch,
    revision,
    preRelease,
    preReleasePrefix,
    preReleaseCounter: counter.length > 0 ? preRelease.slice(preReleasePrefix.length + 1) : '',
    metadata: match[7] ?? '',
    isPreRelease: preRelease !== '',
  }
}

/** The form NuGet compares by: no leading zeros, three numbers, the fourth only when not zero. */
export const normalizeSemVer = (version: Version): string => {
  const numbers = [version.major, version.minor, version.patch]
  if (version.revision > 0) numbers.push(version.revision)
  const label = version.preRelease === '' ? '' : `-${version.preRelease}`
  const metadata = version.metadata === '' ? '' : `+${version.metadata}`
  return `${numbers.join('.')}${label}${metadata}`
}

/** Unlike the SemVer document, metadata counts last, so that two builds have an order. */
export const compareSemVer = (left: Version, right: Version): -1 | 0 | 1 =>
  compareByParts(left, right, 'dots') || compareWords(left.metadata, right.metadata)
