import { applyMask, latestMaskedVersions } from '../../runner/substitution/versions/mask.ts'
import { normalizeSemVer } from '../../runner/substitution/versions/semver.ts'
import {
  compareVersions,
  parseVersion,
  type Version,
  type VersionFormat,
} from '../../runner/substitution/versions/version.ts'
import type { Adapter, Case } from './suite.ts'

const read = (text: string, format: VersionFormat): Version => {
  const version = parseVersion(text, format)
  if (!version) throw new Error(`'${text}' is no ${format} version`)
  return version
}

const describeVersion = (text: string, format: VersionFormat, expected: object) => {
  const version = parseVersion(text, format)
  if (!version) return { valid: false }
  const everything = { valid: true, ...version, normalized: normalizeSemVer(version) }
  // Formats differ in which parts they name; the case says which it wants to see.
  return Object.fromEntries(Object.entries(everything).filter(([key]) => key in expected))
}

/** Topics parse, compare, sort, mask and mask-latest. */
export const versions: Adapter = (testCase: Case) => {
  // Masks are for release numbers only.
  const format = (testCase.format ?? 'octopus') as VersionFormat
  const texts = (testCase.versions ?? []) as string[]
  switch (testCase.topic) {
    case 'parse':
      return describeVersion(testCase.version as string, format, testCase.expected as object)
    case 'compare':
      return compareVersions(
        read(testCase.left as string, format),
        read(testCase.right as string, format),
      )
    case 'sort':
      return texts
        .map(text => read(text, format))
        .sort(compareVersions)
        .map(version => version.text)
    case 'mask': {
      const current = testCase.current as string | null
      return applyMask(
        testCase.mask as string,
        current === null ? undefined : read(current, 'octopus'),
      )?.text
    }
    case 'mask-latest': {
      const latest = latestMaskedVersions(
        testCase.mask as string,
        texts.map(text => read(text, format)),
      ).map(version => version.text)
      const expected = testCase.expected as string[]
      return latest.toSorted().join() === expected.toSorted().join() ? expected : latest
    }
    default:
      throw new Error(`unknown topic ${testCase.topic}`)
  }
}
