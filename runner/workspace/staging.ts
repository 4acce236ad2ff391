import {
  closeSync,
  constants,
  createWriteStream,
  futimesSync,
  mkdirSync,
  openSync,
  rmSync,
  utimesSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { writeAll } from '../durable.ts'
import { patiently } from './patience.ts'

export type ExtractionLimits = { maxEntries: number; maxBytes: number; maxRatio: number }

export const EXTRACTION_LIMITS: ExtractionLimits = {
  maxEntries: 200_000,
  maxBytes: 20 * 1024 ** 3,
  maxRatio: 250,
}

/** So much may be unpacked before the ratio counts: small files compress wonderfully. */
const RATIO_FROM_BYTES = 100 * 1024 * 1024

/** The archive is not to be trusted or not to be read; nothing of it may be used. */
export class ArchiveError extends Error {}

/** Opens what the bytes of a new file go to. */
export type WriteFile = (path: string, descriptor: number) => Writable

export const isFromSystem = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error && 'errno' in error

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no room left on the disk',
  EDQUOT: 'the quota of the disk is used up',
  EFBIG: 'a file is larger than this system allows',
  EEXIST: 'two entries differ in case or accents only, which is one name on this file system',
  ENOTDIR: 'one entry is a file and also a folder',
  EISDIR: 'one entry is a file and also a folder',
  ENAMETOOLONG: 'a name is too long for this file system',
}

/** What the system refused while an archive was unpacked, in words that help. */
export const explained = (error: unknown, folder: string): unknown => {
  if (!isFromSystem(error)) return error
  const reason = REASONS[error.code ?? '']
  if (!reason) return error
  const advice = /^(ENOSPC|EDQUOT)$/.test(error.code ?? '')
    ? ' Free some space there and run the step again.'
    : ''
  return new ArchiveError(
    `The package cannot be extracted to ${folder}: ${reason}. Nothing of it is left.${advice}`,
  )
}

/**
 * A fresh folder that an archive is unpacked into. Nothing but plain files and folders is ever
 * made in it, so no path in it can lead out of it; a file is opened exclusively, without following
 * links.
 */
export class Staging {
  readonly warnings: string[] = []
  fileCount = 0
  readonly #root: string
  readonly #archiveBytes: number
  readonly #limits: ExtractionLimits
  readonly #writeFile: WriteFile
  readonly #files = new Set<string>()
  readonly #folders = new Set<string>()
  #entries = 0
  #bytes = 0

  /** `root` must be new and ours alone; `archiveBytes` is what the archive takes on disk. */
  constructor(
    root: string,
    archiveBytes: number,
    limits = EXTRACTION_LIMITS,
    writeFile: WriteFile = (path, fd) => createWriteStream(path, { fd }),
  ) {
    this.#root = root
    this.#archiveBytes = archiveBytes
    this.#limits = limits
    this.#writeFile = writeFile
    mkdirSync(root, { recursive: true, mode: 0o755 })
  }

  /** Refuses by its table of contents what need not be begun. Entries that share their bytes are
   *  how a small archive is made to hold anything.
   *  @param packedBytes what all entries take in the archive */
  announce(entries: number, packedBytes: number, bytes: number): void {
    this.#checkEntries(entries)
    if (packedBytes > this.#archiveBytes)
      throw new ArchiveError('The archive cannot be trusted: its entries overlap each other.')
    this.#checkTotal(bytes)
  }

  addFolder(name: string): void {
    this.#count()
    this.#makeFolder(this.#resolve(name))
  }

  /** A file that is at hand as a whole: quick, for the many that are small. */
  addBytes(name: string, bytes: Buffer, mode: number, modifiedAt: Date): void {
    this.#checkBytes(bytes.length)
    const { fd } = this.#open(name, mode)
    try {
      writeAll(fd, bytes)
      if (modifiedAt.getTime() > 0) futimesSync(fd, modifiedAt, modifiedAt)
    } finally {
      closeSync(fd)
    }
  }

  async addFile(name: string, body: Readable, mode: number, modifiedAt: Date): Promise<void> {
    const { fd, path } = this.#open(name, mode)
    const check = (chunk: Buffer) => this.#checkBytes(chunk.length)
    await pipeline(
      body,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          check(chunk)
          yield chunk
        }
      },
      this.#writeFile(path, fd),
    )
    if (modifiedAt.getTime() > 0) utimesSync(path, modifiedAt, modifiedAt)
  }

  /** Opens a new file, which may be nothing else. */
  #open(name: string, mode: number): { fd: number; path: string } {
    this.#count()
    const path = this.#resolve(name)
    if (path === this.#root) throw new ArchiveError(`The entry ${show(name)} has no name.`)
    this.#makeFolder(dirname(path))
    if (this.#folders.has(path)) throw this.#isBoth(path)
    // A name that comes twice: the last one counts.
    if (this.#files.has(path)) patiently(() => rmSync(path))
    else this.fileCount += 1
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
    const fd = patiently(() => openSync(path, flags, (mode & 0o755) | 0o600))
    this.#files.add(path)
    return { fd, path }
  }

  /** Links, devices and the like are left out. */
  skip(name: string, kind: string): void {
    this.#count()
    this.#resolve(name)
    if (this.warnings.length < 100)
      this.warnings.push(`${show(name)} is a ${kind}: it is not extracted.`)
  }

  #count(): void {
    this.#entries += 1
    this.#checkEntries(this.#entries)
  }

  #checkEntries(count: number): void {
    if (count > this.#limits.maxEntries)
      throw new ArchiveError(`The archive has more than ${this.#limits.maxEntries} entries.`)
  }

  #checkBytes(count: number): void {
    this.#bytes += count
    this.#checkTotal(this.#bytes)
  }

  #checkTotal(bytes: number): void {
    const { maxBytes, maxRatio } = this.#limits
    if (bytes > maxBytes) throw new ArchiveError(`The archive holds more than ${maxBytes} bytes.`)
    if (bytes > RATIO_FROM_BYTES && bytes > this.#archiveBytes * maxRatio)
      throw new ArchiveError(`The archive unpacks to more than ${maxRatio} times its size.`)
  }

  #makeFolder(path: string): void {
    if (this.#folders.has(path)) return
    for (let each = path; each.length >= this.#root.length; each = dirname(each)) {
      if (this.#folders.has(each)) break
      if (this.#files.has(each)) throw this.#isBoth(each)
      this.#folders.add(each)
    }
    mkdirSync(path, { recursive: true, mode: 0o755 })
  }

  #isBoth(path: string): ArchiveError {
    const name = show(path.slice(this.#root.length + 1))
    return new ArchiveError(`The entry ${name} is both a file and a folder.`)
  }

  #resolve(name: string): string {
    const path = name.replaceAll('\\', '/')
    const parts = path.split('/').filter(part => part !== '' && part !== '.')
    const leads = path.startsWith('/') || /^[A-Za-z]:/.test(path) || parts.includes('..')
    if (leads || path.includes('\0'))
      throw new ArchiveError(
        `The entry ${show(name)} would leave its folder: nothing is extracted.`,
      )
    const isTooLong = parts.some(part => Buffer.byteLength(part) > 255)
    if (isTooLong || Buffer.byteLength(path) > 3_000)
      throw new ArchiveError(`The name of the entry ${show(name)} is too long for a file.`)
    const full = join(this.#root, ...parts)
    return full
  }
}

const show = (name: string) => JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}…` : name)
