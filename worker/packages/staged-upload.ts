import { invalid, Problem } from '../http/problem.ts'
import { digestsOf, type StagedBlob, settle } from './blob.ts'
import type { UploadRow } from './upload-session.ts'
import type { PartRow } from './upload-store.ts'

/**
 * Puts the parts together, unless that was done before, and reads the whole once for its digests.
 * What it answers may be asked for again until the package's row is stored.
 * @throws Problem `invalid` when the bytes are not those that were announced
 */
export const stageUpload = async (
  store: R2Bucket,
  upload: UploadRow,
  parts: PartRow[],
): Promise<StagedBlob> => {
  const { storageKey, storageUploadId, sizeBytes } = upload
  if (!(await store.head(storageKey))) {
    const multipart = store.resumeMultipartUpload(storageKey, storageUploadId)
    const pieces = parts.map(({ number, etag }) => ({ partNumber: number, etag }))
    try {
      await multipart.complete(pieces)
    } catch (error) {
      // Somebody who completes it at the same time may have been quicker.
      if (!(await store.head(storageKey))) throw error
    }
  }
  const object = await store.get(storageKey)
  if (!object) throw new Problem('conflict', 'This upload was dropped; begin it again.')
  if (object.size !== sizeBytes)
    throw invalid(`${sizeBytes} bytes were announced; ${object.size} arrived. Begin again.`)
  const { sha256, sha1 } = await digestsOf(object.body)
  if (upload.sha256 && upload.sha256 !== sha256)
    throw invalid(
      `The file was announced with the SHA-256 ${upload.sha256}; what arrived has ${sha256}. ` +
        'Nothing was stored; begin the upload again.',
    )
  return {
    sizeBytes,
    sha256,
    sha1,
    read: async (offset, length) => {
      const found = await store.get(storageKey, { range: { offset, length } })
      return found ? new Uint8Array(await found.arrayBuffer()) : new Uint8Array()
    },
    keep: () =>
      settle(store, sha256, async () => {
        const staged = await store.get(storageKey)
        if (!staged) throw new Error(`the upload ${storageKey} is gone`)
        return staged.body
      }),
    discard: () => store.delete(storageKey),
  }
}
