import { invalid, Problem } from '../http/problem.ts'
import { fileNameIn, parameter } from './content-disposition.ts'

const HEADER_BYTES = 16_384
const FIELD_BYTES = 65_536
const MAX_PARTS = 50
/** RFC 2046 says 70; some clients write a little more. */
const BOUNDARY_LENGTH = 200

export type FilePart = {
  fileName: string
  /** To be read to its end; it throws when the body ends before the closing boundary. */
  content: AsyncIterable<Uint8Array>
}

export const boundaryOf = (contentType: string): string | undefined =>
  /^multipart\//i.test(contentType.trim()) ? (parameter(contentType, 'boundary') ?? '') : undefined

/**
 * The first file of a multipart body, whatever its field is called, while it arrives: what is held
 * in memory is one chunk and a delimiter's length. Fields before it are skipped; what follows it
 * is read away, because only the closing boundary proves that nothing was cut off.
 * @throws Problem `invalid` for a body that is cut short or holds no file
 */
export const firstFile = async (
  body: AsyncIterable<Uint8Array>,
  boundary: string,
): Promise<FilePart> => {
  if (boundary === '' || boundary.length > BOUNDARY_LENGTH)
    throw invalid(
      `A multipart body names its boundary, of at most ${BOUNDARY_LENGTH} characters, in the ` +
        'Content-Type header.',
    )
  const scanner = new Scanner(body, boundary)
  await skip(scanner.upToBoundary(), FIELD_BYTES)
  for (let part = 0; part < MAX_PARTS; part++) {
    if (await scanner.isClosed())
      throw invalid('The multipart body holds no file; send the package as a file part.')
    const headers = await scanner.headers()
    const disposition = headers.get('content-disposition') ?? ''
    const fileName = fileNameIn(disposition)
    const isBytes = /octet-stream|zip/i.test(headers.get('content-type') ?? '')
    if (fileName !== undefined || isBytes)
      return {
        fileName: fileName ?? parameter(disposition, 'name') ?? '',
        content: contentOf(scanner),
      }
    await skip(scanner.upToBoundary(), FIELD_BYTES)
  }
  throw invalid(`No file was found among the first ${MAX_PARTS} parts of the multipart body.`)
}

async function* contentOf(scanner: Scanner): AsyncGenerator<Uint8Array> {
  yield* scanner.upToBoundary()
  for (let part = 0; part < MAX_PARTS; part++) {
    if (await scanner.isClosed()) return scanner.end()
    await scanner.headers()
    await skip(scanner.upToBoundary(), FIELD_BYTES)
  }
  throw invalid(`More than ${MAX_PARTS} parts follow the file in the multipart body.`)
}

const skip = async (bytes: AsyncIterable<Uint8Array>, limit: number): Promise<void> => {
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.byteLength
    if (size > limit)
      throw new Problem('too_large', `A field beside the package holds more than ${limit} bytes.`)
  }
}

class Scanner {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #delimiter: Uint8Array
  /** Starts with the line break that a boundary at the very beginning does not have. */
  #pending: Uint8Array = new Uint8Array([13, 10])

  constructor(body: AsyncIterable<Uint8Array>, boundary: string) {
    this.#source = body[Symbol.asyncIterator]()
    this.#delimiter = new TextEncoder().encode(`\r\n--${boundary}`)
  }

  /** Everything before the next boundary, which is taken away with it. */
  async *upToBoundary(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = indexOf(this.#pending, this.#delimiter)
      if (at !== -1) {
        const last = this.#pending.subarray(0, at)
        this.#pending = this.#pending.subarray(at + this.#delimiter.byteLength)
        if (last.byteLength > 0) yield last
        return
      }
      const certain = this.#pending.byteLength - this.#delimiter.byteLength + 1
      if (certain > 0) {
        const chunk = this.#pending.subarray(0, certain)
        this.#pending = this.#pending.subarray(certain)
        yield chunk
      }
      await this.#more()
    }
  }

  /** After a boundary: whether it was the closing one. */
  async isClosed(): Promise<boolean> {
    while (this.#pending.byteLength < 2) await this.#more()
    return this.#pending[0] === 45 && this.#pending[1] === 45
  }

  async headers(): Promise<Map<string, string>> {
    const end = new TextEncoder().encode('\r\n\r\n')
    let at = indexOf(this.#pending, end)
    while (at === -1) {
      if (this.#pending.byteLength > HEADER_BYTES)
        throw invalid(`The headers of a part may hold ${HEADER_BYTES} bytes; these hold more.`)
      await this.#more()
      at = indexOf(this.#pending, end)
    }
    const text = new TextDecoder().decode(this.#pending.subarray(0, at))
    this.#pending = this.#pending.subarray(at + 4)
    const headers = new Map<string, string>()
    for (const line of text.split('\r\n')) {
      const colon = line.indexOf(':')
      if (colon > 0)
        headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
    }
    return headers
  }

  /** Reads away what comes after the closing boundary. */
  async end(): Promise<void> {
    let size = this.#pending.byteLength
    this.#pending = new Uint8Array()
    for (;;) {
      const { done, value } = await this.#source.next()
      if (done) return
      size += value.byteLength
      if (size > FIELD_BYTES)
        throw invalid('The multipart body goes on after its closing boundary.')
    }
  }

  async #more(): Promise<void> {
    const { done, value } = await this.#source.next()
    if (done) throw truncated()
    this.#pending = this.#pending.byteLength === 0 ? value : joined(this.#pending, value)
  }
}

export const truncated = () =>
  invalid(
    'The upload ended before all of it had arrived. Nothing was stored; please send it again.',
  )

const joined = (head: Uint8Array, tail: Uint8Array): Uint8Array => {
  const whole = new Uint8Array(head.byteLength + tail.byteLength)
  whole.set(head)
  whole.set(tail, head.byteLength)
  return whole
}

const indexOf = (bytes: Uint8Array, pattern: Uint8Array): number => {
  const first = pattern[0] ?? 0
  const last = bytes.byteLength - pattern.byteLength
  for (let at = bytes.indexOf(first); at !== -1 && at <= last; at = bytes.indexOf(first, at + 1)) {
    let length = 1
    while (length < pattern.byteLength && bytes[at + length] === pattern[length]) length++
    if (length === pattern.byteLength) return at
  }
  return -1
}
