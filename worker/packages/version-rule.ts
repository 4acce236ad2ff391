import { compileExpression } from '../../runner/substitution/regular-expression.ts'
import { admits, parseVersionRule } from '../../runner/substitution/versions/rule.ts'
import { parseVersion, type VersionFormat } from '../../runner/substitution/versions/version.ts'

/**
 * How a rule judges versions, and which of those it takes is the newest: by their numbers, with a
 * range and a pre-release tag; or by when they were published, with a regular expression for the
 * whole text, for versions whose numbers tell nothing.
 * @see https://octopus.com/docs/releases/channels#version-ordering-strategy
 */
export const STRATEGIES = ['SemVer', 'MostRecentlyPublished'] as const
export type Strategy = (typeof STRATEGIES)[number]

/** Empty texts limit nothing. Range and tag belong to one strategy, the pattern to the other. */
export type VersionRule = {
  strategy: Strategy
  versionRange: string
  tag: string
  pattern: string
}

/** What one version is to the parts of a rule, each for itself; what a rule lacks holds. */
export type Verdict = { inRange: boolean; hasTag: boolean; hasPattern: boolean }

export type ReadRule = {
  /** What cannot be read, in words; empty when all can. */
  problems: string[]
  /** Undefined for what is no version. A part that cannot be read admits nothing. */
  judge: (text: string) => Verdict | undefined
  takes: (text: string) => boolean
}

/** Reads a rule once, to judge many versions. */
export const readRule = (rule: VersionRule, format: VersionFormat = 'semver'): ReadRule => {
  const { problems, judge } =
    rule.strategy === 'SemVer' ? byNumbers(rule, format) : byPublication(rule)
  const takes = (text: string) => {
    const verdict = judge(text)
    return verdict !== undefined && isTaken(verdict)
  }
  return { problems, judge, takes }
}

export const isTaken = ({ inRange, hasTag, hasPattern }: Verdict): boolean =>
  inRange && hasTag && hasPattern

type Judging = Pick<ReadRule, 'problems' | 'judge'>

const byNumbers = ({ versionRange, tag }: VersionRule, format: VersionFormat): Judging => {
  const range = parseVersionRule({ range: versionRange, tag: '' }, format)
  const label = parseVersionRule({ range: '', tag }, format)
  return {
    problems: [range, label].flatMap(each => ('problem' in each ? [each.problem] : [])),
    judge: text => {
      const version = parseVersion(text, format)
      return (
        version && {
          inRange: !('problem' in range) && admits(range, version),
          hasTag: !('problem' in label) && admits(label, version),
          hasPattern: true,
        }
      )
    },
  }
}

const byPublication = ({ pattern }: VersionRule): Judging => {
  const expression = pattern === '' ? undefined : compileExpression(pattern)
  const problem = expression && 'problem' in expression ? expression.problem : undefined
  return {
    problems: problem === undefined ? [] : [`Version tag regex: ${problem}`],
    judge: text => ({
      inRange: true,
      hasTag: true,
      hasPattern: !expression || (!('problem' in expression) && expression.isMatch(text)),
    }),
  }
}

/** What a rule takes, for people. */
export const ruleWords = ({ strategy, versionRange, tag, pattern }: VersionRule): string => {
  if (strategy === 'MostRecentlyPublished')
    return pattern === '' ? 'any version' : `versions that match ${pattern}`
  const words = [
    versionRange === '' ? '' : `versions in ${versionRange}`,
    tag === '' ? '' : `labels that match ${tag}`,
  ].filter(text => text !== '')
  return words.join(' with ') || 'any version'
}
