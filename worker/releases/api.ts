import { authorize, permits } from '../access/authorization.ts'
import type { Call } from '../http/call.ts'
import { collection, pageOf } from '../http/paging.ts'
import { created, nothing, type Route, route } from '../http/route.ts'
import { buildInformationResource } from '../packages/build-information.ts'
import { buildInformationOf } from '../packages/build-information-store.ts'
import { getChannel } from '../projects/channel-store.ts'
import { snapshotProcess } from '../projects/snapshot.ts'
import { getProject } from '../projects/store.ts'
import { visibleProjects } from '../projects/visibility.ts'
import { differencesSince } from '../variables/difference.ts'
import { snapshotVariables } from '../variables/snapshot.ts'
import { createRelease, editRelease, updateVariableSnapshot } from './commands.ts'
import { deleteRelease } from './deletion.ts'
import { missingPackages } from './missing-packages.ts'
import { releaseProgression } from './progression.ts'
import { deploymentTemplateResource, progressionResource } from './progression-resource.ts'
import {
  createReleaseInput,
  fromCommand,
  fromResource,
  postReleaseInput,
  putReleaseInput,
  selectedPackagesOf,
} from './release.ts'
import { differenceResource, releaseResource } from './resource.ts'
import {
  getRelease,
  getReleaseByVersion,
  listReleases,
  type ReleaseFilter,
  type ReleaseRow,
} from './store.ts'

/** Notes may be long, so a page of releases is shorter than others; clients follow its links. */
const MAX_TAKE = 1_000

const visible = (call: Call, row: ReleaseRow): ReleaseRow => {
  authorize(call.principal, 'ReleaseView', { spaceId: row.spaceId, projectId: row.projectId })
  return row
}

const found = async (call: Call): Promise<ReleaseRow> =>
  visible(call, await getRelease(call.db, call.space.id, call.params.id ?? ''))

const detailed = async (call: Call, row: ReleaseRow) => {
  const information = await buildInformationOf(call.db, row.spaceId, selectedPackagesOf(row))
  return releaseResource(row, information.map(buildInformationResource))
}

const list = async (call: Call, filter: ReleaseFilter) => {
  const { skip, take } = pageOf(call.query)
  const page = { skip, take: Math.min(take, MAX_TAKE) }
  const { rows, total } = await listReleases(call.db, call.space.id, page, {
    ...filter,
    searchByVersion: call.query.text('searchByVersion'),
    visible: visibleProjects(call.principal, 'ReleaseView', call.space.id),
  })
  const items = rows.map(row => releaseResource(row))
  return collection('Release', items, total, page, call.request.url)
}

const ofProject = async (call: Call) => {
  const project = await getProject(call.db, call.space.id, call.params.project ?? '')
  return list(call, { projectId: project.id })
}

const ofChannel = async (call: Call) => {
  const { db, space, params } = call
  const project = params.project && (await getProject(db, space.id, params.project))
  const channel = await getChannel(db, space.id, params.id ?? '', project ? project.id : undefined)
  return list(call, { channelId: channel.id })
}

const byVersion = async (call: Call) => {
  const project = await getProject(call.db, call.space.id, call.params.project ?? '')
  const row = await getReleaseByVersion(call.db, project, call.params.version ?? '')
  return detailed(call, visible(call, row))
}

const template = async (call: Call) => {
  const row = await found(call)
  const project = await getProject(call.db, row.spaceId, row.projectId)
  const [progress, process, variables] = await Promise.all([
    releaseProgression(call.db, row),
    snapshotProcess(call.db, project, call.now),
    snapshotVariables(call.db, row.projectId, call.now),
  ])
  return deploymentTemplateResource(row, progress, {
    process: process.id !== row.processSnapshotId,
    variables: variables.id !== row.variableSnapshotId,
  })
}

const variableChanges = async (call: Call) => {
  const row = await found(call)
  const { settings } = await getProject(call.db, row.spaceId, row.projectId)
  const page = pageOf(call.query)
  const all = await differencesSince(call, row, settings.IncludedLibraryVariableSetIds)
  const items = all.slice(page.skip, page.skip + page.take).map(differenceResource)
  return collection('VariableChange', items, all.length, page, call.request.url)
}

const space = { area: 'space' } as const

