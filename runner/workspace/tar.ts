import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract, type Header } from 'tar-stream'
import { ArchiveError, type Staging } from './staging.ts'

const KINDS: Partial<Record<NonNullable<Header['type']>, string>> = {
  link: 'hard link',
  symlink: 'symbolic link',
  'character-device': 'device',
  'block-device': 'device',
  fifo: 'named pipe',
}
/** Says something about the entries after it, which the reader has taken in already. */
const REMARKS = new Set(['pax-header', 'pax-global-header', 'gnu-long-path', 'gnu-long-link-path'])

export const extractTar = async (
  path: string,
  staging: Staging,
  compression: 'gzip' | 'none',
): Promise<void> => {
  const reader = extract()
  const unpack = async () => {
    for await (const entry of reader) {
      await extractEntry(entry.header, entry as unknown as Readable, staging)
      entry.resume()
    }
  }
  const source = createReadStream(path)
  const input =
    compression === 'gzip' ? pipeline(source, createGunzip(), reader) : pipeline(source, reader)
  const done = unpack().catch((error: unknown) => {
    source.destroy()
    reader.destroy()
    throw error
  })
  const [unpacked, read] = await Promise.allSettled([done, input])
  const failure = [unpacked, read].find(one => one.status === 'rejected')?.reason as unknown
  if (failure === undefined) return
  if (failure instanceof ArchiveError || isFromSystem(failure)) throw failure
  throw new ArchiveError(`The archive cannot be read: ${String(failure)}.`)
}

const extractEntry = async (header: Header, body: Readable, staging: Staging) => {
  const { name, type } = header
  const kind = type && KINDS[type]
  if (kind) staging.skip(name, kind)
  else if (type === 'directory') staging.addFolder(name)
  else if (type === 'file' || type === 'contiguous-file' || type === undefined || type === null)
    await staging.addFile(name, body, header.mode ?? 0o644, header.mtime ?? new Date(0))
  else if (!REMARKS.has(type)) staging.skip(name, `entry of the kind ${type}`)
}

const isFromSystem = (error: unknown) =>
  error instanceof Error && 'syscall' in error && 'errno' in error
