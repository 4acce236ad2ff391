import { type FormState, textOf } from '../../ui/components/form.tsx'
import { links } from '../../ui/links.ts'
import { NewReleasePage, type PackageChoice } from '../../ui/releases/new-release-page.tsx'
import { authorize } from '../access/authorization.ts'
import { action, type PageCall, page, seeOther } from '../http/page.tsx'
import { fresh, orAgain } from '../http/portal-form.ts'
import { invalid, Problem } from '../http/problem.ts'
import { builtInFeedId, newestPackages, type PackageVersion } from '../packages/store.ts'
import { channelRules } from '../projects/channel.ts'
import { type ChannelRow, channelsOf } from '../projects/channel-store.ts'
import { visibleProject } from '../projects/portal-project.ts'
import type { Step } from '../projects/process.ts'
import { snapshotProcess } from '../projects/snapshot.ts'
import type { ProjectRow } from '../projects/store.ts'
import { assemble } from './assembly.ts'
import { createRelease } from './commands.ts'
import { needsOf, type PackageNeed } from './package-selection.ts'
import { escaped, NOTES_LENGTH, type ReleaseRequest } from './release.ts'
import { listReleases } from './store.ts'

const SHOWN_VERSIONS = 50

type Need = PackageNeed & { field: string }

/** The packages that a release of the channel takes, each with its field's name: ids of actions
 *  stay the same while names may hold any letters. */
const needsIn = (steps: readonly Step[], channel: ChannelRow | undefined): Need[] => {
  const ids = new Map(steps.flatMap(({ actions }) => actions).map(({ id, name }) => [name, id]))
  return needsOf(steps)
    .filter(({ channelIds }) => channelIds.length === 0 || channelIds.includes(channel?.id ?? ''))
    .map(need => ({
      ...need,
      field: `package:${ids.get(need.actionName) ?? need.actionName}:${need.referenceName}`,
    }))
}

const projectOf = async (call: PageCall) => {
  const found = await visibleProject(call, call.params.id ?? '')
  const projectId = found.project.id
  authorize(call.principal, 'ReleaseCreate', { spaceId: call.space.id, projectId })
  return found
}

const channelIn = (channels: ChannelRow[], id: string | undefined): ChannelRow | undefined =>
  channels.find(channel => channel.id === id) ?? channels[0]

const requestOf = (project: ProjectRow, channel: ChannelRow | undefined): ReleaseRequest => ({
  project: project.id,
  version: undefined,
  channel: channel?.id,
  packages: [],
  defaultPackageVersion: undefined,
  prerelease: undefined,
  notes: undefined,
  ignoreIfExists: false,
  ignoreChannelRules: false,
  customFields: {},
})

/** The form as it is first shown: the number that comes next, and the newest packages the channel
 *  takes. What keeps the release from being made is said before anything is typed. */
const suggested = async (
  call: PageCall,
  project: ProjectRow,
  channel: ChannelRow | undefined,
  needs: Need[],
): Promise<FormState> => {
  const form = fresh({ channelId: channel?.id ?? '' })
  try {
    const { version, notes, selections } = await assemble(
      call,
      project,
      requestOf(project, channel),
    )
    form.values.version = version
    form.values.notes = notes
    for (const { field, actionName, referenceName } of needs) {
      const selection = selections.find(
        each => each.actionName === actionName && each.packageReferenceName === referenceName,
      )
      if (selection) form.values[field] = selection.version
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    form.errors[''] = (error.detail.errors ?? [error.message]).join(' ')
  }
  return form
}

const show = async (call: PageCall, refused?: FormState) => {
  const { db, space, now } = call
  const { project, head } = await projectOf(call)
  const [channels, process, feedId, newest] = await Promise.all([
    channelsOf(db, project.id),
    snapshotProcess(db, project, now),
    builtInFeedId(db, space.id),
    listReleases(db, space.id, { skip: 0, take: 1 }, { projectId: project.id }),
  ])
  const wanted = refused ? call.form.text('channelId') : call.query.text('channel')
  const channel = channelIn(channels, wanted)
  const needs = needsIn(process.steps, channel)
  const lists = await newestPackages(
    db,
    space.id,
    needs.map(({ packageId }) => packageId),
  )
  const form = refused ?? (await suggested(call, project, channel, needs))
  const packages = needs.map((need, index): PackageChoice => {
    const isOurs = need.feedId === '' || need.feedId.toLowerCase() === feedId.toLowerCase()
    return {
      field: need.field,
      step: need.actionName,
      packageId: need.packageId,
      typed: !isOurs || need.packageId.includes('#{'),
      versions: shownVersions(lists[index] ?? [], textOf(form, need.field)),
    }
  })
  return (
    <NewReleasePage
      frame={call.frame}
      project={head}
      form={form}
      channels={channels.map(({ id, name }) => ({ value: id, label: name }))}
      packages={packages}
      mayIgnoreRules={
        project.settings.AllowIgnoreChannelRules &&
        channelRules(channel ?? { rules: [] }).length > 0
      }
      stepCount={process.steps.length}
      latestVersion={newest.rows[0]?.version}
    />
  )
}

/** The newest, and the chosen one, which a rule may have found far behind them. */
const shownVersions = (rows: PackageVersion[], chosen: string): PackageChoice['versions'] =>
  rows
    .filter(({ version }, index) => index < SHOWN_VERSIONS || version === chosen)
    .map(({ version, publishedAt }) => ({ version, publishedAt }))

const create = async (call: PageCall) => {
  const { project } = await projectOf(call)
  const { db, form, now, space } = call
  return orAgain(
    form,
    async () => {
      const [channels, process] = await Promise.all([
        channelsOf(db, project.id),
        snapshotProcess(db, project, now),
      ])
      const channel = channels.find(({ id }) => id === form.text('channelId'))
      if (!channel) throw invalid('', { channelId: 'Choose a channel of this project.' })
      const version = form.text('version').trim()
      if (version === '')
        throw invalid('', { version: 'A release needs a version, such as 1.4.0.' })
      const notes = form.text('notes')
      if (notes.length > NOTES_LENGTH)
        throw invalid('', { notes: `Release notes may have ${NOTES_LENGTH} characters.` })
      const { release } = await createRelease(call, space.id, {
        ...requestOf(project, channel),
        version,
        notes,
        ignoreChannelRules: form.flag('ignoreChannelRules'),
        packages: needsIn(process.steps, channel).flatMap(need => {
          const chosen = form.text(need.field).trim()
          if (chosen === '') return []
          return [[need.actionName, need.referenceName, chosen].map(escaped).join(':')]
        }),
      })
      const message = `Release ${release.version} was created.`
      return seeOther(links.release(release.id), { kind: 'success', message })
    },
    again => show(call, withoutOptions(again)),
    { version: 'version', channelId: 'channelId', notes: 'notes' },
  )
}

/** The command's advice for programs is of no use in a form. */
const withoutOptions = (form: FormState): FormState => ({
  ...form,
  errors: Object.fromEntries(
    Object.entries(form.errors).map(([field, text]) => [
      field,
      text.replace(', or say IgnoreIfAlreadyExists', ''),
    ]),
  ),
})

export const newReleasePages = [
  page({
    path: '/projects/{id}/releases/new',
    permission: 'ReleaseCreate',
    handler: call => show(call),
  }),
  action({ path: '/projects/{id}/releases', permission: 'ReleaseCreate', handler: create }),
]
