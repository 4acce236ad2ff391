import type { Call } from '../http/call.ts'
import { collection, pageOf } from '../http/paging.ts'
import { invalid, notFound } from '../http/problem.ts'
import { created, nothing, type Route, route } from '../http/route.ts'
import { buildInformationResource } from './build-information.ts'
import { buildInformationRoutes } from './build-information-api.ts'
import { findBuildInformation } from './build-information-store.ts'
import { deletePackages, pushPackage } from './commands.ts'
import { feedRoutes } from './feeds-api.ts'
import { nugetRoutes } from './nuget-api.ts'
import { fileNameOf, packageKey, parseOverwriteMode } from './package.ts'
import { packageResource } from './resource.ts'
import { retentionRoutes } from './retention-api.ts'
import { builtInFeedId, getPackage, listPackages, type PackageRow } from './store.ts'
import { openUpload } from './upload.ts'
import { uploadRoutes } from './uploads-api.ts'

const MAX_BULK = 1_000

const upload = async (call: Call): Promise<Response> => {
  const mode = parseOverwriteMode(call.query.text('overwriteMode'), call.query.flag('replace'))
  const file = await openUpload(call.request, call.query)
  const { row, outcome } = await pushPackage(call, call.space.id, file, mode)
  const resource = await detailed(call, row)
  // One client tells its user by the status whether the package was new.
  return outcome === 'ignored' ? Response.json(resource) : created(resource)
}

const list = async (call: Call) => {
  const { db, space, query } = call
  const page = pageOf(query)
  const [{ rows, total }, feedId] = await Promise.all([
    listPackages(
      db,
      space.id,
      {
        filter: query.text('filter'),
        packageId: query.text('nuGetPackageId') ?? query.text('packageId'),
        latestOnly: query.flag('latest'),
        ids: query.list('ids'),
        withNotes: query.flag('includeNotes'),
      },
      page,
    ),
    builtInFeedId(db, space.id),
  ])
  const includeNotes = query.flag('includeNotes')
  const items = rows.map(row => packageResource(row, { feedId, includeNotes }))
  return collection('Package', items, total, page, call.request.url)
}

const detailed = async (call: Call, row: PackageRow) => {
  const { db, space, query } = call
  const [feedId, information] = await Promise.all([
    builtInFeedId(db, space.id),
    findBuildInformation(db, space.id, row.packageId, row.version),
  ])
  return packageResource(row, {
    feedId,
    includeNotes: query.flag('includeNotes'),
    buildInformation: information ? buildInformationResource(information) : null,
  })
}

const found = (call: Call): Promise<PackageRow> =>
  getPackage(call.db, call.space.id, call.params.id ?? '')

const download = async (call: Call): Promise<Response> => {
  const row = await found(call)
  const object = await call.env.STORE.get(packageKey(row.sha256))
  if (!object) throw notFound(`${fileNameOf(row)}: its content`)
  return new Response(object.body, {
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': String(object.size),
      'content-disposition': `attachment; filename="${fileNameOf(row)}"`,
      'x-content-type-options': 'nosniff',
      etag: `"${row.sha256}"`,
    },
  })
}

/** `feeds-builtin:Acme.Web:1.2.3`, `Acme.Web:1.2.3` or a package's own id, comma-separated. */
const notes = async (call: Call) => {
  const references = call.query.list('packageIds') ?? []
  if (references.length > 100)
    throw invalid(`packageIds may name 100 packages; found ${references.length}.`)
  const feedId = await builtInFeedId(call.db, call.space.id)
  const Packages = await Promise.all(
    references.map(async reference => {
      const [version = '', packageId = ''] = reference.split(/[:/]/).reverse()
      const name = packageId === '' ? reference : `${packageId}.${version}`
      const row = await getPackage(call.db, call.space.id, name).catch(() => undefined)
      return {
        FeedId: feedId,
        PackageId: row?.packageId ?? packageId,
        Version: row?.version ?? version,
        Notes: {
          Succeeded: row !== undefined,
          Notes: row?.releaseNotes ?? null,
          FailureReason: row ? null : `There is no package ${name}.`,
        },
      }
    }),
  )
  return { Packages }
}

const removeSeveral = async (call: Call): Promise<Response> => {
  const ids = call.query.list('ids') ?? []
  if (ids.length > MAX_BULK)
    throw invalid(`ids may name ${MAX_BULK} packages; found ${ids.length}.`)
  const page = { skip: 0, take: MAX_BULK }
  const { rows } = await listPackages(call.db, call.space.id, { ids }, page)
  await deletePackages(call, rows)
  return nothing()
}

export const packageRoutes: Route[] = [
  route({
    method: 'POST',
    area: 'space',
    path: '/packages/raw',
    permission: 'BuiltInFeedPush',
    rawBody: true,
    summary: 'Push a package; its id and version come from the file name',
    handler: upload,
  }),
  route({
    method: 'GET',
    area: 'space',
    path: '/packages',
    permission: 'FeedView',
    summary: 'List packages by id, newest version first',
    handler: list,
  }),
  route({
    method: 'GET',
    area: 'space',
    path: '/packages/notes',
    permission: 'FeedView',
    summary: 'Release notes of several packages',
    handler: notes,
  }),
  route({
    method: 'DELETE',
    area: 'space',
    path: '/packages/bulk',
    permission: 'BuiltInFeedAdminister',
    summary: 'Delete several packages, all of them or none',
    handler: removeSeveral,
  }),
  ...uploadRoutes,
  ...retentionRoutes,
  route({
    method: 'GET',
    area: 'space',
    path: '/packages/{id}',
    permission: 'FeedView',
    summary: 'Get a package with its build information',
    handler: async call => detailed(call, await found(call)),
  }),
  route({
    method: 'DELETE',
    area: 'space',
    path: '/packages/{id}',
    permission: 'BuiltInFeedAdminister',
    summary: 'Delete a package that no release needs',
    handler: async call => {
      await deletePackages(call, [await found(call)])
      return nothing()
    },
  }),
  route({
    method: 'GET',
    area: 'space',
    path: '/packages/{id}/raw',
    permission: 'BuiltInFeedDownload',
    summary: 'Download a package',
    handler: download,
  }),
  route({
    method: 'GET',
    area: 'space',
    path: '/packages/{id}/{version}/delta-signature',
    permission: 'FeedView',
    summary: 'Not offered: clients then upload the whole file',
    handler: call => {
      throw notFound(`${call.params.id} ${call.params.version}: delta signature`)
    },
  }),
  ...nugetRoutes,
  ...feedRoutes,
  ...buildInformationRoutes,
]