export const releaseRoutes: Route[] = [
  route({
    ...space,
    method: 'POST',
    path: '/releases/create/v1',
    permission: 'ReleaseCreate',
    schema: createReleaseInput,
    summary: 'Create a release; names, slugs and ids alike',
    handler: async call => {
      const { release, isNew } = await createRelease(call, call.space.id, fromCommand(call.body))
      const answer = { ReleaseId: release.id, ReleaseVersion: release.version }
      return isNew ? created(answer) : answer
    },
  }),
  route({
    ...space,
    method: 'POST',
    path: '/releases',
    permission: 'ReleaseCreate',
    schema: postReleaseInput,
    summary: 'Create a release from ids',
    handler: async call => {
      const request = fromResource(call.body, call.query.flag('ignoreChannelRules'))
      const { release } = await createRelease(call, call.space.id, request)
      return created(await detailed(call, release))
    },
  }),
  route({
    ...space,
    method: 'GET',
    path: '/releases',
    permission: 'ReleaseView',
    summary: 'List releases, newest first',
    handler: call => list(call, { ids: call.query.list('ids') }),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/releases/{id}',
    permission: 'ReleaseView',
    summary: 'Get a release',
    handler: async call => detailed(call, await found(call)),
  }),
  route({
    ...space,
    method: 'PUT',
    path: '/releases/{id}',
    permission: 'ReleaseEdit',
    schema: putReleaseInput,
    summary: 'Edit version and notes',
    handler: async call => {
      const { body } = call
      const row = await editRelease(call, await found(call), {
        version: body.Version,
        notes: body.ReleaseNotes,
        channelId: body.ChannelId,
        packages: body.SelectedPackages?.map(each => ({
          actionName: each.ActionName ?? each.StepName ?? '',
          packageReferenceName: each.PackageReferenceName ?? '',
          version: each.Version,
        })),
        customFields: body.CustomFields ?? undefined,
      })
      return detailed(call, row)
    },
  }),
  route({
    ...space,
    method: 'DELETE',
    path: '/releases/{id}',
    permission: 'ReleaseDelete',
    summary: 'Delete a release with its deployments',
    handler: async call => {
      await deleteRelease(call, await found(call))
      return nothing()
    },
  }),
  route({
    ...space,
    method: 'GET',
    path: '/releases/{id}/progression',
    permission: 'ReleaseView',
    summary: 'Where a release stands in its lifecycle',
    handler: async call => {
      const row = await found(call)
      const { spaceId, projectId } = row
      const isShown = (environmentId: string) =>
        permits(call.principal, 'DeploymentView', { spaceId, projectId, environmentId })
      return progressionResource(row, await releaseProgression(call.db, row), call.now, isShown)
    },
  }),
  route({
    ...space,
    method: 'GET',
    path: '/releases/{id}/deployments/template',
    permission: 'ReleaseView',
    summary: 'Where a release may go now',
    handler: template,
  }),
  route({
    ...space,
    method: 'GET',
    path: '/releases/{id}/missingpackages',
    permission: 'ReleaseView',
    summary: 'Packages of a release that the repository no longer has',
    handler: async call => ({ Packages: await missingPackages(call.db, await found(call)) }),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/releases/{id}/variables/changes',
    permission: 'ReleaseView',
    summary: 'What has become of the frozen variables since',
    handler: variableChanges,
  }),
  route({
    ...space,
    method: 'POST',
    path: '/releases/{id}/snapshot-variables',
    permission: 'ReleaseEdit',
    summary: 'Take the variables as they are now',
    handler: async call => detailed(call, await updateVariableSnapshot(call, await found(call))),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/projects/{project}/releases',
    permission: 'ReleaseView',
    summary: "A project's releases, newest first",
    handler: ofProject,
  }),
  route({
    ...space,
    method: 'GET',
    path: '/projects/{project}/releases/{version}',
    permission: 'ReleaseView',
    summary: 'Get a release by its version',
    handler: byVersion,
  }),
  route({
    ...space,
    method: 'GET',
    path: '/projects/{project}/channels/{id}/releases',
    permission: 'ReleaseView',
    summary: "A channel's releases, newest first",
    handler: ofChannel,
  }),
  route({
    ...space,
    method: 'GET',
    path: '/channels/{id}/releases',
    permission: 'ReleaseView',
    summary: "A channel's releases, newest first",
    handler: ofChannel,
  }),
]
