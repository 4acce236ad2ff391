import * as z from 'zod'
import type { Database } from '../database/client.ts'
import { newestPackages } from '../packages/store.ts'
import {
  isTaken,
  readRule,
  STRATEGIES,
  type Verdict,
  type VersionRule,
} from '../packages/version-rule.ts'
import { line, oneOf } from './fields.ts'

export type TriedPackage = Verdict & {
  version: string
  publishedAt: number
  isTaken: boolean
  /** The one that a release takes when none is named. */
  isNewest: boolean
}

/** The newest versions of a package in the built-in feed, in the order of the rule's strategy, with
 *  what the rule makes of each. */
export const tryPackage = async (
  db: Database,
  spaceId: string,
  packageId: string,
  rule: VersionRule,
): Promise<TriedPackage[]> => {
  const by = rule.strategy === 'MostRecentlyPublished' ? 'publication' : 'version'
  const [rows = []] = await newestPackages(db, spaceId, [packageId], by)
  const { judge, takes } = readRule(rule)
  const newest = rows.findIndex(({ version }) => takes(version))
  return rows.map(({ version, publishedAt }, index) => {
    const verdict = judge(version) ?? { inRange: false, hasTag: false, hasPattern: false }
    return {
      ...verdict,
      version,
      publishedAt,
      isTaken: isTaken(verdict),
      isNewest: index === newest,
    }
  })
}

const parts = {
  VersioningStrategy: oneOf(STRATEGIES),
  VersionRange: line(2_000),
  PreReleaseTag: line(1_000),
  VersionTagRegex: line(1_000),
}

export const ruleTest = z.object({ Version: line(1_000), ...parts, FeedType: line(100) })

export const packageTest = z.object({
  PackageId: z
    .string({ error: 'must name the package.' })
    .trim()
    .min(1, 'must name the package.')
    .max(200),
  ...parts,
})

/** The rule that is tried. */
export const triedRule = (input: Omit<z.output<typeof packageTest>, 'PackageId'>): VersionRule => ({
  strategy: input.VersioningStrategy,
  versionRange: input.VersionRange,
  tag: input.PreReleaseTag,
  pattern: input.VersionTagRegex,
})
