import {
  latestVersion,
  parseVersion,
  type Version,
} from '../../runner/substitution/versions/version.ts'
import { invalid, Problem } from '../http/problem.ts'
import { readRule, ruleWords } from '../packages/version-rule.ts'
import type { Step } from '../projects/process.ts'
import { appliedRules, brokenBy, type RuledChannel } from './channel-rules.ts'
import { fitOf, type PackageSpec } from './package-spec.ts'

/** A package that a step of the process takes. */
export type PackageNeed = {
  stepName: string
  actionName: string
  /** Empty for the step's primary package. */
  referenceName: string
  packageId: string
  feedId: string
  /** Channels the action is limited to; empty: all. */
  channelIds: string[]
}

/** What a version of the built-in feed is known by. */
export type Candidate = {
  version: string
  normalizedVersion: string
  sha256: string
  extension: string
  sizeBytes: number
  /** Epoch milliseconds. */
  publishedAt: number
}

export type Selection = {
  actionName: string
  packageReferenceName: string
  packageId: string
  feedId: string
  version: string
  /** null for packages of other feeds: their bytes are not ours. */
  content: Pick<Candidate, 'sha256' | 'extension' | 'sizeBytes'> | null
}

export type SelectionRequest = {
  channel: RuledChannel
  needs: PackageNeed[]
  /** Newest first, by package id in lower case; of the built-in feed. */
  candidates: ReadonlyMap<string, Candidate[]>
  /** True for the feed whose packages we hold. */
  isOurs: (feedId: string) => boolean
  specs: PackageSpec[]
  /** For every package that no specification names. */
  defaultVersion: string | undefined
  /** In place of the tag of the channel's rules, for versions we choose. */
  prerelease: string | undefined
  ignoreChannelRules: boolean
}

/** All packages of the enabled actions. */
export const needsOf = (steps: readonly Step[]): PackageNeed[] =>
  steps.flatMap(step =>
    step.actions
      .filter(action => !action.isDisabled)
      .flatMap(action =>
        action.packages
          .filter(({ packageId }) => packageId !== '')
          .map(reference => ({
            stepName: step.name,
            actionName: action.name,
            referenceName: reference.name,
            packageId: reference.packageId,
            feedId: reference.feedId,
            channelIds: action.channels,
          })),
      ),
  )

/**
 * A version for every package of the channel's steps: what the request names, else the newest that
 * the channel's rules admit. All that is wrong is told at once.
 * @throws Problem `invalid`, naming step, package and what there is
 */
export const selectPackages = (request: SelectionRequest): Selection[] => {
  const problems: string[] = []
  const selections: Selection[] = []
  for (const need of needsFor(request)) {
    const outcome = select(request, need)
    if (typeof outcome === 'string') problems.push(outcome)
    else selections.push(outcome)
  }
  problems.push(...strayed(request))
  if (problems.length === 1) throw invalid(problems[0] ?? '')
  if (problems.length > 1) throw new Problem('invalid', problems.join(' '), { errors: problems })
  return selections
}

const needsFor = ({ needs, channel }: SelectionRequest): PackageNeed[] =>
  needs.filter(({ channelIds }) => channelIds.length === 0 || channelIds.includes(channel.id))

/** A specification that fits nothing is a slip of the pen; unnoticed it would release the wrong
 *  version. One for a step of another channel is fine. */
const strayed = ({ needs, specs }: SelectionRequest): string[] => {
  const known = [...new Set(needs.map(nameOf))].slice(0, 20).join(', ')
  return specs
    .filter(spec => !needs.some(need => fitOf(spec, need) > 0))
    .map(
      spec =>
        `Packages: '${spec.text.slice(0, 200)}' names no step or package of the process. ` +
        (known === '' ? 'No enabled step has a package.' : `There are: ${known}.`),
    )
}

const nameOf = ({ actionName, referenceName, packageId }: PackageNeed) =>
  `${actionName}${referenceName && `:${referenceName}`} (${packageId})`

const select = (request: SelectionRequest, need: PackageNeed): Selection | string => {
  const wanted = versionFor(request, need)
  const where = `Step ${need.actionName}: package ${need.packageId}`
  if (!request.isOurs(need.feedId) || need.packageId.includes('#{'))
    return wanted === undefined
      ? `${where} is not of the built-in feed, so its version must be given as ${need.actionName}:VERSION.`
      : (against(request, need, wanted) ?? { ...selected(need, wanted), content: null })
  const candidates = request.candidates.get(need.packageId.toLowerCase()) ?? []
  if (candidates.length === 0)
    return `${where} has no version in the built-in feed. Push one, then create the release.`
  if (wanted !== undefined) return explicit(request, need, wanted, candidates)
  const found = newest(request, need, candidates)
  if (typeof found === 'string') return `${where}: ${found}`
  return chosen(need, found)
}

