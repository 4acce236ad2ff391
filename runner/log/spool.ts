import { createHash } from 'node:crypto'
import { closeSync, fdatasyncSync, ftruncateSync, openSync } from 'node:fs'
import { writeAll } from '../durable.ts'
import { SPOOL_HEAD_BYTES, SPOOL_TAIL_BYTES } from '../protocol/limits.ts'
import { formatRecord } from '../protocol/log-record.ts'

const LINE_FEED = 0x0a
const BATCH_CHARACTERS = 262_144

export type SpoolOptions = {
  path: string
  now: () => number
  /** Bytes of whole records now on disk; told once a turn of the event loop at most. */
  onGrown?: (bytes: number) => void
  headBytes?: number
  tailBytes?: number
}

/**
 * A step's log on disk: whole records, appended. Past `headBytes` only the newest `tailBytes` are
 * kept, in memory; at the end one gap record says what is missing between the two, so what was
 * once written is never taken back. A full disk counts as the end of the head. Nothing here throws
 * or waits: a step never suffers from its log.
 */
export class Spool {
  readonly #options: SpoolOptions
  readonly #descriptor: number
  readonly #hash = createHash('sha256')
  #headBytes: number
  #size = 0
  #batch: string[] = []
  #batchCharacters = 0
  #scheduled = false
  #tail: Buffer[] = []
  #tailSize = 0
  #reason: 'too-long' | 'no-space' = 'too-long'
  readonly #gapHash = createHash('sha256')
  #gapBytes = 0
  #gapLines = 0

  constructor(options: SpoolOptions) {
    this.#options = options
    this.#headBytes = options.headBytes ?? SPOOL_HEAD_BYTES
    this.#descriptor = openSync(options.path, 'w', 0o600)
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
    const bytes = Buffer.from(this.#batch.join(''))
    this.#batch = []
    this.#batchCharacters = 0
    const fits = this.#fitting(bytes)
    const before = this.#size
    if (fits > 0) this.#write(bytes.subarray(0, fits))
    if (this.#size === before) this.#keepInTail(bytes)
    else {
      this.#keepInTail(bytes.subarray(fits))
      this.#options.onGrown?.(this.#size)
    }
  }

  /** Writes what is left and closes: the log is complete and durable. */
  finish(): { finalOffset: number; sha256: string } {
    this.flush()
    if (this.#gapBytes > 0) this.#write(Buffer.from(this.#gapRecord()))
    for (const bytes of this.#tail) this.#write(bytes)
    this.#tail = []
    this.#sync()
    closeSync(this.#descriptor)
    return { finalOffset: this.#size, sha256: this.#hash.digest('hex') }
  }

  #sync(): void {
    try {
      fdatasyncSync(this.#descriptor)
    } catch {
      // A log that may be lost in a power cut is no reason to lose the result now.
    }
  }

  /** How many bytes of whole records still belong to the head. */
  #fitting(bytes: Buffer): number {
    if (this.#tailSize > 0 || this.#gapBytes > 0) return 0
    const room = this.#headBytes - this.#size
    if (bytes.length <= room) return bytes.length
    return room <= 0 ? 0 : bytes.lastIndexOf(LINE_FEED, room - 1) + 1
  }

  #write(bytes: Buffer): void {
    try {
      writeAll(this.#descriptor, bytes)
      this.#hash.update(bytes)
      this.#size += bytes.length
    } catch {
      this.#reason = 'no-space'
      this.#headBytes = this.#size
      this.#undo()
    }
  }

  /** A write that failed half-way must not leave half a record. */
  #undo(): void {
    try {
      ftruncateSync(this.#descriptor, this.#size)
    } catch {
      // The size is right in what we report; a reader stops there.
    }
  }

  #keepInTail(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#tail.push(bytes)
    this.#tailSize += bytes.length
    const limit = this.#options.tailBytes ?? SPOOL_TAIL_BYTES
    while (this.#tailSize > limit) {
      const oldest = this.#tail.shift() as Buffer
      this.#tailSize -= oldest.length
      this.#gapHash.update(oldest)
      this.#gapBytes += oldest.length
      for (let at = oldest.indexOf(LINE_FEED); at !== -1; at = oldest.indexOf(LINE_FEED, at + 1))
        this.#gapLines += 1
    }
  }

  #gapRecord(): string {
    return formatRecord({
      level: 'warning',
      at: this.#options.now(),
      text: `${this.#gapLines} lines (${this.#gapBytes} bytes) of output are left out here.`,
      gap: {
        bytes: this.#gapBytes,
        lines: this.#gapLines,
        sha256: this.#gapHash.digest('hex'),
        reason: this.#reason,
      },
    })
  }
}
