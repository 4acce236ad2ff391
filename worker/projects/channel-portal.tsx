import { ChannelPage, type RuleTrial } from '../../ui/channels/channel-page.tsx'
import { ChannelsPage } from '../../ui/channels/channels-page.tsx'
import { type FormState, listOf } from '../../ui/components/form.tsx'
import { links } from '../../ui/links.ts'
import { permits } from '../access/authorization.ts'
import { confirmation, type Question } from '../http/confirmation.tsx'
import { action, type PageCall, page, seeOther, shown } from '../http/page.tsx'
import { fresh, orAgain } from '../http/portal-form.ts'
import type { Route } from '../http/route.ts'
import { listLifecycles } from '../lifecycles/store.ts'
import { readRule, ruleWords as wordsOf } from '../packages/version-rule.ts'
import { needsOf } from '../releases/package-selection.ts'
import { type ChannelRule, channelRules } from './channel.ts'
import { createChannel, deleteChannel, modifyChannel } from './channel-commands.ts'
import { inputOf, packageOptions, pairOf, ruleIn, rulesIn, valuesOf } from './channel-form.ts'
import { channelsOf, countReleases, getChannel } from './channel-store.ts'
import { tryPackage } from './channel-test.ts'
import { visibleProject } from './portal-project.ts'
import { readSteps } from './process.ts'
import { getProcess } from './store.ts'

const NAMES = { Name: 'name', Description: 'description', LifecycleId: 'lifecycleId' }
const SHOWN_VERSIONS = 15

const list = async (call: PageCall) => {
  const { db, space } = call
  const { project, head } = await visibleProject(call, call.params.id ?? '')
  const [channels, lifecycles, counts] = await Promise.all([
    channelsOf(db, project.id),
    listLifecycles(db, space.id),
    countReleases(db, project.id),
  ])
  return (
    <ChannelsPage
      frame={call.frame}
      project={head}
      channels={channels.map(channel => ({
        id: channel.id,
        name: channel.name,
        description: channel.description,
        isDefault: channel.isDefault,
        lifecycle: lifecycles.find(({ id }) => id === channel.lifecycleId)?.name,
        rules: channelRules(channel).map(ruleWords),
        releaseCount: counts.get(channel.id) ?? 0,
      }))}
    />
  )
}

const ruleWords = (rule: ChannelRule): string => {
  const of = rule.actionPackages
    .map(
      ({ actionName, packageReference }) =>
        actionName + (packageReference && `: ${packageReference}`),
    )
    .join(', ')
  const order = rule.strategy === 'MostRecentlyPublished' ? ', the last published first,' : ''
  return `${wordsOf(rule)}${order} for ${of || 'no package'}`
}

type Loaded = Awaited<ReturnType<typeof load>>

const load = async (call: PageCall) => {
  const { db, space, params } = call
  const found = await visibleProject(call, params.id ?? '')
  const projectId = found.project.id
  const [channel, lifecycles, process] = await Promise.all([
    params.channel ? getChannel(db, space.id, params.channel, projectId) : undefined,
    listLifecycles(db, space.id),
    getProcess(db, projectId),
  ])
  const mayEdit = permits(call.principal, 'ProcessEdit', { spaceId: space.id, projectId })
  return { ...found, channel, lifecycles, mayEdit, needs: needsOf(readSteps(process.steps)) }
}

const show = async (call: PageCall, refused?: FormState, isTried = false) => {
  const loaded = await load(call)
  const { head, channel, lifecycles, mayEdit } = loaded
  const rules = channel ? channelRules(channel) : []
  const form = refused ?? fresh(channel ? valuesOf(channel, rules) : {})
  const count = rulesIn(form)
  return (
    <ChannelPage
      frame={call.frame}
      project={head}
      channel={channel}
      form={form}
      lifecycles={lifecycles.map(({ id, name }) => ({ value: id, label: name }))}
      packages={packageOptions(loaded.needs, form, count)}
      trials={
        await Promise.all(
          Array.from({ length: count }, async (_, index) =>
            isTried ? trial(call, loaded, form, index) : undefined,
          ),
        )
      }
      mayEdit={mayEdit}
    />
  )
}

const trial = async (
  { db, space }: PageCall,
  { needs }: Loaded,
  form: FormState,
  index: number,
): Promise<RuleTrial> => {
  const rule = ruleIn(form, index)
  const chosen = new Set(listOf(form, `rule-${index}-packages`))
  const ids = needs
    .filter(({ actionName, referenceName }) => chosen.has(pairOf(actionName, referenceName)))
    .map(({ packageId }) => packageId)
  const packages = await Promise.all(
    [...new Set(ids)].map(async packageId => ({
      packageId,
      versions: (await tryPackage(db, space.id, packageId, rule)).slice(0, SHOWN_VERSIONS),
    })),
  )
  return { strategy: rule.strategy, problems: readRule(rule).problems, packages }
}

const create = (call: PageCall) =>
  orAgain(
    call.form,
    async () => {
      const { project } = await load(call)
      const channel = await createChannel(call, call.space.id, project.id, inputOf(call.form))
      const message = `Channel ${channel.name} was created.`
      return seeOther(links.channels(project.id), { kind: 'success', message })
    },
    form => show(call, form),
    NAMES,
  )

const save = (call: PageCall) =>
  orAgain(
    call.form,
    async () => {
      const { project } = await load(call)
      const before = await getChannel(call.db, call.space.id, call.params.channel ?? '', project.id)
      const channel = await modifyChannel(call, before, inputOf(call.form, before))
      const message = `Channel ${channel.name} was saved. It holds for releases from now on.`
      return seeOther(links.channels(project.id), { kind: 'success', message })
    },
    form => show(call, form),
    NAMES,
  )

const attempt = (call: PageCall) => shown(show(call, fresh(call.form.values), true))

const toDelete = async (call: PageCall): Promise<Question> => {
  const { project, channel } = await load(call)
  return {
    section: 'projects',
    crumbs: [
      { href: links.project(project.id), title: project.name },
      { href: links.channels(project.id), title: 'Channels' },
    ],
    title: `Delete channel ${channel?.name ?? ''}?`,
    consequence:
      'Only a channel without releases can be deleted. Steps and variables that are scoped to it stay as they are.',
    verb: 'Delete channel',
    back: links.channel(project.id, channel?.id ?? ''),
  }
}

const remove = async (call: PageCall) => {
  const { project } = await load(call)
  const channel = await getChannel(call.db, call.space.id, call.params.channel ?? '', project.id)
  await deleteChannel(call, channel)
  const message = `Channel ${channel.name} was deleted.`
  return seeOther(links.channels(project.id), { kind: 'success', message })
}

const path = '/projects/{id}/channels'

export const channelPages: Route[] = [
  page({ path, permission: 'ProjectView', handler: list }),
  action({ path, permission: 'ProcessEdit', handler: create }),
  page({ path: `${path}/new`, permission: 'ProcessEdit', handler: call => show(call) }),
  action({ path: `${path}/new/try`, permission: 'ProcessEdit', handler: attempt }),
  page({ path: `${path}/{channel}`, permission: 'ProjectView', handler: call => show(call) }),
  action({ path: `${path}/{channel}`, permission: 'ProcessEdit', handler: save }),
  action({ path: `${path}/{channel}/try`, permission: 'ProcessEdit', handler: attempt }),
  ...confirmation({
    path: `${path}/{channel}/delete`,
    permission: 'ProcessEdit',
    ask: toDelete,
    deed: remove,
  }),
]
