import type * as z from 'zod'
import { authorize } from '../access/authorization.ts'
import type { Call } from '../http/call.ts'
import { parse } from '../http/input.ts'
import { collection, pageOf } from '../http/paging.ts'
import { invalid } from '../http/problem.ts'
import { created, nothing, type Route, route } from '../http/route.ts'
import { isoTime } from '../http/values.ts'
import { readRule } from '../packages/version-rule.ts'
import { channelInput } from './channel.ts'
import { createChannel, deleteChannel, modifyChannel } from './channel-commands.ts'
import { type ChannelFilter, getChannel, listChannels } from './channel-store.ts'
import { packageTest, ruleTest, triedRule, tryPackage } from './channel-test.ts'
import { ALL, viewedProject } from './project-api.ts'
import { channelResource } from './resource.ts'
import { visibleProjects } from './visibility.ts'

const space = { area: 'space' } as const

const filterOf = ({ query, principal, space }: Call): ChannelFilter => ({
  partialName: query.text('partialName'),
  ids: query.list('ids'),
  visible: visibleProjects(principal, 'ProjectView', space.id),
})

const page = async (call: Call, filter: ChannelFilter) => {
  const asked = pageOf(call.query)
  const { rows, total } = await listChannels(call.db, call.space.id, asked, filter)
  return collection('Channel', rows.map(channelResource), total, asked, call.request.url)
}

const found = async (call: Call) => {
  const channel = await getChannel(call.db, call.space.id, call.params.id ?? '')
  const { projectId } = channel
  authorize(call.principal, 'ProjectView', { spaceId: call.space.id, projectId })
  return channel
}

/** Whether one version passes the two parts of a rule, each for itself. */
const testRule = (input: z.output<typeof ruleTest>) => {
  const format = input.FeedType.toLowerCase() === 'maven' ? 'maven' : 'semver'
  const { problems, judge } = readRule(triedRule(input), format)
  const verdict = judge(input.Version)
  const errors = [...problems]
  if (!verdict) errors.push(`'${input.Version}' is no version; write for instance 1.2.3-beta.1.`)
  return {
    SatisfiesVersionRange: verdict?.inRange ?? false,
    SatisfiesPreReleaseTag: verdict?.hasTag ?? false,
    SatisfiesVersionTagRegex: verdict?.hasPattern ?? false,
    IsValid: errors.length === 0,
    Errors: errors,
  }
}

const ruleIn = (query: Call['query']) => ({
  VersioningStrategy: query.text('versioningStrategy'),
  VersionRange: query.text('versionRange'),
  PreReleaseTag: query.text('preReleaseTag'),
  VersionTagRegex: query.text('versionTagRegex'),
})

/** Which versions of a package a rule takes. */
const testPackages = async (call: Call) => {
  const { query, db, space } = call
  const input = parse(packageTest, { PackageId: query.text('packageId'), ...ruleIn(query) })
  const rule = triedRule(input)
  const [problem] = readRule(rule).problems
  if (problem) throw invalid(problem)
  const page = pageOf(query)
  const all = await tryPackage(db, space.id, input.PackageId, rule)
  const items = all.slice(page.skip, page.skip + page.take).map(each => ({
    PackageId: input.PackageId,
    Version: each.version,
    Published: isoTime(each.publishedAt),
    SatisfiesVersionRange: each.inRange,
    SatisfiesPreReleaseTag: each.hasTag,
    SatisfiesVersionTagRegex: each.hasPattern,
    IsMatch: each.isTaken,
    IsNewest: each.isNewest,
  }))
  return collection('PackageRuleTest', items, all.length, page, call.request.url)
}

export const channelApi: Route[] = [
  route({
    ...space,
    method: 'GET',
    path: '/channels',
    permission: 'ProjectView',
    summary: 'List channels',
    handler: call => page(call, filterOf(call)),
  }),
  route({
    ...space,
    method: 'POST',
    path: '/channels',
    permission: 'ProcessEdit',
    schema: channelInput,
    summary: 'Create a channel',
    handler: async call => {
      const { ProjectId } = call.body
      if (!ProjectId) throw invalid('ProjectId must name the project the channel is for.')
      return created(
        channelResource(await createChannel(call, call.space.id, ProjectId, call.body)),
      )
    },
  }),
  route({
    ...space,
    method: 'GET',
    path: '/channels/all',
    permission: 'ProjectView',
    summary: 'All channels',
    handler: async call =>
      (await listChannels(call.db, call.space.id, ALL, filterOf(call))).rows.map(channelResource),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/channels/rule-test',
    permission: 'ProjectView',
    summary: 'Try a version against a channel rule',
    handler: ({ query }) =>
      testRule(
        parse(ruleTest, {
          Version: query.text('version'),
          ...ruleIn(query),
          FeedType: query.text('feedType'),
        }),
      ),
  }),
  route({
    ...space,
    method: 'POST',
    path: '/channels/rule-test',
    permission: 'ProjectView',
    schema: ruleTest,
    summary: 'Try a version against a channel rule',
    handler: call => testRule(call.body),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/channels/rule-test/packages',
    permission: 'ProjectView',
    summary: 'Which versions of a package a channel rule takes',
    handler: testPackages,
  }),
  route({
    ...space,
    method: 'GET',
    path: '/channels/{id}',
    permission: 'ProjectView',
    summary: 'Get a channel',
    handler: async call => channelResource(await found(call)),
  }),
  route({
    ...space,
    method: 'PUT',
    path: '/channels/{id}',
    permission: 'ProcessEdit',
    schema: channelInput,
    summary: 'Change a channel',
    handler: async call => channelResource(await modifyChannel(call, await found(call), call.body)),
  }),
  route({
    ...space,
    method: 'DELETE',
    path: '/channels/{id}',
    permission: 'ProcessEdit',
    summary: 'Delete a channel without releases',
    handler: async call => {
      await deleteChannel(call, await found(call))
      return nothing()
    },
  }),
  route({
    ...space,
    method: 'GET',
    path: '/projects/{project}/channels',
    permission: 'ProjectView',
    summary: 'List the channels of a project',
    handler: async call => {
      const project = await viewedProject(call, call.params.project ?? '')
      return page(call, { ...filterOf(call), projectId: project.id })
    },
  }),
  route({
    ...space,
    method: 'POST',
    path: '/projects/{project}/channels',
    permission: 'ProcessEdit',
    schema: channelInput,
    summary: 'Create a channel in a project',
    handler: async call => {
      const reference = call.params.project ?? ''
      return created(
        channelResource(await createChannel(call, call.space.id, reference, call.body)),
      )
    },
  }),
  route({
    ...space,
    method: 'GET',
    path: '/projects/{project}/channels/{id}',
    permission: 'ProjectView',
    summary: 'Get a channel of a project by id, slug or name',
    handler: async call => {
      const project = await viewedProject(call, call.params.project ?? '')
      const { db, space, params } = call
      return channelResource(await getChannel(db, space.id, params.id ?? '', project.id))
    },
  }),
]
