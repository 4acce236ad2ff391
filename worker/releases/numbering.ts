import {
  evaluate,
  SubstitutionError,
  VariableDictionary,
} from '../../runner/substitution/evaluate.ts'
import { applyMask, isMask, latestMaskedVersions } from '../../runner/substitution/versions/mask.ts'
import {
  latestVersion,
  parseVersion,
  type Version,
} from '../../runner/substitution/versions/version.ts'
import { invalid } from '../http/problem.ts'

export const VERSION_LENGTH = 349

/** A release's number as a person or a build wrote it: SemVer, up to four numbers, or a name.
 *  @throws Problem `invalid` */
export const checkReleaseVersion = (text: string): string => {
  const version = text.trim()
  if (version === '') throw invalid('A release needs a version, such as 1.4.0.')
  if (version.length > VERSION_LENGTH)
    throw invalid(
      `A release version may have ${VERSION_LENGTH} characters; this one has ${version.length}.`,
    )
  if (/\s/.test(version) || !parseVersion(version, 'octopus'))
    throw invalid(
      `'${version.slice(0, 100)}' is no release version. Use up to four numbers, then a label and ` +
        '+metadata if wanted, such as 1.4.0, 2025.7.1-beta.2 or hotfix-17; letters, digits and ' +
        '. - _ + are taken.',
    )
  return version
}

export type Numbering = {
  /** The project's template or mask, or what the request asks for. */
  template: string
  /** Of all releases of the project, in any order. */
  versions: string[]
  /** Of those in the same channel. */
  channelVersions: string[]
  /** Others a template may use: the project's unscoped variables and the channel's name. */
  variables: Record<string, string>
  /** Epoch milliseconds. */
  now: number
}

/**
 * The next number: the template is evaluated with the parts of the highest version so far, then a
 * mask in its result (`1.0.i`) counts up from the highest version that it fits. Without a release
 * the default template gives 0.0.1, after 5.0.0 it gives 5.0.1.
 * @throws Problem `invalid` when the template cannot be evaluated or does not give a version
 */
export const nextVersion = (numbering: Numbering): string => {
  const { template } = numbering
  const versions = parsed(numbering.versions)
  const dictionary = new VariableDictionary({
    ...numbering.variables,
    ...versionVariables('Octopus.Version', latestVersion(versions)),
    ...versionVariables(
      'Octopus.Version.Channel',
      latestVersion(parsed(numbering.channelVersions)),
    ),
    ...timeVariables(numbering.now),
  })
  const text = evaluated(template, dictionary, numbering.now)
  if (!isMask(text)) return checkReleaseVersion(text)
  const [current] = latestMaskedVersions(text, versions)
  return checkReleaseVersion(applyMask(text, current)?.text ?? text)
}

const evaluated = (template: string, dictionary: VariableDictionary, now: number): string => {
  try {
    const { value, problem } = evaluate(template, dictionary, { now })
    if (!problem) return (value ?? '').trim()
    throw invalid(`${about(template)} cannot be used: ${problem.message}. ${ADVICE}`)
  } catch (error) {
    if (error instanceof SubstitutionError)
      throw invalid(`${about(template)} cannot be used: ${error.message}`)
    throw error
  }
}

const about = (template: string) => `The release version template '${template.slice(0, 200)}'`
const ADVICE =
  'Only variables without a scope, those of the channel and Octopus.Version, Octopus.Date and ' +
  'Octopus.Time have values when a release is created; or give the version yourself.'

const parsed = (texts: string[]): Version[] =>
  texts.flatMap(text => parseVersion(text, 'octopus') ?? [])

const versionVariables = (prefix: string, last: Version | undefined): Record<string, string> => {
  const numbers = {
    Major: last?.major ?? 0,
    Minor: last?.minor ?? 0,
    Patch: last?.patch ?? 0,
    Build: last?.patch ?? 0,
    Revision: last?.revision ?? 0,
  }
  const suffix = last?.preRelease ? `-${last.preRelease}` : ''
  const counter = /^(.*?)(\d+)$/.exec(suffix)
  return {
    ...Object.fromEntries(
      Object.entries(numbers).flatMap(([part, number]) => [
        [`${prefix}.Last${part}`, String(number)],
        [`${prefix}.Next${part}`, String(number + 1)],
      ]),
    ),
    [`${prefix}.LastSuffix`]: suffix,
    [`${prefix}.NextSuffix`]: counter ? `${counter[1]}${Number(counter[2]) + 1}` : suffix,
  }
}

const timeVariables = (now: number): Record<string, string> => {
  const at = new Date(now)
  const year = at.getUTCFullYear()
  const dayOfYear = Math.floor((now - Date.UTC(year, 0, 1)) / 86_400_000) + 1
  return {
    'Octopus.Date.Year': String(year),
    'Octopus.Date.Month': String(at.getUTCMonth() + 1),
    'Octopus.Date.Day': String(at.getUTCDate()),
    'Octopus.Date.DayOfYear': String(dayOfYear),
    'Octopus.Time.Hour': String(at.getUTCHours()),
    'Octopus.Time.Minute': String(at.getUTCMinutes()),
    'Octopus.Time.Second': String(at.getUTCSeconds()),
  }
}