const versionFor = (request: SelectionRequest, need: PackageNeed): string | undefined => {
  let best: { fit: number; version: string } | undefined
  for (const spec of request.specs) {
    const fit = fitOf(spec, need)
    if (fit > 0 && fit >= (best?.fit ?? 0)) best = { fit, version: spec.version }
  }
  return best?.version ?? request.defaultVersion
}

const explicit = (
  request: SelectionRequest,
  need: PackageNeed,
  wanted: string,
  candidates: Candidate[],
): Selection | string => {
  const version = parseVersion(wanted, 'semver')
  const found =
    version &&
    candidates.find(
      candidate =>
        candidate.version === wanted ||
        sameVersion(parseVersion(candidate.version, 'semver'), version),
    )
  if (!found)
    return (
      `Step ${need.actionName}: package ${need.packageId} has no version ${wanted.slice(0, 100)} in ` +
      `the built-in feed. ${newestWords(candidates)}`
    )
  return against(request, need, found.version) ?? chosen(need, found)
}

/** Why the channel does not take a version; undefined when it does, or its rules are ignored. */
const against = (
  { channel, ignoreChannelRules }: SelectionRequest,
  need: PackageNeed,
  version: string,
): string | undefined => {
  const [broken] = ignoreChannelRules ? [] : brokenBy(channel, need, version)
  if (!broken) return undefined
  return (
    `Channel ${channel.name} takes ${ruleWords(broken)} of package ${need.packageId} in ` +
    `step ${need.actionName} only; ${version} is something else. Choose another version or ` +
    'channel, or ignore the channel rules.'
  )
}

const newest = (
  request: SelectionRequest,
  need: PackageNeed,
  candidates: Candidate[],
): Candidate | string => {
  const { channel, prerelease } = request
  const applied = appliedRules(request, need)
  const readers = applied.map(rule => readRule(rule))
  const taken = candidates.filter(({ version }) => readers.every(({ takes }) => takes(version)))
  const byPublication = applied.some(({ strategy }) => strategy === 'MostRecentlyPublished')
  const found = byPublication ? lastPublished(taken) : highest(taken)
  if (found) return found
  return (
    `no version in the built-in feed is ${applied.map(ruleWords).join(' and ')}, as ` +
    `${prerelease === undefined ? `channel ${channel.name}` : 'PackagePrerelease'} asks. ` +
    newestWords(candidates)
  )
}

const highest = (candidates: Candidate[]): Candidate | undefined => {
  const versions = new Map<Version, Candidate>()
  for (const candidate of candidates) {
    const version = parseVersion(candidate.version, 'semver')
    if (version) versions.set(version, candidate)
  }
  const latest = latestVersion(versions.keys())
  return latest && versions.get(latest)
}

/** Of those published in the same millisecond, the one with the highest number. */
const lastPublished = (candidates: Candidate[]): Candidate | undefined => {
  const last = Math.max(...candidates.map(({ publishedAt }) => publishedAt))
  return highest(candidates.filter(({ publishedAt }) => publishedAt === last))
}

const sameVersion = (left: Version | undefined, right: Version): boolean =>
  left !== undefined &&
  left.major === right.major &&
  left.minor === right.minor &&
  left.patch === right.patch &&
  left.revision === right.revision &&
  left.preRelease.toLowerCase() === right.preRelease.toLowerCase() &&
  left.metadata.toLowerCase() === right.metadata.toLowerCase()

const newestWords = (candidates: Candidate[]): string =>
  `The newest there ${candidates.length === 1 ? 'is' : 'are'} ${candidates
    .slice(0, 5)
    .map(({ version }) => version)
    .join(', ')}.`

const selected = (need: PackageNeed, version: string) => ({
  actionName: need.actionName,
  packageReferenceName: need.referenceName,
  packageId: need.packageId,
  feedId: need.feedId,
  version,
})

const chosen = (need: PackageNeed, found: Candidate): Selection => ({
  ...selected(need, found.version),
  content: { sha256: found.sha256, extension: found.extension, sizeBytes: found.sizeBytes },
})
