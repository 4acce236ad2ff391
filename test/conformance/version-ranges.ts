import { isInRange, parseVersionRange } from '../../runner/substitution/versions/range.ts'
import {
  admits,
  latestAdmitted,
  parseVersionRule,
} from '../../runner/substitution/versions/rule.ts'
import {
  parseVersion,
  type Version,
  type VersionFormat,
} from '../../runner/substitution/versions/version.ts'
import type { Adapter } from './suite.ts'

/** Topics nuget-range, maven-range, pre-release-tag and rule. */
export const versionRanges: Adapter = testCase => {
  const format: VersionFormat = testCase.topic === 'maven-range' ? 'maven' : 'semver'
  const versions = (testCase.versions as string[])
    .map(text => parseVersion(text, format))
    .filter((version): version is Version => version !== undefined)
  const texts = (matching: Version[]) => matching.map(version => version.text)
  if (testCase.topic === 'nuget-range' || testCase.topic === 'maven-range') {
    const range = parseVersionRange(testCase.range as string, format)
    if (!range) return { valid: false }
    return { valid: true, matches: texts(versions.filter(version => isInRange(version, range))) }
  }
  const rule = parseVersionRule(
    { range: (testCase.range ?? '') as string, tag: testCase.tag as string },
    format,
  )
  if ('problem' in rule) return { valid: false }
  const matches = texts(versions.filter(version => admits(rule, version)))
  if (testCase.topic === 'pre-release-tag') return { valid: true, matches }
  return { valid: true, matches, latest: latestAdmitted(rule, versions)?.text ?? null }
}
