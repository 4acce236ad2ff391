import { authorize } from '../access/authorization.ts'
import { commit, type Database } from '../database/client.ts'
import type { Environment } from '../environment.ts'
import type { Context } from '../http/call.ts'
import { invalid, Problem } from '../http/problem.ts'
import { sha256Of } from './blob.ts'
import { acceptPackage, expectPackage, type Pushed } from './commands.ts'
import { stageUpload } from './staged-upload.ts'
import { getPackage } from './store.ts'
import {
  checkComplete,
  checkPart,
  OPEN_UPLOADS,
  PART_BYTES,
  type UploadInput,
  type UploadRow,
} from './upload-session.ts'
import {
  countOpenUploads,
  finishUpload,
  insertUpload,
  type PartRow,
  removeUpload,
  storePart,
} from './upload-store.ts'

export type Begun = { type: 'begun'; upload: UploadRow } | { type: 'there'; pushed: Pushed }

/**
 * Begins a package that is sent in parts. One that would be refused, or ignored because its version
 * is there already, need not be sent at all.
 * @throws Problem `invalid`, `conflict`, `forbidden`
 */
export const beginUpload = async (
  context: Context,
  spaceId: string,
  input: UploadInput,
): Promise<Begun> => {
  const { db, env, now, principal } = context
  authorize(principal, 'BuiltInFeedPush', { spaceId })
  const mode = input.OverwriteMode ?? 'FailIfExists'
  const pushed = await expectPackage(context, spaceId, input.FileName, mode)
  if (pushed) return { type: 'there', pushed }
  if ((await countOpenUploads(db, spaceId)) >= OPEN_UPLOADS)
    throw new Problem(
      'conflict',
      `${OPEN_UPLOADS} uploads of this space are under way already. Complete or delete some first.`,
    )
  const storageKey = `uploads/${crypto.randomUUID()}`
  const multipart = await env.STORE.createMultipartUpload(storageKey)
  const upload: UploadRow = {
    id: `PackageUploads-${crypto.randomUUID()}`,
    spaceId,
    userId: principal.id,
    fileName: input.FileName,
    sizeBytes: input.SizeBytes,
    partBytes: PART_BYTES,
    sha256: input.Sha256?.toLowerCase() ?? '',
    overwriteMode: mode,
    storageKey,
    storageUploadId: multipart.uploadId,
    touchedAt: now,
    packageId: null,
  }
  await commit(db, [insertUpload(db, upload)])
  return { type: 'begun', upload }
}

/**
 * Takes one part, in any order, again as often as it takes.
 * @param sha256 of this part, when its sender says so
 * @throws Problem `invalid` when it is not as long as it must be, or damaged
 */
export const takePart = async (
  { db, env, now }: Context,
  upload: UploadRow,
  number: number,
  content: Uint8Array | ReadableStream,
  sha256: string | undefined,
): Promise<void> => {
  refuseEnded(upload)
  if (content instanceof Uint8Array) checkPart(upload, number, content.byteLength)
  const body = sha256 === undefined ? content : await verified(content, number, sha256)
  const multipart = env.STORE.resumeMultipartUpload(upload.storageKey, upload.storageUploadId)
  const { etag } = await multipart.uploadPart(number, body)
  await commit(db, storePart(db, { uploadId: upload.id, number, etag }, now))
}

const verified = async (
  content: Uint8Array | ReadableStream,
  number: number,
  sha256: string,
): Promise<Uint8Array> => {
  const bytes =
    content instanceof Uint8Array
      ? content
      : new Uint8Array(await new Response(content).arrayBuffer())
  const found = await sha256Of(bytes)
  if (found === sha256.toLowerCase()) return bytes
  throw invalid(`Part ${number} arrived damaged: its SHA-256 is ${found}. Send it again.`)
}

/**
 * Makes the package of an upload whose parts are all there. Asked again, also after a break, it
 * answers the same.
 * @throws Problem `conflict` while parts are missing, `invalid`; then nothing stays stored
 */
export const completeUpload = async (
  context: Context,
  upload: UploadRow,
  parts: PartRow[],
): Promise<Pushed> => {
  const { db, env } = context
  if (upload.packageId !== null)
    return { row: await getPackage(db, upload.spaceId, upload.packageId), outcome: 'created' }
  checkComplete(
    upload,
    parts.map(({ number }) => number),
  )
  try {
    const blob = await stageUpload(env.STORE, upload, parts)
    const pushed = await acceptPackage(
      context,
      upload.spaceId,
      { fileName: upload.fileName, blob },
      upload.overwriteMode,
      ({ id }) => [finishUpload(db, upload.id, id)],
    )
    await blob.discard()
    return pushed
  } catch (error) {
    if (error instanceof Problem && error.code !== 'unavailable') await dropUpload(context, upload)
    throw error
  }
}

/** Lets go of an upload, whether it has ended or not; its package stays. */
export const dropUpload = async (
  { db, env }: { db: Database; env: Pick<Environment, 'STORE'> },
  upload: UploadRow,
): Promise<void> => {
  await forgetBytes(env.STORE, upload)
  await commit(db, [removeUpload(db, upload.id)])
}

/** What the object store holds of it, in either form. */
const forgetBytes = async (store: R2Bucket, upload: UploadRow): Promise<void> => {
  if (upload.packageId !== null) return
  await store
    .resumeMultipartUpload(upload.storageKey, upload.storageUploadId)
    .abort()
    .catch(() => {}) // It has been completed, or aborted before.
  await store.delete(upload.storageKey)
}

const refuseEnded = (upload: UploadRow): void => {
  if (upload.packageId !== null)
    throw new Problem('conflict', 'This upload has been completed; its package is stored.')
}
