import type { Call } from '../http/call.ts'
import { readBytes } from '../http/input.ts'
import { invalid } from '../http/problem.ts'
import { created, nothing, type Route, route } from '../http/route.ts'
import { isoTime } from '../http/values.ts'
import type { Pushed } from './commands.ts'
import { packageResource } from './resource.ts'
import { builtInFeedId } from './store.ts'
import { beginUpload, completeUpload, dropUpload, takePart } from './upload-commands.ts'
import {
  partCount,
  partSize,
  UPLOAD_KEPT_MS,
  type UploadInput,
  type UploadRow,
  uploadInput,
} from './upload-session.ts'
import { getUpload, type PartRow } from './upload-store.ts'

const uploadResource = (upload: UploadRow, parts: PartRow[]) => {
  const self = `/api/${upload.spaceId}/packages/uploads/${upload.id}`
  return {
    Id: upload.id,
    SpaceId: upload.spaceId,
    FileName: upload.fileName,
    SizeBytes: upload.sizeBytes,
    Sha256: upload.sha256 || null,
    PartBytes: upload.partBytes,
    PartCount: partCount(upload),
    ReceivedParts: parts.map(({ number }) => number),
    ReceivedBytes: parts.reduce((sum, { number }) => sum + partSize(upload, number), 0),
    PackageId: upload.packageId,
    ExpiresAt: isoTime(upload.touchedAt + UPLOAD_KEPT_MS),
    Links: { Self: self, Part: `${self}/parts{/number}`, Complete: `${self}/complete` },
  }
}

const begin = async (call: Call<UploadInput>): Promise<Response> => {
  const begun = await beginUpload(call, call.space.id, call.body)
  return begun.type === 'there'
    ? packageAnswer(call, begun.pushed)
    : created(uploadResource(begun.upload, []))
}

/** As for a package pushed in one go: 201 a new one, 200 one that was there. */
const packageAnswer = async (call: Call, { row, outcome }: Pushed): Promise<Response> => {
  const feedId = await builtInFeedId(call.db, call.space.id)
  const resource = packageResource(row, { feedId, includeNotes: false })
  return outcome === 'ignored' ? Response.json(resource) : created(resource)
}

const found = (call: Call) =>
  getUpload(call.db, call.space.id, call.principal.id, call.params.id ?? '')

const part = async (call: Call) => {
  const number = Number(call.params.number)
  const digest = call.query.text('sha256')
  if (digest !== undefined && !/^[0-9a-f]{64}$/i.test(digest))
    throw invalid('sha256 must be the SHA-256 of the part as 64 hexadecimal digits.')
  const { upload } = await found(call)
  const sizeBytes = partSize(upload, number)
  await takePart(call, upload, number, await bodyOf(call.request, sizeBytes), digest)
  return { PartNumber: number, SizeBytes: sizeBytes }
}

/** Straight through when it has the declared and right length, so that nothing of it is held. */
const bodyOf = async (request: Request, sizeBytes: number) =>
  request.body && Number(request.headers.get('content-length')) === sizeBytes
    ? (request.body as unknown as ReadableStream)
    : readBytes(request, sizeBytes)

const show = async (call: Call) => {
  const { upload, parts } = await found(call)
  return uploadResource(upload, parts)
}

const complete = async (call: Call): Promise<Response> => {
  const { upload, parts } = await found(call)
  return packageAnswer(call, await completeUpload(call, upload, parts))
}

const drop = async (call: Call): Promise<Response> => {
  const { upload } = await found(call)
  await dropUpload(call, upload)
  return nothing()
}

/** Declared before `/packages/{id}`. */
export const uploadRoutes: Route[] = [
  route({
    method: 'POST',
    area: 'space',
    path: '/packages/uploads',
    permission: 'BuiltInFeedPush',
    schema: uploadInput,
    summary: 'Begin a package that is sent in parts and can be taken up again after a break',
    handler: begin,
  }),
  route({
    method: 'GET',
    area: 'space',
    path: '/packages/uploads/{id}',
    permission: 'BuiltInFeedPush',
    summary: 'Which parts of an upload have arrived',
    handler: show,
  }),
  route({
    method: 'PUT',
    area: 'space',
    path: '/packages/uploads/{id}/parts/{number}',
    permission: 'BuiltInFeedPush',
    rawBody: true,
    summary: 'Send one part, in any order, again as often as it takes',
    handler: part,
  }),
  route({
    method: 'POST',
    area: 'space',
    path: '/packages/uploads/{id}/complete',
    permission: 'BuiltInFeedPush',
    summary: 'Make the package of an upload whose parts are all there',
    handler: complete,
  }),
  route({
    method: 'DELETE',
    area: 'space',
    path: '/packages/uploads/{id}',
    permission: 'BuiltInFeedPush',
    summary: 'Drop an upload',
    handler: drop,
  }),
]
