import { parseLexicographic } from './lexicographic.ts'
import { compareMaven, parseMaven } from './maven.ts'
import { parseDocker, parseOctopus } from './octopus.ts'
import { compareByParts, compareLabels } from './ordering.ts'
import { compareSemVer, parseSemVer } from './semver.ts'

/** Which rules a version is read and ordered by; a feed decides: SemVer for most, Maven for Maven,
 *  Docker for registries, Octopus for release numbers. */
export type VersionFormat = 'semver' | 'octopus' | 'docker' | 'maven' | 'lexicographic'

/** A parsed version. `text` is its identity and what is shown; missing numbers are 0, missing
 *  labels empty text. `prefix` is the `v` some people write in front. */
export type Version = {
  format: VersionFormat
  text: string
  prefix: string
  major: number
  minor: number
  patch: number
  revision: number
  preRelease: string
  preReleasePrefix: string
  preReleaseCounter: string
  metadata: string
  isPreRelease: boolean
}

/** More characters than any real version has; longer ones are invalid in every format. */
export const MAX_VERSION_LENGTH = 1_000

/** Reads `text` by the rules of `format`; `undefined` when it is no such version.
 *  @see https://octopus.com/docs/packaging-applications/create-packages/versioning */
export const parseVersion = (text: string, format: VersionFormat): Version | undefined => {
  if (text.length > MAX_VERSION_LENGTH) return undefined
  switch (format) {
    case 'semver':
      return parseSemVer(text)
    case 'octopus':
      return parseOctopus(text)
    case 'docker':
      return parseDocker(text)
    case 'maven':
      return parseMaven(text)
    case 'lexicographic':
      return parseLexicographic(text)
  }
}

/** Orders two versions by the rules of the left one's format: -1, 0 or 1, fit for `sort`. */
export const compareVersions = (left: Version, right: Version): -1 | 0 | 1 => {
  switch (left.format) {
    case 'semver':
      return compareSemVer(left, right)
    case 'maven':
      return compareMaven(left.text, right.text)
    case 'lexicographic':
      return compareLabels(left.preRelease, right.preRelease)
    case 'octopus':
    case 'docker':
      return compareByParts(left, right, 'any')
  }
}

/** The highest of the versions, the first of equals; `undefined` of none. */
export const latestVersion = (versions: Iterable<Version>): Version | undefined => {
  let latest: Version | undefined
  for (const version of versions) {
    if (!latest || compareVersions(version, latest) > 0) latest = version
  }
  return latest
}
