import { inflateRawSync } from 'node:zlib'
import type { Entry } from 'yauzl'
import { ArchiveError, isFromSystem, type Staging } from './staging.ts'
import { nextEntry, type OpenZip, openEntry, openZipFile } from './zip-file.ts'

const KINDS: ReadonlyMap<number, string> = new Map([
  [0o010000, 'named pipe'],
  [0o020000, 'device'],
  [0o060000, 'device'],
  [0o120000, 'symbolic link'],
  [0o140000, 'socket'],
])
const TYPE_MASK = 0o170000
const FOLDER = 0o040000

/** Unpacks a zip. `rename` maps names, and leaves out those it answers `undefined` for. The table of
 *  contents is read once before: what it says already rules most bombs out. */
export const extractZip = async (
  path: string,
  staging: Staging,
  rename: (name: string) => string | undefined = name => name,
): Promise<void> => {
  try {
    await eachEntry(path, announcer(staging))
    await eachEntry(path, async (file, entry) => {
      const name = rename(entry.fileName)
      if (name !== undefined) await extractEntry(file, entry, name, staging)
    })
  } catch (error) {
    throw error instanceof ArchiveError || isFromSystem(error) ? error : refusal(error as Error)
  }
}

const refusal = (error: Error) =>
  new ArchiveError(`The archive cannot be read: ${error.message.replace(/\.$/, '')}.`)

type Visit = (file: OpenZip, entry: Entry) => Promise<void> | void

const eachEntry = async (path: string, visit: Visit): Promise<void> => {
  const file = await openZipFile(path)
  try {
    for (let entry = await nextEntry(file.zip); entry; entry = await nextEntry(file.zip))
      await visit(file, entry)
  } finally {
    file.close()
  }
}

const announcer = (staging: Staging): Visit => {
  let packedBytes = 0
  let bytes = 0
  return ({ zip }, entry) => {
    packedBytes += entry.compressedSize
    bytes += entry.uncompressedSize
    staging.announce(zip.entryCount, packedBytes, bytes)
  }
}

const extractEntry = async (file: OpenZip, entry: Entry, name: string, staging: Staging) => {
  const isFromUnix = entry.versionMadeBy >>> 8 === 3
  const mode = isFromUnix ? entry.externalFileAttributes >>> 16 : 0
  const kind = KINDS.get(mode & TYPE_MASK)
  if (kind) staging.skip(name, kind)
  else if (name.endsWith('/') || (mode & TYPE_MASK) === FOLDER) staging.addFolder(name)
  else if (entry.isEncrypted())
    throw new ArchiveError(`The entry ${name} is encrypted, which is not supported.`)
  else {
    const permissions = mode & 0o777 || 0o644
    const modifiedAt = entry.getLastModDate()
    const bytes = readSmall(file, entry)
    if (bytes) staging.addBytes(name, bytes, permissions, modifiedAt)
    else await staging.addFile(name, await openEntry(file.zip, entry), permissions, modifiedAt)
  }
}

const SMALL_BYTES = 262_144
const STORED = 0
const DEFLATED = 8
const LOCAL_HEADER = 0x04034b50

/** The content of a small entry, read at once: most archives are full of these, and a stream for each
 *  takes much longer. `undefined` of a large one, or one of another kind. */
const readSmall = ({ read }: OpenZip, entry: Entry): Buffer | undefined => {
  const { compressedSize, uncompressedSize, compressionMethod, relativeOffsetOfLocalHeader } = entry
  if (Math.max(compressedSize, uncompressedSize) > SMALL_BYTES) return undefined
  if (compressionMethod !== STORED && compressionMethod !== DEFLATED) return undefined
  const header = read(relativeOffsetOfLocalHeader, 30)
  if (header.readUInt32LE(0) !== LOCAL_HEADER) throw new Error('an entry is not where it should be')
  const start = relativeOffsetOfLocalHeader + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
  const packed = read(start, compressedSize)
  const bytes =
    compressionMethod === STORED
      ? packed
      : inflateRawSync(packed, { maxOutputLength: Math.max(uncompressedSize, 1) })
  if (bytes.length !== uncompressedSize)
    throw new Error(`an entry says it holds ${uncompressedSize} bytes and holds ${bytes.length}`)
  return bytes
}
