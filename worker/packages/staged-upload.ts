import { invalid, Problem } from '../http/problem.ts'
import { Digests, type DigestTexts, isSettled, type StagedBlob } from './blob.ts'
import { packageKey } from './package.ts'
import type { UploadRow } from './upload-session.ts'
import type { PartRow } from './upload-store.ts'

/** How much of a staged upload is held at once, twice over, in bytes. 4 GiB are 256 such ranges: the
 *  platform limits the calls that one request may make, and its memory. */
const RANGE_BYTES = 16_777_216

/**
 * Puts the parts together, unless that was done before. What it answers may be asked for again
 * until the package's row is stored.
 * @throws Problem `conflict` when the upload was dropped, `invalid` when it has another size
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
  const object = await store.head(storageKey)
  if (!object) throw new Problem('conflict', 'This upload was dropped; begin it again.')
  if (object.size !== sizeBytes)
    throw invalid(`${sizeBytes} bytes were announced; ${object.size} arrived. Begin again.`)
  const read = async (offset: number, length: number) => {
    const found = await store.get(storageKey, { range: { offset, length } })
    return found ? new Uint8Array(await found.arrayBuffer()) : new Uint8Array()
  }
  return {
    sizeBytes,
    read,
    keep: async () => {
      const expected = upload.sha256 || (await pass({ sizeBytes, read })).sha256
      return settleRanges(store, { sizeBytes, read }, expected)
    },
    discard: () => store.delete(storageKey),
  }
}

type Source = Pick<StagedBlob, 'sizeBytes' | 'read'>

/** Reads all of it once, the next range while the last one is worked on. */
const pass = async (
  { sizeBytes, read }: Source,
  use: (bytes: Uint8Array, index: number) => Promise<void> = async () => {},
): Promise<DigestTexts> => {
  const digests = new Digests()
  const range = (index: number) =>
    read(index * RANGE_BYTES, Math.min(RANGE_BYTES, sizeBytes - index * RANGE_BYTES))
  const count = Math.ceil(sizeBytes / RANGE_BYTES)
  let next = range(0)
  for (let index = 0; index < count; index++) {
    const bytes = await next
    if (index + 1 < count) next = range(index + 1)
    next.catch(() => {}) // Whoever awaits it hears of it.
    await Promise.all([digests.add(bytes), use(bytes, index)])
  }
  return digests.end()
}

/**
 * Copies and verifies in one pass: the object comes to be only when the whole has the digest that
 * is its name.
 * @throws Problem `invalid` when it has another
 */
const settleRanges = async (
  store: R2Bucket,
  source: Source,
  expected: string,
): Promise<DigestTexts> => {
  const copy = (await isSettled(store, expected))
    ? undefined
    : await store.createMultipartUpload(packageKey(expected))
  const parts: R2UploadedPart[] = []
  try {
    const found = await pass(source, async (bytes, index) => {
      if (copy) parts.push(await copy.uploadPart(index + 1, bytes))
    })
    if (found.sha256 !== expected)
      throw invalid(
        `The file was announced with the SHA-256 ${expected}; what arrived has ${found.sha256}. ` +
          'Nothing was stored; begin the upload again.',
      )
    await copy?.complete(parts)
    return found
  } catch (error) {
    await copy?.abort().catch(() => {})
    throw error
  }
}
