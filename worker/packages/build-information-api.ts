import { collection, pageOf } from '../http/paging.ts'
import { created, nothing, type Route, route } from '../http/route.ts'
import { buildInformationInput, buildInformationResource } from './build-information.ts'
import { deleteBuildInformation, pushBuildInformation } from './build-information-commands.ts'
import { getBuildInformation, listBuildInformation } from './build-information-store.ts'
import { parseOverwriteMode } from './package.ts'

const ALL = { skip: 0, take: 1_000 }

export const buildInformationRoutes: Route[] = [
  route({
    method: 'POST',
    area: 'space',
    path: '/build-information',
    permission: 'BuildInformationPush',
    schema: buildInformationInput,
    summary: 'Keep what a build tells about a package version',
    handler: async call => {
      const { body, query } = call
      const { row, outcome } = await pushBuildInformation(call, call.space.id, {
        packageId: body.PackageId,
        version: body.Version,
        document: body.OctopusBuildInformation,
        mode: parseOverwriteMode(
          query.text('overwriteMode') ?? (body.OverwriteMode || undefined),
          query.flag('replace'),
        ),
      })
      const resource = buildInformationResource(row)
      return outcome === 'created' ? created(resource) : resource
    },
  }),
  route({
    method: 'GET',
    area: 'space',
    path: '/build-information',
    permission: 'FeedView',
    summary: 'List build information, newest first',
    handler: async call => {
      const page = pageOf(call.query)
      const { rows, total } = await listBuildInformation(
        call.db,
        call.space.id,
        {
          packageId: call.query.text('packageId'),
          filter: call.query.text('filter'),
          ids: call.query.list('ids'),
        },
        page,
      )
      const items = rows.map(buildInformationResource)
      return collection('BuildInformation', items, total, page, call.request.url)
    },
  }),
  route({
    method: 'DELETE',
    area: 'space',
    path: '/build-information/bulk',
    permission: 'BuildInformationAdminister',
    summary: 'Delete several',
    handler: async call => {
      const ids = call.query.list('ids') ?? []
      const { rows } = await listBuildInformation(call.db, call.space.id, { ids }, ALL)
      await deleteBuildInformation(call, rows)
      return nothing()
    },
  }),
  route({
    method: 'GET',
    area: 'space',
    path: '/build-information/{id}',
    permission: 'FeedView',
    summary: 'Get one',
    handler: async ({ db, space, params }) =>
      buildInformationResource(await getBuildInformation(db, space.id, params.id ?? '')),
  }),
  route({
    method: 'DELETE',
    area: 'space',
    path: '/build-information/{id}',
    permission: 'BuildInformationAdminister',
    summary: 'Delete one',
    handler: async call => {
      const row = await getBuildInformation(call.db, call.space.id, call.params.id ?? '')
      await deleteBuildInformation(call, [row])
      return nothing()
    },
  }),
]
