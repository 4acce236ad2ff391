import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isDigest, packagesInUse, removeCached } from './cached-package.ts'

const MAX_BYTES = 10 * 1024 ** 3
const HALF_DOWNLOADED_MS = 86_400_000

/** Packages on this machine, by SHA-256. What is in it has been checked when it came and is
 *  checked again before it is used. */
export class PackageCache {
  readonly #folder: string
  readonly #maxBytes: number

  constructor(folder: string, maxBytes = MAX_BYTES) {
    this.#folder = folder
    this.#maxBytes = maxBytes
  }

  path(sha256: string): string {
    return join(this.#folder, sha256)
  }

  /** Whether it is here, whole; what is here but damaged is removed. */
  async has(sha256: string): Promise<boolean> {
    const path = this.path(sha256)
    try {
      const hash = createHash('sha256')
      await pipeline(createReadStream(path), hash)
      if (hash.digest('hex') === sha256) {
        const now = new Date()
        await utimes(path, now, now)
        return true
      }
    } catch {
      return false
    }
    await rm(path, { force: true })
    return false
  }

  /** Throws when the bytes are others than these, or more. */
  async add(sha256: string, sizeBytes: number, body: Readable): Promise<void> {
    await this.#makeRoom(sizeBytes)
    const temporary = join(this.#folder, `.${sha256}.${randomBytes(6).toString('hex')}`)
    const hash = createHash('sha256')
    let size = 0
    try {
      await pipeline(
        body,
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            size += chunk.length
            if (size > sizeBytes) throw new Error(`more than the promised ${sizeBytes} bytes came`)
            hash.update(chunk)
            yield chunk
          }
        },
        createWriteStream(temporary, { mode: 0o600, flags: 'wx', flush: true }),
      )
      const digest = hash.digest('hex')
      if (size !== sizeBytes || digest !== sha256) {
        throw new Error(
          `expected ${sizeBytes} bytes with SHA-256 ${sha256}, found ${size} with ${digest}`,
        )
      }
      await rename(temporary, this.path(sha256))
    } finally {
      await rm(temporary, { force: true })
    }
  }

  /** The least recently used go first, but none that a step is using; so do downloads that stopped
   *  half-way long ago. */
  async #makeRoom(bytes: number): Promise<void> {
    const inUse = packagesInUse(this.#folder)
    const names = await readdir(this.#folder)
    const found = await Promise.all(
      names
        .filter(name => isDigest(name) || name.startsWith('.'))
        .map(async name => {
          const file = await stat(join(this.#folder, name)).catch(() => undefined)
          return file && { name, size: file.size, mtimeMs: file.mtimeMs }
        }),
    )
    const files = found.filter(file => file !== undefined)
    let total = bytes + files.reduce((sum, { size }) => sum + size, 0)
    for (const file of files.sort((left, right) => left.mtimeMs - right.mtimeMs)) {
      const isArriving = file.name.startsWith('.')
      const isOld = Date.now() - file.mtimeMs > HALF_DOWNLOADED_MS
      const stays = isArriving ? !isOld : total <= this.#maxBytes || inUse.has(file.name)
      if (stays) continue
      if (isArriving) await rm(join(this.#folder, file.name), { force: true })
      else removeCached(this.#folder, file.name)
      total -= file.size
    }
  }
}
