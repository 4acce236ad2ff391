import type { Readable } from 'node:stream'
import { type Entry, open, type ZipFile } from 'yauzl'
import { ArchiveError, isFromSystem, type Staging } from './staging.ts'

const KINDS: ReadonlyMap<number, string> = new Map([
  [0o010000, 'named pipe'],
  [0o020000, 'device'],
  [0o060000, 'device'],
  [0o120000, 'symbolic link'],
  [0o140000, 'socket'],
])
const TYPE_MASK = 0o170000
const FOLDER = 0o040000

/** Unpacks a zip. `rename` maps names, and leaves out those it answers `undefined` for. */
export const extractZip = async (
  path: string,
  staging: Staging,
  rename: (name: string) => string | undefined = name => name,
): Promise<void> => {
  await announceEntries(path, staging)
  const zip = await openZip(path)
  try {
    for (let entry = await nextEntry(zip); entry; entry = await nextEntry(zip)) {
      const name = rename(entry.fileName)
      if (name !== undefined) await extractEntry(zip, entry, name, staging)
    }
  } finally {
    zip.close()
  }
}

/** The table of contents is read first: what it says already rules most bombs out. */
const announceEntries = async (path: string, staging: Staging): Promise<void> => {
  const zip = await openZip(path)
  let packedBytes = 0
  let bytes = 0
  try {
    staging.announce(zip.entryCount, 0, 0)
    for (let entry = await nextEntry(zip); entry; entry = await nextEntry(zip)) {
      packedBytes += entry.compressedSize
      bytes += entry.uncompressedSize
      staging.announce(zip.entriesRead, packedBytes, bytes)
    }
  } finally {
    zip.close()
  }
}

const extractEntry = async (zip: ZipFile, entry: Entry, name: string, staging: Staging) => {
  const isFromUnix = entry.versionMadeBy >>> 8 === 3
  const mode = isFromUnix ? entry.externalFileAttributes >>> 16 : 0
  const kind = KINDS.get(mode & TYPE_MASK)
  if (kind) staging.skip(name, kind)
  else if (name.endsWith('/') || (mode & TYPE_MASK) === FOLDER) staging.addFolder(name)
  else if (entry.isEncrypted())
    throw new ArchiveError(`The entry ${name} is encrypted, which is not supported.`)
  else {
    const body = await openEntry(zip, entry)
    try {
      await staging.addFile(name, body, mode & 0o777 || 0o644, entry.getLastModDate())
    } catch (error) {
      throw error instanceof ArchiveError || isFromSystem(error) ? error : refusal(error as Error)
    }
  }
}

const openZip = (path: string): Promise<ZipFile> =>
  new Promise((resolve, reject) => {
    const options = { lazyEntries: true, autoClose: false, strictFileNames: false }
    open(path, options, (error, zip) => (error ? reject(refusal(error)) : resolve(zip)))
  })

const nextEntry = (zip: ZipFile): Promise<Entry | undefined> =>
  new Promise((resolve, reject) => {
    const settle = (action: () => void) => {
      zip.removeListener('entry', onEntry)
      zip.removeListener('end', onEnd)
      zip.removeListener('error', onError)
      action()
    }
    const onEntry = (entry: Entry) => settle(() => resolve(entry))
    const onEnd = () => settle(() => resolve(undefined))
    const onError = (error: Error) => settle(() => reject(refusal(error)))
    zip.once('entry', onEntry).once('end', onEnd).once('error', onError)
    if (zip.entriesRead >= zip.entryCount) onEnd()
    else zip.readEntry()
  })

const openEntry = (zip: ZipFile, entry: Entry): Promise<Readable> =>
  new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(refusal(error)) : resolve(stream)))
  })

const refusal = (error: Error) =>
  new ArchiveError(`The archive cannot be read: ${error.message.replace(/\.$/, '')}.`)
