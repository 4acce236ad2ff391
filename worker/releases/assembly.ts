import { isMask } from '../../runner/substitution/versions/mask.ts'
import type { Context } from '../http/call.ts'
import { invalid, Problem } from '../http/problem.ts'
import { builtInFeedId } from '../packages/store.ts'
import { channelRules } from '../projects/channel.ts'
import { type ChannelRow, channelsOf } from '../projects/channel-store.ts'
import { DEFAULT_VERSION_TEMPLATE } from '../projects/project.ts'
import { snapshotProcess } from '../projects/snapshot.ts'
import type { ProjectRow } from '../projects/store.ts'
import { candidatesFor } from './candidates.ts'
import { brokenRules, type RuledChannel } from './channel-rules.ts'
import { renderNotes } from './notes.ts'
import { checkReleaseVersion, nextVersion } from './numbering.ts'
import { needsOf, type Selection, selectPackages } from './package-selection.ts'
import { parsePackageSpecs } from './package-spec.ts'
import type { ReleaseRequest } from './release.ts'
import { releaseVersions } from './store.ts'
import { templateVariables } from './template-variables.ts'

/** What a release will be, before it is stored. */
export type Assembly = {
  version: string
  /** True when the number was counted up, so that another count may give another. */
  isCounted: boolean
  channel: ChannelRow
  selections: Selection[]
  /** Rules of the channel that were ignored and would have been broken, in words. */
  ignoredRules: string[]
  notes: string
  process: Awaited<ReturnType<typeof snapshotProcess>>
}

/** Reads all that a new release depends on and decides channel, packages, version and notes.
 *  @throws Problem `invalid` with what is missing or does not fit */
export const assemble = async (
  context: Context,
  project: ProjectRow,
  request: ReleaseRequest,
): Promise<Assembly> => {
  const { db, now } = context
  if (request.ignoreChannelRules) allowToIgnore(project)
  const specs = parsePackageSpecs(request.packages)
  const [process, channels, versions, feedId] = await Promise.all([
    snapshotProcess(db, project, now),
    channelsOf(db, project.id),
    releaseVersions(db, project.id),
    builtInFeedId(db, project.spaceId),
  ])
  const needs = needsOf(process.steps)
  const isOurs = (id: string) => id === '' || id.toLowerCase() === feedId.toLowerCase()
  const ruled = new Map(channels.map(channel => [channel.id, ruledChannel(channel)] as const))
  const candidates = await candidatesFor(
    db,
    project.spaceId,
    needs.filter(need => isOurs(need.feedId)),
    {
      wanted: [
        ...specs.map(({ version }) => version),
        ...(request.defaultPackageVersion === undefined ? [] : [request.defaultPackageVersion]),
      ],
      channels: [...ruled.values()],
    },
  )
  const choose: Choose = (channel, ignoreChannelRules = request.ignoreChannelRules) =>
    selectPackages({
      channel: ruled.get(channel.id) ?? ruledChannel(channel),
      needs,
      candidates,
      isOurs,
      specs,
      defaultVersion: request.defaultPackageVersion,
      prerelease: request.prerelease,
      ignoreChannelRules,
    })
  const { channel, selections } = chooseChannel(project, request, channels, choose)
  const { VersioningStrategy, ReleaseNotesTemplate } = project.settings
  const known = await templateVariables(db, project, channel, [
    request.version,
    VersioningStrategy.Template,
    ReleaseNotesTemplate,
  ])
  const { version, isCounted } = number(project, request, channel, selections, versions, known, now)
  const notes =
    request.notes ??
    (await renderNotes(db, project, { version, channel, selections, variables: known, now }))
  const ignoredRules = brokenRules(ruledChannel(channel), selections)
  return { version, isCounted, channel, selections, ignoredRules, notes, process }
}

/** @throws Problem `invalid` unless the project's settings let people release past its rules */
const allowToIgnore = ({ name, settings }: ProjectRow): void => {
  if (settings.AllowIgnoreChannelRules) return
  throw invalid(
    `${name} does not let anybody ignore the rules of its channels. Choose other versions or another ` +
      "channel, or have it allowed in the project's settings (AllowIgnoreChannelRules).",
  )
}

const ruledChannel = (channel: ChannelRow): RuledChannel => ({
  id: channel.id,
  name: channel.name,
  rules: channelRules(channel),
})

type Choice = { channel: ChannelRow; selections: Selection[] }
type Choose = (channel: ChannelRow, ignoreChannelRules?: boolean) => Selection[]

/** The channel that is named. Else the default one when its rules take the packages, else the only
 *  other one whose rules do. */
const chooseChannel = (
  project: ProjectRow,
  request: ReleaseRequest,
  channels: ChannelRow[],
  choose: Choose,
): Choice => {
  const named = request.channel?.trim().toLowerCase()
  const [first, ...others] = channels
  if (!first) throw invalid(`Project ${project.name} has no channel.`)
  if (named !== undefined) {
    const channel = channels.find(
      ({ id, name, slug }) =>
        id.toLowerCase() === named || name.toLowerCase() === named || slug === named,
    )
    if (channel) return { channel, selections: choose(channel) }
    const names = channels.slice(0, 20).map(({ name }) => name)
    throw invalid(
      `There is no channel '${request.channel}' in ${project.name}. Known: ${names.join(', ')}.`,
    )
  }
  try {
    return { channel: first, selections: choose(first) }
  } catch (error) {
    if (!(error instanceof Problem) || !isAboutRules(first, choose)) throw error
    const fitting = others.flatMap(channel => attempt(channel, choose))
    const [only, another] = fitting
    if (only && !another) return only
    if (!only) throw error
    const names = fitting.map(({ channel }) => channel.name).join(', ')
    throw invalid(`Several channels take these packages: ${names}. Name one as ChannelName.`)
  }
}

/** What is missing or misspelt, no channel makes good. */
const isAboutRules = (channel: ChannelRow, choose: Choose): boolean => {
  try {
    choose(channel, true)
    return true
  } catch {
    return false
  }
}

const attempt = (channel: ChannelRow, choose: Choose): Choice[] => {
  try {
    return [{ channel, selections: choose(channel) }]
  } catch (error) {
    if (error instanceof Problem) return []
    throw error
  }
}

const number = (
  project: ProjectRow,
  request: ReleaseRequest,
  channel: ChannelRow,
  selections: Selection[],
  versions: { version: string; channelId: string }[],
  known: Record<string, string>,
  now: number,
): { version: string; isCounted: boolean } => {
  const asked = request.version?.trim()
  if (asked !== undefined && !isMask(asked))
    return { version: checkReleaseVersion(asked), isCounted: false }
  const strategy = project.settings.VersioningStrategy
  const donor = strategy?.DonorPackage
  if (asked === undefined && donor) {
    const selection = selections.find(
      each =>
        each.actionName.toLowerCase() === donor.DeploymentAction.toLowerCase() &&
        each.packageReferenceName.toLowerCase() === (donor.PackageReference ?? '').toLowerCase(),
    )
    if (!selection)
      throw invalid(
        `${project.name} takes its release version from the package of step ` +
          `${donor.DeploymentAction}, which has none. Change it in the project's settings, or give ` +
          'the version.',
      )
    return { version: checkReleaseVersion(selection.version), isCounted: false }
  }
  const version = nextVersion({
    template: asked ?? (strategy?.Template || DEFAULT_VERSION_TEMPLATE),
    versions: versions.map(each => each.version),
    channelVersions: versions
      .filter(({ channelId }) => channelId === channel.id)
      .map(each => each.version),
    variables: known,
    now,
  })
  return { version, isCounted: true }
}
