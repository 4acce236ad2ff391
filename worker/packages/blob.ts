import { Problem } from '../http/problem.ts'
import { packageKey } from './package.ts'

/** Bodies to this size are held in memory and stored by one put. */
export const IN_MEMORY_BYTES = 8_388_608
/** All parts of a multipart upload but the last must be equally large, and at least 5 MiB. */
const PART_BYTES = 8_388_608

/** Bytes that can be read piecemeal, wherever they are. */
export type ByteSource = {
  sizeBytes: number
  read: (offset: number, length: number) => Promise<Uint8Array>
}

/** As lower-case hexadecimal digits. */
export type DigestTexts = { sha256: string; sha1: string }

/** An upload that has arrived completely but does not count yet. */
export type StagedBlob = ByteSource & {
  /** Puts it where its digest says. Twice the same content is stored once. */
  keep: () => Promise<DigestTexts>
  discard: () => Promise<void>
}

/**
 * Takes a body of unknown length. The digest, and so the place, is known only at the end, and the
 * object store can neither rename nor take a stream without its length: small bodies wait in
 * memory, larger ones go to `uploads/` part by part and are copied once they are proven good. The
 * copy runs inside the store's own network, checks the digest a second time, and spares every
 * reader a second column that says where the bytes are.
 * @throws Problem `too_large`; then, as after any failure, nothing stays stored
 */
