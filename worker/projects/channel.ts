import * as z from 'zod'
import { parseVersionRule } from '../../runner/substitution/versions/rule.ts'
import { invalid } from '../http/problem.ts'
import { flag, idList, line, optionalText, requiredName } from './fields.ts'

/** Which versions of which packages a channel admits. Empty range or tag: any. */
export type ChannelRule = {
  id: string
  versionRange: string
  tag: string
  actionPackages: { actionName: string; packageReference: string }[]
}

const actionPackage = z.object({
  DeploymentAction: z.string().min(1).max(200),
  PackageReference: line(200),
})

const rule = z.object({
  Id: line(200),
  VersionRange: line(2_000),
  Tag: line(1_000),
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

/** @throws Problem `invalid` for a range or tag that cannot be read */
export const checkRules = (rules: ChannelInput['Rules'], newId: () => string) =>
  rules.map((each, index) => {
    const parsed = parseVersionRule({ range: each.VersionRange, tag: each.Tag }, 'semver')
    if ('problem' in parsed) throw invalid(`Rule ${index + 1}: ${parsed.problem}`)
    return { ...each, Id: each.Id || newId() }
  })

/** The rules of a stored channel. */
export const channelRules = (channel: { rules: unknown }): ChannelRule[] =>
  (Array.isArray(channel.rules) ? channel.rules : []).flatMap(each => {
    const parsed = rule.safeParse(each)
    if (!parsed.success) return []
    const { Id, VersionRange, Tag, ActionPackages } = parsed.data
    return [
      {
        id: Id,
        versionRange: VersionRange,
        tag: Tag,
        actionPackages: ActionPackages.map(({ DeploymentAction, PackageReference }) => ({
          actionName: DeploymentAction,
          packageReference: PackageReference,
        })),
      },
    ]
  })
