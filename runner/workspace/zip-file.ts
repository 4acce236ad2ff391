import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { type Entry, fromRandomAccessReader, RandomAccessReader, type ZipFile } from 'yauzl'

const WINDOW_BYTES = 1_048_576

/** A zip on disk. The table of contents is read a megabyte at a time, not entry by entry. */
export type OpenZip = {
  zip: ZipFile
  /** Bytes from anywhere in the file; throws when there are not so many. */
  read: (position: number, length: number) => Buffer
  close: () => void
}

export const openZipFile = (path: string): Promise<OpenZip> => {
  const file = openSync(path, 'r')
  const reader = new WindowReader(path, file)
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      closeSync(file)
      reject(error)
    }
    const options = { lazyEntries: true, autoClose: false, strictFileNames: false }
    fromRandomAccessReader(reader, fstatSync(file).size, options, (error, zip) => {
      if (error) fail(error)
      else {
        // Entries lie elsewhere than the table that names them.
        const entries = new Window(file)
        const read = (position: number, length: number) => entries.read(position, length)
        resolve({ zip, read, close: () => closeSync(file) })
      }
    })
  })
}

/** What is read one after the other is read a megabyte at a time. */
class Window {
  readonly #file: number
  #bytes: Buffer = Buffer.alloc(0)
  #start = 0

  constructor(file: number) {
    this.#file = file
  }

  read(position: number, length: number): Buffer {
    const offset = position - this.#start
    if (offset < 0 || offset + length > this.#bytes.length) this.#move(position, length)
    const at = position - this.#start
    return this.#bytes.subarray(at, at + length)
  }

  #move(position: number, length: number): void {
    const bytes = Buffer.allocUnsafe(Math.max(length, WINDOW_BYTES))
    let filled = 0
    while (filled < bytes.length) {
      const count = readSync(this.#file, bytes, filled, bytes.length - filled, position + filled)
      if (count === 0) break
      filled += count
    }
    if (filled < length) throw new Error('it ends too early')
    this.#bytes = bytes.subarray(0, filled)
    this.#start = position
  }
}

class WindowReader extends RandomAccessReader {
  readonly #path: string
  readonly #window: Window

  constructor(path: string, file: number) {
    super()
    this.#path = path
    this.#window = new Window(file)
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    let failure: Error | null = null
    try {
      this.#window.read(position, length).copy(buffer, offset)
    } catch (error) {
      failure = error as Error
    }
    queueMicrotask(() => callback(failure))
  }

  // The name is the library's.
  override _readStreamForRange(start: number, end: number): Readable {
    return createReadStream(this.#path, { start, end: end - 1 })
  }
}

export const nextEntry = (zip: ZipFile): Promise<Entry | undefined> =>
  new Promise((resolve, reject) => {
    const settle = (action: () => void) => {
      zip.removeListener('entry', onEntry)
      zip.removeListener('end', onEnd)
      zip.removeListener('error', onError)
      action()
    }
    const onEntry = (entry: Entry) => settle(() => resolve(entry))
    const onEnd = () => settle(() => resolve(undefined))
    const onError = (error: Error) => settle(() => reject(error))
    zip.once('entry', onEntry).once('end', onEnd).once('error', onError)
    if (zip.entriesRead >= zip.entryCount) onEnd()
    else zip.readEntry()
  })

export const openEntry = (zip: ZipFile, entry: Entry): Promise<Readable> =>
  new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)))
  })
