import { readRule, ruleWords, type VersionRule } from '../packages/version-rule.ts'
import type { PackageNeed, Selection } from './package-selection.ts'

/** A channel with its rules, each for the action packages it lists. */
export type RuledChannel = { id: string; name: string; rules: ChannelRule[] }
export type ChannelRule = VersionRule & {
  actionPackages: { actionName: string; packageReference: string }[]
}

type Place = Pick<PackageNeed, 'actionName' | 'referenceName'>

const rulesFor = ({ rules }: RuledChannel, { actionName, referenceName }: Place): ChannelRule[] =>
  rules.filter(({ actionPackages }) =>
    actionPackages.some(
      each =>
        each.actionName.toLowerCase() === actionName.toLowerCase() &&
        each.packageReference.toLowerCase() === referenceName.toLowerCase(),
    ),
  )

/** The rules that do not take a version; one that cannot be read takes none: releasing past it
 *  would be worse. */
export const brokenBy = (channel: RuledChannel, place: Place, version: string): ChannelRule[] =>
  rulesFor(channel, place).filter(rule => !readRule(rule).takes(version))

/** The rules that the chosen versions break, in words: what was ignored. */
export const brokenRules = (channel: RuledChannel, selections: readonly Selection[]): string[] =>
  selections.flatMap(({ actionName, packageReferenceName, packageId, version }) =>
    brokenBy(channel, { actionName, referenceName: packageReferenceName }, version).map(
      rule =>
        `${channel.name} takes ${ruleWords(rule)} of package ${packageId} in step ${actionName} ` +
        `only; ${version} was taken.`,
    ),
  )

/** The rules that versions are chosen by. With a pre-release tag asked for, it stands in the place
 *  of the rules' own. */
export const appliedRules = (
  {
    channel,
    ignoreChannelRules,
    prerelease,
  }: { channel: RuledChannel; ignoreChannelRules: boolean; prerelease: string | undefined },
  place: Place,
): VersionRule[] => {
  const own = ignoreChannelRules ? [] : rulesFor(channel, place)
  if (prerelease === undefined) return own
  const isByNumber = ({ strategy }: VersionRule) => strategy === 'SemVer'
  const tagged = own.map(rule => (isByNumber(rule) ? { ...rule, tag: prerelease } : rule))
  return tagged.some(isByNumber)
    ? tagged
    : [...tagged, { strategy: 'SemVer', versionRange: '', tag: prerelease, pattern: '' }]
}
