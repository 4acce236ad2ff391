import { invalid } from '../http/problem.ts'
import type { ByteSource } from './blob.ts'
import type { ArchiveKind } from './package.ts'
import { readZipDirectory, type ZipEntry } from './zip.ts'

const MAGIC: Record<Exclude<ArchiveKind, 'zip' | 'tar'>, number[]> = {
  gzip: [0x1f, 0x8b, 0x08],
  bzip2: [0x42, 0x5a, 0x68],
  compress: [0x1f, 0x9d],
  xz: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
}
const TAR_BLOCK = 512

/**
 * Whether the bytes are what the file's name says. Only the start, and of a zip the directory, is
 * read; nothing is unpacked. Answers with the entries of a zip, else with none.
 * @throws Problem `invalid`
 */
export const checkArchive = async (
  source: ByteSource,
  kind: ArchiveKind,
  extension: string,
): Promise<ZipEntry[]> => {
  if (source.sizeBytes === 0) throw invalid('The package is empty: it holds 0 bytes.')
  if (kind === 'zip') {
    const entries = await readZipDirectory(source)
    refuseEscapes(entries, extension)
    return entries
  }
  const head = await source.read(0, Math.min(TAR_BLOCK, source.sizeBytes))
  if (kind === 'tar') {
    if (!isTar(head) || source.sizeBytes % TAR_BLOCK !== 0) throw notWhatItSays(extension)
    return []
  }
  if (!MAGIC[kind].every((byte, index) => head[index] === byte)) throw notWhatItSays(extension)
  return []
}

const notWhatItSays = (extension: string) =>
  invalid(
    `The file's content is no complete ${extension} archive, although its name says so. Nothing ` +
      'was stored; pack it again and check the extension.',
  )

/** The runner would refuse to unpack these; said here, nobody has to wait for a deployment to hear it. */
const refuseEscapes = (entries: ZipEntry[], extension: string): void => {
  const isEscaped = extension.toLowerCase() === '.nupkg'
  const escaping = entries.find(
    ({ name }) => leaves(name) || (isEscaped && leaves(unescaped(name))),
  )
  if (escaping)
    throw invalid(
      `The archive was refused: its entry ${JSON.stringify(escaping.name.slice(0, 120))} would be ` +
        'written outside of the folder it is unpacked to. Pack it again with paths relative to that folder.',
    )
}

const leaves = (name: string): boolean => {
  const path = name.replaceAll('\\', '/')
  return /^\/|^[a-z]:|\0/i.test(path) || path.split('/').includes('..')
}

/** NuGet escapes names as in a URL. */
const unescaped = (name: string): string => {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

/** The sum of the first header's bytes, with blanks in place of the sum itself; old writers leave
 *  out the word `ustar`, so that is no proof. */
const isTar = (head: Uint8Array): boolean => {
  if (head.byteLength < TAR_BLOCK) return false
  const claimed = Number.parseInt(new TextDecoder('latin1').decode(head.subarray(148, 156)), 8)
  let sum = 0
  for (const [index, byte] of head.entries()) sum += index >= 148 && index < 156 ? 32 : byte
  return sum === claimed
}
