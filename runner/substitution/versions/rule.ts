import { compileExpression, type RegularExpression } from '../regular-expression.ts'
import { isInRange, parseVersionRange, type VersionRange } from './range.ts'
import { latestVersion, type Version, type VersionFormat } from './version.ts'

/** What a channel admits: a range and a regular expression for the label, `undefined` for any. */
export type VersionRule = { range: VersionRange | undefined; tag: RegularExpression | undefined }

/** Reads the two fields of a channel rule; empty means no limit. `problem` says which of them is
 *  wrong and what was expected. */
export const parseVersionRule = (
  fields: { range: string; tag: string },
  format: VersionFormat,
): VersionRule | { problem: string } => {
  const range = fields.range.trim() === '' ? undefined : parseVersionRange(fields.range, format)
  if (fields.range.trim() !== '' && !range) {
    return {
      problem: `'${fields.range}' is no version range; write for instance [1.0,2.0) for 1.0 up to, but without, 2.0.`,
    }
  }
  if (fields.tag === '') return { range, tag: undefined }
  const tag = compileExpression(fields.tag)
  if ('problem' in tag) return { problem: `Pre-release tag: ${tag.problem}` }
  return { range, tag }
}

/** The text a tag is searched in: the label, then, if there is any, `+` and the metadata. */
export const taggedText = (version: Version): string =>
  version.metadata === '' ? version.preRelease : `${version.preRelease}+${version.metadata}`

/** Whether the version passes both parts of the rule. */
export const admits = (rule: VersionRule, version: Version): boolean =>
  (!rule.range || isInRange(version, rule.range)) &&
  (!rule.tag || rule.tag.isMatch(taggedText(version)))

/** The highest version the rule admits, in the order of the versions' own format. */
export const latestAdmitted = (
  rule: VersionRule,
  versions: Iterable<Version>,
): Version | undefined => latestVersion([...versions].filter(version => admits(rule, version)))
