import type { LogChunk } from '../tasks/log.ts'
import { free } from './free.ts'
import { type ChunkRow, chunkOf, type LogStore } from './log-store.ts'
import { isLateNode } from './whereabouts.ts'

const PAGE_BYTES = 1_048_576
/** After so many bytes others have their turn, and memory is given back. */
const TURN_BYTES = 8_388_608
/** A sealed log up to this size is fetched whole when somebody reads it. */
const WHOLE_BYTES = 8_388_608

export const logKey = (deployment: string) => `logs/${deployment}`

/**
 * The sealed object: before each chunk a line of JSON that says what it is, so that the log can be
 * read without anything else.
 */
function* pieces(
  log: LogStore,
  upTo: number,
): Generator<{ row: ChunkRow; head: Uint8Array; bytes: Uint8Array }> {
  const encoder = new TextEncoder()
  let after = 0
  for (;;) {
    const rows = log.page(after, Number.POSITIVE_INFINITY, PAGE_BYTES)
    if (rows.length === 0) return
    for (const row of rows) {
      const { seq, node, attempt, offset, size, first_line, lines, received_at } = row
      const head = {
        seq,
        node,
        attempt,
        offset,
        size,
        firstLine: first_line,
        lines,
        receivedAt: received_at,
      }
      if (seq > upTo) return
      after = seq
      // It may still come, also after the seal: it stays where it is.
      if (isLateNode(node)) continue
      yield {
        row,
        head: encoder.encode(`${JSON.stringify(head)}\n`),
        bytes: new Uint8Array(row.bytes ?? new ArrayBuffer(0)),
      }
    }
  }
}

/**
 * Puts a finished log into the object store, once: an object that is there already must be the same
 * one. The rows are dropped only after the store has confirmed the digest.
 * @param upTo the last row that belongs to it; the same in each try, whatever is noted meanwhile
 * @throws Error when the store has another log under this name; nothing is dropped then
 */
export const sealLog = async (
  store: R2Bucket,
  key: string,
  log: LogStore,
  upTo: number,
): Promise<void> => {
  const places: [number, number][] = []
  const digest = new crypto.DigestStream('SHA-256')
  const hashing = digest.getWriter()
  let size = 0
  for await (const { row, head, bytes } of inTurns(pieces(log, upTo))) {
    places.push([row.seq, size + head.byteLength])
    size += head.byteLength + row.size
    await hashing.write(head)
    await hashing.write(bytes)
    free(row.bytes)
  }
  await hashing.close()
  const sha256 = new Uint8Array(await digest.digest)

  const { readable, writable } = new FixedLengthStream(size)
  const writing = pour(log, upTo, writable)
  const put = store.put(key, readable, { sha256, onlyIf: new Headers({ 'If-None-Match': '*' }) })
  await Promise.all([put, writing.catch(() => undefined)])
  const found = await store.head(key)
  const stored = found?.checksums.sha256
  if (!stored || !equal(new Uint8Array(stored), sha256))
    throw new Error(`${key} in the object store is not the log that was sealed`)
  log.dropBytes(places)
}

const pour = async (
  log: LogStore,
  upTo: number,
  writable: WritableStream<Uint8Array>,
): Promise<void> => {
  const writer = writable.getWriter()
  for await (const { row, head, bytes } of inTurns(pieces(log, upTo))) {
    await writer.write(head)
    await writer.write(bytes)
    free(row.bytes)
  }
  await writer.close()
}

async function* inTurns<P extends { bytes: Uint8Array }>(all: Iterable<P>): AsyncGenerator<P> {
  let bytes = 0
  for (const piece of all) {
    bytes += piece.bytes.byteLength
    yield piece
    if (bytes < TURN_BYTES) continue
    bytes = 0
    await scheduler.wait(0)
  }
}

const equal = (left: Uint8Array, right: Uint8Array) =>
  left.byteLength === right.byteLength && left.every((byte, index) => byte === right[index])

/** Chunks with their text, from the rows or, once sealed, from the object store. */
export class LogReader {
  readonly #store: R2Bucket
  readonly #key: string
  #whole: Promise<ArrayBuffer | undefined> | undefined

  constructor(store: R2Bucket, key: string) {
    this.#store = store
    this.#key = key
  }

  async read(rows: ChunkRow[]): Promise<LogChunk[]> {
    const chunks: LogChunk[] = []
    for (const row of rows) {
      chunks.push(chunkOf(row, row.bytes ?? (await this.#fetch(row))))
      free(row.bytes)
    }
    return chunks
  }

  async #fetch({ sealed_at, size }: ChunkRow): Promise<Uint8Array> {
    this.#whole ??= this.#fetchWhole()
    const whole = await this.#whole
    const offset = sealed_at ?? 0
    if (whole) return new Uint8Array(whole, offset, size)
    const part = await this.#store.get(this.#key, { range: { offset, length: size } })
    if (!part) throw new Error(`${this.#key} is missing from the object store`)
    return new Uint8Array(await part.arrayBuffer())
  }

  async #fetchWhole(): Promise<ArrayBuffer | undefined> {
    const found = await this.#store.head(this.#key)
    if (!found || found.size > WHOLE_BYTES) return undefined
    return (await this.#store.get(this.#key))?.arrayBuffer()
  }
}
