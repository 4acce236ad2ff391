import * as z from 'zod'
import { admits, parseVersionRule } from '../../runner/substitution/versions/rule.ts'
import { parseVersion } from '../../runner/substitution/versions/version.ts'
import type { Database } from '../database/client.ts'
import { newestPackages } from '../packages/store.ts'
import { line } from './fields.ts'

/** A rule as somebody tries it out. */
export type TriedRule = { versionRange: string; tag: string; format?: 'semver' | 'maven' }

/** What one version is to the two parts of a rule, each for itself. */
export type Verdict = { inRange: boolean; hasTag: boolean }

/** What is wrong with a rule; empty when it can be read. */
export const problemsOf = ({ versionRange, tag, format = 'semver' }: TriedRule): string[] =>
  [
    parseVersionRule({ range: versionRange, tag: '' }, format),
    parseVersionRule({ range: '', tag }, format),
  ].flatMap(each => ('problem' in each ? [each.problem] : []))

/** Undefined for what is no version. A part that cannot be read admits nothing. */
export const tryRule = (
  { versionRange, tag, format = 'semver' }: TriedRule,
  text: string,
): Verdict | undefined => {
  const version = parseVersion(text, format)
  if (!version) return undefined
  const range = parseVersionRule({ range: versionRange, tag: '' }, format)
  const label = parseVersionRule({ range: '', tag }, format)
  return {
    inRange: !('problem' in range) && admits(range, version),
    hasTag: !('problem' in label) && admits(label, version),
  }
}

export type TriedPackage = Verdict & { version: string; publishedAt: number }

/** The newest versions of a package in the built-in feed, newest first, with what the rule makes of
 *  each. */
export const tryPackage = async (
  db: Database,
  spaceId: string,
  packageId: string,
  rule: TriedRule,
): Promise<TriedPackage[]> => {
  const [rows = []] = await newestPackages(db, spaceId, [packageId])
  return rows.map(({ version, publishedAt }) => ({
    version,
    publishedAt,
    ...(tryRule(rule, version) ?? { inRange: false, hasTag: false }),
  }))
}

export const ruleTest = z.object({
  Version: line(1_000),
  VersionRange: line(2_000),
  PreReleaseTag: line(1_000),
  FeedType: line(100),
})

export const packageTest = z.object({
  PackageId: z
    .string({ error: 'must name the package.' })
    .trim()
    .min(1, 'must name the package.')
    .max(200),
  VersionRange: line(2_000),
  PreReleaseTag: line(1_000),
})
