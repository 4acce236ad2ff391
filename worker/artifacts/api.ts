import { permits } from '../access/authorization.ts'
import type { Call } from '../http/call.ts'
import { collection, pageOf } from '../http/paging.ts'
import { notFound } from '../http/problem.ts'
import { type Route, route } from '../http/route.ts'
import { reachOf } from '../tasks/visibility.ts'
import { artifactResource, attachmentOf } from './artifact.ts'
import { type ArtifactRow, getArtifact, listArtifacts } from './store.ts'

const space = { area: 'space', method: 'GET', permission: 'ArtifactView' } as const

const list = async (call: Call) => {
  const page = pageOf(call.query)
  const filter = {
    regarding: call.query.text('regarding'),
    partialName: call.query.text('partialName'),
    reach: reachOf(call.principal, 'ArtifactView', call.space.id),
  }
  const { rows, total } = await listArtifacts(call.db, call.space.id, filter, page)
  return collection('Artifact', rows.map(artifactResource), total, page, call.request.url)
}

const visible = async (call: Call): Promise<ArtifactRow> => {
  const row = await getArtifact(call.db, call.space.id, call.params.id ?? '')
  const { spaceId, projectId, environmentId } = row
  if (!permits(call.principal, 'ArtifactView', { spaceId, projectId, environmentId }))
    throw notFound(row.id)
  return row
}

/** What a script wrote is saved, never shown: opened in a tab it can do nothing here. */
const content = async (call: Call) => {
  const row = await visible(call)
  const found = await call.env.STORE.get(row.storageKey)
  if (!found) throw notFound(row.id)
  return new Response(found.body, {
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': String(found.size),
      'content-disposition': attachmentOf(row.name),
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
    },
  })
}

export const artifactRoutes: Route[] = [
  route({
    ...space,
    path: '/artifacts',
    summary: 'List the files that steps handed in, for a task, deployment, project or environment',
    handler: list,
  }),
  route({
    ...space,
    path: '/artifacts/{id}',
    summary: 'Get an artifact',
    handler: async call => artifactResource(await visible(call)),
  }),
  route({
    ...space,
    path: '/artifacts/{id}/content',
    summary: "An artifact's bytes",
    handler: content,
  }),
]
