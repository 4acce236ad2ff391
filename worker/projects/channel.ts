import * as z from 'zod'
import { invalid } from '../http/problem.ts'
import { readRule, STRATEGIES, type VersionRule } from '../packages/version-rule.ts'
import { flag, idList, line, oneOf, optionalText, requiredName } from './fields.ts'

/** Which versions of which packages a channel admits. */
export type ChannelRule = VersionRule & {
  id: string
  actionPackages: { actionName: string; packageReference: string }[]
}

const actionPackage = z.object({
  DeploymentAction: z.string().min(1).max(200),
  PackageReference: line(200),
})

const rule = z.object({
  Id: line(200),
  VersioningStrategy: oneOf(STRATEGIES),
  VersionRange: line(2_000),
  Tag: line(1_000),
  VersionTagRegex: line(1_000),
  ActionPackages: z
    .array(actionPackage)
    .max(200)
    .nullish()
    .transform(value => value ?? []),
})

/** A channel as clients send it; keys we do not know are kept as they are. */
export const channelInput = z.looseObject({
  Name: requiredName('a channel'),
  Slug: optionalText(200),
  Description: line(10_000),
  ProjectId: optionalText(200),
  LifecycleId: optionalText(200),
  IsDefault: flag,
  Rules: z
    .array(rule)
    .max(100)
    .nullish()
    .transform(value => value ?? []),
  TenantTags: idList(500),
})
export type ChannelInput = z.output<typeof channelInput>

/** @throws Problem `invalid` for a part that cannot be read, or that the rule's strategy ignores */
export const checkRules = (rules: ChannelInput['Rules'], newId: () => string) =>
  rules.map((each, index) => {
    const rule = versionRule(each)
    const [problem] = readRule(rule).problems
    if (problem) throw invalid(`Rule ${index + 1}: ${problem}`)
    const stray = strayPart(rule)
    if (stray) throw invalid(`Rule ${index + 1}: ${stray}`)
    return { ...each, Id: each.Id || newId() }
  })

const versionRule = (stored: z.output<typeof rule>): VersionRule => ({
  strategy: stored.VersioningStrategy,
  versionRange: stored.VersionRange,
  tag: stored.Tag,
  pattern: stored.VersionTagRegex,
})

/** Unnoticed, a part that does nothing would let versions through that it was written against. */
const strayPart = ({ strategy, versionRange, tag, pattern }: VersionRule): string | undefined => {
  if (strategy === 'SemVer' && pattern !== '')
    return 'VersionTagRegex goes with the strategy MostRecentlyPublished; use VersionRange and Tag.'
  if (strategy === 'MostRecentlyPublished' && (versionRange !== '' || tag !== ''))
    return 'VersionRange and Tag go with the strategy SemVer; use VersionTagRegex.'
  return undefined
}

/** The rules of a stored channel. */
export const channelRules = (channel: { rules: unknown }): ChannelRule[] =>
  (Array.isArray(channel.rules) ? channel.rules : []).flatMap(each => {
    const parsed = rule.safeParse(each)
    if (!parsed.success) return []
    return [
      {
        id: parsed.data.Id,
        ...versionRule(parsed.data),
        actionPackages: parsed.data.ActionPackages.map(
          ({ DeploymentAction, PackageReference }) => ({
            actionName: DeploymentAction,
            packageReference: PackageReference,
          }),
        ),
      },
    ]
  })
