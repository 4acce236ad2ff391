import { createReadStream } from 'node:fs'
import { Duplex, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract, type Header } from 'tar-stream'
import { unpackBzip2 } from './bzip2.ts'
import { unpackLzw } from './lzw.ts'
import { ArchiveError, isFromSystem, type Staging } from './staging.ts'

const KINDS: Partial<Record<NonNullable<Header['type']>, string>> = {
  link: 'hard link',
  symlink: 'symbolic link',
  'character-device': 'device',
  'block-device': 'device',
  fifo: 'named pipe',
}
/** Says something about the entries after it, which the reader has taken in already. */
const REMARKS = new Set(['pax-header', 'pax-global-header', 'gnu-long-path', 'gnu-long-link-path'])

/** Tools of old do not say which form they write; the checksum of each entry is there nevertheless. */
const READING = { allowUnknownFormat: true, highWaterMark: 65_536 }

/** Makes a tar of what is in the file. */
export type Unpack = () => Duplex

export const gunzip: Unpack = () => createGunzip()
export const bunzip2: Unpack = () => Duplex.from(unpackBzip2)
export const uncompress: Unpack = () => Duplex.from(unpackLzw)

export const extractTar = async (
  path: string,
  staging: Staging,
  unpack?: Unpack,
): Promise<void> => {
  const reader = extract(READING)
  const takeEntries = async () => {
    for await (const entry of reader) {
      await extractEntry(entry.header, entry as unknown as Readable, staging)
      entry.resume()
    }
  }
  const source = createReadStream(path)
  const input = unpack ? pipeline(source, unpack(), reader) : pipeline(source, reader)
  const done = takeEntries().catch((error: unknown) => {
    source.destroy()
    reader.destroy()
    throw error
  })
  const [taken, read] = await Promise.allSettled([done, input])
  const failures = [taken, read].flatMap(one =>
    one.status === 'rejected' ? [one.reason as unknown] : [],
  )
  if (failures.length === 0) return
  // What we find fault with ourselves says more than the pipe that broke of it.
  throw (
    failures.find(isOurs) ?? new ArchiveError(`The archive cannot be read: ${reason(failures)}.`)
  )
}

const isOurs = (failure: unknown) => failure instanceof ArchiveError || isFromSystem(failure)

const reason = ([failure]: readonly unknown[]) =>
  failure instanceof Error ? failure.message.replace(/\.$/, '') : String(failure)

const extractEntry = async (header: Header, body: Readable, staging: Staging) => {
  const { name, type, size } = header
  if (!Number.isSafeInteger(size) || (size as number) < 0)
    throw new ArchiveError('The archive cannot be read: an entry has an impossible size.')
  const kind = type && KINDS[type]
  if (kind) staging.skip(name, kind)
  else if (type === 'directory') staging.addFolder(name)
  else if (type === 'file' || type === 'contiguous-file' || type === undefined || type === null)
    await addFile(name, body, header, staging)
  else if (!REMARKS.has(type)) staging.skip(name, `entry of the kind ${type}`)
}

const SMALL_BYTES = 262_144

/** Small files are taken as a whole, which is much quicker than a stream for each. */
const addFile = async (name: string, body: Readable, header: Header, staging: Staging) => {
  const { mode = 0o644, mtime = new Date(0), size = 0 } = header
  if (size > SMALL_BYTES) return staging.addFile(name, body, mode, mtime)
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk as Buffer)
  staging.addBytes(name, Buffer.concat(chunks), mode, mtime)
}
