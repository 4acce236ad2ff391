import { createHash, type Hash } from 'node:crypto'
import {
  closeSync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { writeAll } from '../durable.ts'
import { SPOOL_HEAD_BYTES, SPOOL_TAIL_BYTES } from '../protocol/limits.ts'
import { formatRecord } from '../protocol/log-record.ts'
import { Tail } from './tail.ts'

const LINE_FEED = 0x0a
const BATCH_CHARACTERS = 262_144
/** Set aside on the disk, so that a full one can still take the record that says what is missing. */
const RESERVED_BYTES = 8_192

export type SpoolOptions = {
  path: string
  now: () => number
  /** Bytes of whole records now on disk; told once a turn of the event loop at most. */
  onGrown?: (bytes: number) => void
  headBytes?: number
  tailBytes?: number
  /** So many bytes are there already, and are its beginning. */
  continueAt?: number
}

/**
 * A step's log on disk: whole records, appended. Past `headBytes` only the newest `tailBytes` are
 * kept, in memory; at the end one gap record says what is missing between the two, so what was
 * once written is never taken back. A full disk counts as the end of the head. Nothing here throws
 * or waits: a step never suffers from its log.
 */
export class Spool {
  readonly #options: SpoolOptions
  readonly #descriptor: number | undefined
  #hash = createHash('sha256')
  /** Text becomes bytes here: a chatty step would leave the memory full of what was written. */
  readonly #scratch = Buffer.allocUnsafeSlow(4 * BATCH_CHARACTERS)
  #headBytes: number
  #size = 0
  #batch: string[] = []
  #batchCharacters = 0
  #scheduled = false
  readonly #tail: Tail
  #reason: 'too-long' | 'no-space' = 'too-long'
  readonly #gapHash = createHash('sha256')
  #gapBytes = 0
  #gapLines = 0

  constructor(options: SpoolOptions) {
    this.#options = options
    this.#headBytes = options.headBytes ?? SPOOL_HEAD_BYTES
    this.#tail = new Tail(options.tailBytes ?? SPOOL_TAIL_BYTES)
    this.#descriptor = this.#open()
  }

  /** `records` end with a line feed each. */
  append(records: string): void {
    if (records === '') return
    this.#batch.push(records)
    this.#batchCharacters += records.length
    if (this.#batchCharacters > BATCH_CHARACTERS) this.flush()
    else if (!this.#scheduled) {
      this.#scheduled = true
      setImmediate(() => {
        this.#scheduled = false
        this.flush()
      })
    }
  }

  flush(): void {
    if (this.#batch.length === 0) return
    const bytes = this.#encode(this.#batch.join(''))
    this.#batch = []
    this.#batchCharacters = 0
    const fits = this.#fitting(bytes)
    const isWritten = fits > 0 && this.#write(bytes.subarray(0, fits))
    this.#tail.add(isWritten ? bytes.subarray(fits) : bytes, this.#leaveOut)
    if (isWritten) this.#options.onGrown?.(this.#size)
  }

  /** Writes what is left and closes: the log is complete and durable. */
  finish(): { finalOffset: number; sha256: string } {
    this.flush()
    rmSync(reserveOf(this.#options.path), { force: true })
    if (this.#gapBytes > 0 || this.#tail.size > 0) this.#writeEnd()
    this.#sync()
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    return { finalOffset: this.#size, sha256: this.#hash.digest('hex') }
  }

  /** What does not fit even now is missing too: the gap is the last thing to be said then. Piece by
   *  piece, since all of it at once would be in memory twice. */
  #writeEnd(): void {
    const before = { size: this.#size, hash: this.#hash.copy() }
    const pieces = [Buffer.from(this.#gapRecord()), ...this.#tail.pieces()]
    if (pieces.every(piece => this.#write(piece))) return
    this.#size = before.size
    this.#hash = before.hash
    if (this.#descriptor !== undefined) this.#undo(this.#descriptor)
    while (this.#tail.size > 0) this.#tail.dropOldest(this.#leaveOut)
    this.#write(Buffer.from(this.#gapRecord()))
  }

  #open(): number | undefined {
    try {
      const { path, continueAt } = this.#options
      if (continueAt === undefined) rmSync(path, { force: true })
      else this.#size = takeUp(path, continueAt, this.#hash)
      const descriptor = openSync(path, 'a', 0o600)
      setImmediate(() => this.#reserve())
      return descriptor
    } catch {
      this.#reason = 'no-space'
      this.#headBytes = 0
      return undefined
    }
  }

  #reserve(): void {
    const path = reserveOf(this.#options.path)
    try {
      writeFileSync(path, Buffer.alloc(RESERVED_BYTES, ' '), { mode: 0o600 })
    } catch {
      rmSync(path, { force: true })
    }
  }

  #encode(text: string): Buffer {
    if (text.length * 3 > this.#scratch.length) return Buffer.from(text)
    return this.#scratch.subarray(0, this.#scratch.write(text))
  }

  #sync(): void {
    try {
      if (this.#descriptor !== undefined) fdatasyncSync(this.#descriptor)
    } catch {
      // A log that may be lost in a power cut is no reason to lose the result now.
    }
  }

  /** How many bytes of whole records still belong to the head. */
  #fitting(bytes: Buffer): number {
    if (this.#tail.size > 0 || this.#gapBytes > 0) return 0
    const room = this.#headBytes - this.#size
    if (bytes.length <= room) return bytes.length
    return room <= 0 ? 0 : bytes.lastIndexOf(LINE_FEED, room - 1) + 1
  }

  #write(bytes: Buffer): boolean {
    if (this.#descriptor === undefined) return false
    try {
      writeAll(this.#descriptor, bytes)
      this.#hash.update(bytes)
      this.#size += bytes.length
      return true
    } catch {
      this.#reason = 'no-space'
      this.#headBytes = this.#size
      this.#undo(this.#descriptor)
      return false
    }
  }

  /** A write that failed half-way must not leave half a record, nor move where the next begins. */
  #undo(descriptor: number): void {
    try {
      ftruncateSync(descriptor, this.#size)
    } catch {
      // The size is right in what we report; a reader stops there.
    }
  }

  readonly #leaveOut = (bytes: Buffer): void => {
    this.#gapHash.update(bytes)
    this.#gapBytes += bytes.length
    for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1))
      this.#gapLines += 1
  }

  #gapRecord(): string {
    if (this.#gapBytes === 0) return ''
    const why = this.#reason === 'no-space' ? ', since the disk was full' : ''
    return formatRecord({
      level: 'warning',
      at: this.#options.now(),
      text: `${this.#gapLines} lines (${this.#gapBytes} bytes) of output are left out here${why}.`,
      gap: {
        bytes: this.#gapBytes,
        lines: this.#gapLines,
        sha256: this.#gapHash.copy().digest('hex'),
        reason: this.#reason,
      },
    })
  }
}

/** Hashes what is there and cuts off what comes after it. */
const takeUp = (path: string, size: number, hash: Hash): number => {
  const descriptor = openSync(path, 'r+')
  const buffer = Buffer.allocUnsafe(BATCH_CHARACTERS)
  let at = 0
  try {
    ftruncateSync(descriptor, size)
    for (let read = 1; read > 0; at += read) {
      read = readSync(descriptor, buffer, 0, buffer.length, at)
      hash.update(buffer.subarray(0, read))
    }
  } finally {
    closeSync(descriptor)
  }
  return at
}

const reserveOf = (path: string) => `${path}.reserve`
