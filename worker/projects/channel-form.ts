import type { Option } from '../../ui/components/fields.tsx'
import { type FormState, listOf, textOf } from '../../ui/components/form.tsx'
import type { FormFields } from '../http/form.ts'
import { parse } from '../http/input.ts'
import { fresh } from '../http/portal-form.ts'
import type { VersionRule } from '../packages/version-rule.ts'
import type { PackageNeed } from '../releases/package-selection.ts'
import { type ChannelRule, channelInput } from './channel.ts'
import type { ChannelRow } from './channel-store.ts'

const MAX_RULES = 100

/** Names may hold any letters; as JSON the two of them stay apart. */
export const pairOf = (actionName: string, reference: string) =>
  JSON.stringify([actionName, reference])

/** What the form of a channel begins with. */
export const valuesOf = (channel: ChannelRow, rules: ChannelRule[]): FormState['values'] => ({
  name: channel.name,
  description: channel.description,
  lifecycleId: channel.lifecycleId ?? '',
  isDefault: String(channel.isDefault),
  ...Object.fromEntries(
    rules.flatMap((rule, index) => [
      [`rule-${index}-id`, rule.id],
      [`rule-${index}-strategy`, rule.strategy],
      [`rule-${index}-range`, rule.versionRange],
      [`rule-${index}-tag`, rule.tag],
      [`rule-${index}-pattern`, rule.pattern],
      [
        `rule-${index}-packages`,
        rule.actionPackages.map(each => pairOf(each.actionName, each.packageReference)),
      ],
    ]),
  ),
})

/** The rules that the form has, and an empty one. */
export const rulesIn = (form: FormState): number => {
  let filled = 0
  for (let index = 0; index < MAX_RULES; index++)
    if (
      ['id', 'range', 'tag', 'pattern', 'packages'].some(part =>
        textOf(form, `rule-${index}-${part}`),
      )
    )
      filled = index + 1
  return Math.min(MAX_RULES, filled + 1)
}

/** The packages of the process, and those that a rule names though they are there no more. */
export const packageOptions = (needs: PackageNeed[], form: FormState, count: number): Option[] => {
  const known = needs.map(({ actionName, referenceName, packageId }) => ({
    value: pairOf(actionName, referenceName),
    label: `${actionName}${referenceName && `: ${referenceName}`}`,
    hint: packageId,
  }))
  const chosen = Array.from({ length: count }, (_, index) => listOf(form, `rule-${index}-packages`))
  const gone = [...new Set(chosen.flat())].filter(
    value => !known.some(option => option.value === value),
  )
  return [
    ...known,
    ...gone.map(value => ({ value, label: pairNames(value), hint: 'not in the process' })),
  ]
}

const pairNames = (value: string): string =>
  readPair(value)
    .filter(part => part !== '')
    .join(': ')

export const readPair = (value: string): [actionName: string, reference: string] => {
  try {
    const [actionName, reference] = JSON.parse(value) as unknown[]
    return [String(actionName ?? ''), String(reference ?? '')]
  } catch {
    return [value, '']
  }
}

/** A rule as the form has it; fields of the other strategy are left alone while they are hidden. */
export const ruleIn = (form: FormState, index: number): VersionRule => {
  const text = (part: string) => textOf(form, `rule-${index}-${part}`)
  return text('strategy') === 'MostRecentlyPublished'
    ? {
        strategy: 'MostRecentlyPublished',
        versionRange: '',
        tag: '',
        pattern: text('pattern'),
      }
    : { strategy: 'SemVer', versionRange: text('range'), tag: text('tag'), pattern: '' }
}

/** What the form does not show of a channel stays. A rule that is for nothing goes. */
export const inputOf = (fields: FormFields, before?: ChannelRow) => {
  const form = fresh(fields.values)
  const rules = Array.from({ length: rulesIn(form) }, (_, index) => {
    const rule = ruleIn(form, index)
    return {
      Id: textOf(form, `rule-${index}-id`),
      VersioningStrategy: rule.strategy,
      VersionRange: rule.versionRange,
      Tag: rule.tag,
      VersionTagRegex: rule.pattern,
      ActionPackages: listOf(form, `rule-${index}-packages`)
        .map(readPair)
        .map(([DeploymentAction, PackageReference]) => ({ DeploymentAction, PackageReference })),
    }
  })
  return parse(channelInput, {
    ...(before?.settings as object | undefined),
    Name: textOf(form, 'name'),
    Description: textOf(form, 'description'),
    LifecycleId: textOf(form, 'lifecycleId') || null,
    IsDefault: fields.flag('isDefault'),
    Rules: rules.filter(({ ActionPackages }) => ActionPackages.length > 0),
  })
}