export const receiveBlob = async (
  store: R2Bucket,
  content: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<StagedBlob> => {
  let upload: LargeUpload | undefined
  const buffer = new PartBuffer()
  let sizeBytes = 0
  try {
    for await (const chunk of content) {
      sizeBytes += chunk.byteLength
      if (sizeBytes > limit) throw tooLarge(limit)
      for (const part of buffer.add(chunk)) {
        upload ??= await LargeUpload.begin(store)
        await upload.add(part)
      }
    }
    if (!upload) return await smallBlob(store, buffer.rest())
    return await upload.finish(buffer.rest(), sizeBytes)
  } catch (error) {
    await upload?.abort()
    throw error
  }
}

export const tooLarge = (limit: number) =>
  new Problem(
    'too_large',
    `A package may be at most ${inWords(limit)} large; this one is larger. Split it, or leave out ` +
      'what the deployment does not need.',
  )

export const inWords = (bytes: number): string => {
  const units = ['bytes', 'KiB', 'MiB', 'GiB']
  const power = bytes < 1024 ? 0 : Math.min(3, Math.floor(Math.log2(bytes) / 10))
  return `${Math.round((bytes / 1024 ** power) * 10) / 10} ${units[power]}`
}

/** Cuts chunks of any size into parts of {@link PART_BYTES}. The last part is held back. */
class PartBuffer {
  #part = new Uint8Array(65_536)
  #filled = 0

  rest(): Uint8Array {
    return this.#part.subarray(0, this.#filled)
  }

  *add(chunk: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < chunk.byteLength; ) {
      if (this.#filled === PART_BYTES) {
        const full = this.#part
        this.#part = new Uint8Array(PART_BYTES)
        this.#filled = 0
        yield full
      }
      const taken = chunk.subarray(at, at + PART_BYTES - this.#filled)
      this.#make(this.#filled + taken.byteLength)
      this.#part.set(taken, this.#filled)
      this.#filled += taken.byteLength
      at += taken.byteLength
    }
  }

  #make(room: number): void {
    if (room <= this.#part.byteLength) return
    const larger = new Uint8Array(Math.min(PART_BYTES, Math.max(room, this.#part.byteLength * 4)))
    larger.set(this.#part.subarray(0, this.#filled))
    this.#part = larger
  }
}

/** An object that is younger than this is safe from {@link ORPHAN_MS}'s sweep, in milliseconds. */
const FRESH_MS = 43_200_000
/** An object that no row names is swept when it is older than this, in milliseconds. */
export const ORPHAN_MS = 86_400_000

/** Whether content lies where its digest says, and will stay. An old object is put anew, since it
 *  may be about to be swept as an orphan while the row that names it is being written. */
export const isSettled = async (store: R2Bucket, sha256: string): Promise<boolean> => {
  const there = await store.head(packageKey(sha256))
  return there !== null && Date.now() - there.uploaded.getTime() < FRESH_MS
}

const settle = async (
  store: R2Bucket,
  sha256: string,
  content: () => Promise<Uint8Array | ReadableStream>,
): Promise<void> => {
  if (await isSettled(store, sha256)) return
  await store.put(packageKey(sha256), await content(), { sha256 })
}

/** SHA-256 and SHA-1 of bytes that come bit by bit. */
export class Digests {
  readonly #digests = [new crypto.DigestStream('SHA-256'), new crypto.DigestStream('SHA-1')]
  readonly #writers = this.#digests.map(digest => digest.getWriter())

  async add(bytes: Uint8Array): Promise<void> {
    await Promise.all(this.#writers.map(writer => writer.write(bytes)))
  }

  async end(): Promise<DigestTexts> {
    await Promise.all(this.#writers.map(writer => writer.close()))
    const [sha256, sha1] = await Promise.all(this.#digests.map(digest => digest.digest))
    if (!sha256 || !sha1) throw new Error('a digest is missing')
    return { sha256: hex(sha256), sha1: hex(sha1) }
  }

  /** They are not wanted any more. */
  async drop(): Promise<void> {
    for (const digest of this.#digests) digest.digest.catch(() => {})
    await Promise.all(this.#writers.map(writer => writer.abort().catch(() => {})))
  }
}

export const sha256Of = async (bytes: Uint8Array): Promise<string> =>
  hex(await crypto.subtle.digest('SHA-256', bytes as BufferSource))

const smallBlob = async (store: R2Bucket, bytes: Uint8Array): Promise<StagedBlob> => {
  const [sha256, sha1] = await Promise.all([
    crypto.subtle.digest('SHA-256', bytes),
    crypto.subtle.digest('SHA-1', bytes),
  ])
  const digest = hex(sha256)
  return {
    sizeBytes: bytes.byteLength,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
    keep: async () => {
      await settle(store, digest, async () => bytes)
      return { sha256: digest, sha1: hex(sha1) }
    },
    discard: async () => {},
  }
}

class LargeUpload {
  readonly #store: R2Bucket
  readonly #upload: R2MultipartUpload
  readonly #digests = new Digests()
  readonly #parts: R2UploadedPart[] = []
  /** One part travels while the next one fills: no more is ever held. */
  #travelling: Promise<void> = Promise.resolve()
  #isComplete = false

  constructor(store: R2Bucket, upload: R2MultipartUpload) {
    this.#store = store
    this.#upload = upload
  }

  static async begin(store: R2Bucket): Promise<LargeUpload> {
    return new LargeUpload(
      store,
      await store.createMultipartUpload(`uploads/${crypto.randomUUID()}`),
    )
  }

  async add(part: Uint8Array): Promise<void> {
    await this.#digests.add(part)
    await this.#travelling
    this.#travelling = this.#send(part)
    // Whoever awaits it next hears of a failure; until then it must not count as unhandled.
    this.#travelling.catch(() => {})
  }

  async #send(part: Uint8Array): Promise<void> {
    this.#parts.push(await this.#upload.uploadPart(this.#parts.length + 1, part))
  }

  async finish(last: Uint8Array, sizeBytes: number): Promise<StagedBlob> {
    await this.add(last)
    await this.#travelling
    const digests = await this.#digests.end()
    await this.#upload.complete(this.#parts)
    this.#isComplete = true
    const store = this.#store
    const { key } = this.#upload
    return {
      sizeBytes,
      read: async (offset, length) => {
        const found = await store.get(key, { range: { offset, length } })
        return found ? new Uint8Array(await found.arrayBuffer()) : new Uint8Array()
      },
      keep: async () => {
        await settle(store, digests.sha256, async () => {
          const staged = await store.get(key)
          if (!staged) throw new Error(`the upload ${key} is gone`)
          return staged.body
        })
        await store.delete(key)
        return digests
      },
      discard: () => store.delete(key),
    }
  }

  /** Best effort: what is left behind is swept with other orphans. */
  async abort(): Promise<void> {
    await this.#travelling.catch(() => {})
    await (this.#isComplete ? this.#store.delete(this.#upload.key) : this.#upload.abort()).catch(
      () => {},
    )
    await this.#digests.drop()
  }
}

const hex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), byte => byte.toString(16).padStart(2, '0')).join('')
