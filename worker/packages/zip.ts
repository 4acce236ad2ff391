import { invalid } from '../http/problem.ts'
import type { ByteSource } from './blob.ts'

const END = 0x06054b50
const END_64 = 0x06064b50
const LOCATOR_64 = 0x07064b50
const ENTRY = 0x02014b50
const LOCAL = 0x04034b50

const END_BYTES = 22
const LOCATOR_BYTES = 20
const COMMENT_BYTES = 65_535
const ENTRY_BYTES = 46

export const MAX_ENTRIES = 200_000
const DIRECTORY_BYTES = 33_554_432
/** What unpacks to more than this must not be packed more tightly than {@link MAX_RATIO} to 1. */
const SUSPICIOUS_BYTES = 268_435_456
const MAX_RATIO = 100
const MAX_UNPACKED_BYTES = 21_474_836_480

export type ZipEntry = {
  name: string
  method: number
  compressedBytes: number
  uncompressedBytes: number
  /** Where its local header begins. */
  offset: number
}

/**
 * Reads only the directory at a zip file's end, and tells whether it can be whole: the directory is
 * there, every entry lies before it, and together they are not larger than the file (entries that
 * overlap are how small files unpack to enormous ones). Nothing is unpacked.
 * @throws Problem `invalid`
 */
export const readZipDirectory = async (source: ByteSource): Promise<ZipEntry[]> => {
  const end = await findEnd(source)
  if (end.entries > MAX_ENTRIES)
    throw invalid(
      `The archive claims ${end.entries} entries; a package may have ${MAX_ENTRIES}. Pack fewer files.`,
    )
  const start = end.directoryEnd - end.directoryBytes
  // Something may stand before the archive proper, such as a start script before a jar.
  const shift = start - end.directoryOffset
  if (start < 0 || shift < 0) throw damaged('its directory is not where its end says')
  if (end.directoryBytes > DIRECTORY_BYTES)
    throw invalid(`The archive's directory is larger than ${DIRECTORY_BYTES} bytes.`)
  const directory = view(await source.read(start, end.directoryBytes))
  if (directory.byteLength !== end.directoryBytes) throw damaged('its directory is cut short')
  const entries: ZipEntry[] = []
  for (let at = 0; entries.length < end.entries; ) {
    if (at + ENTRY_BYTES > directory.byteLength || directory.getUint32(at, true) !== ENTRY)
      throw damaged(`its directory ends after ${entries.length} of ${end.entries} entries`)
    const { entry, next } = readEntry(directory, at, shift)
    entries.push(entry)
    at = next
  }
  refuseBombs(entries, source.sizeBytes, start)
  await checkFirst(source, entries)
  return entries
}

type End = {
  entries: number
  directoryBytes: number
  directoryOffset: number
  directoryEnd: number
}

const findEnd = async (source: ByteSource): Promise<End> => {
  const tailBytes = Math.min(source.sizeBytes, END_BYTES + COMMENT_BYTES)
  const tailStart = source.sizeBytes - tailBytes
  const tail = view(await source.read(tailStart, tailBytes))
  for (let at = tail.byteLength - END_BYTES; at >= 0; at--) {
    if (tail.getUint32(at, true) !== END) continue
    if (at + END_BYTES + tail.getUint16(at + 20, true) !== tail.byteLength) continue
    const end: End = {
      entries: tail.getUint16(at + 10, true),
      directoryBytes: tail.getUint32(at + 12, true),
      directoryOffset: tail.getUint32(at + 16, true),
      directoryEnd: tailStart + at,
    }
    const isLarge =
      end.entries === 0xffff ||
      end.directoryBytes === 0xffffffff ||
      end.directoryOffset === 0xffffffff
    return isLarge ? ((await findLargeEnd(source, end.directoryEnd)) ?? end) : end
  }
  throw damaged('the directory at its end is missing, so it was probably cut off')
}

/** Files over 4 GB or 65,535 entries, and those of writers that always use the larger form. */
const findLargeEnd = async (source: ByteSource, endAt: number): Promise<End | undefined> => {
  const at = endAt - LOCATOR_BYTES
  if (at < 0) return undefined
  const locator = view(await source.read(at, LOCATOR_BYTES))
  if (locator.byteLength < LOCATOR_BYTES || locator.getUint32(0, true) !== LOCATOR_64)
    return undefined
  // Writers put the record directly before its locator; the claimed place may be shifted.
  const recordAt = at - 56
  if (recordAt < 0) throw damaged('its directory is cut short')
  const record = view(await source.read(recordAt, 56))
  if (record.byteLength < 56 || record.getUint32(0, true) !== END_64)
    throw damaged('the end of its directory cannot be read')
  return {
    entries: large(record, 32),
    directoryBytes: large(record, 40),
    directoryOffset: large(record, 48),
    directoryEnd: recordAt,
  }
}

const large = (bytes: DataView, at: number): number =>
  Math.min(Number(bytes.getBigUint64(at, true)), Number.MAX_SAFE_INTEGER)

const readEntry = (bytes: DataView, at: number, shift: number) => {
  const nameBytes = bytes.getUint16(at + 28, true)
  const extraBytes = bytes.getUint16(at + 30, true)
  const extraAt = at + ENTRY_BYTES + nameBytes
  const next = extraAt + extraBytes + bytes.getUint16(at + 32, true)
  if (next > bytes.byteLength) throw damaged('an entry of its directory is cut short')
  const sizes = {
    uncompressed: bytes.getUint32(at + 24, true),
    compressed: bytes.getUint32(at + 20, true),
    offset: bytes.getUint32(at + 42, true),
  }
  readLargeSizes(bytes, extraAt, extraBytes, sizes)
  const entry: ZipEntry = {
    name: text(bytes, at + ENTRY_BYTES, nameBytes),
    method: bytes.getUint16(at + 10, true),
    compressedBytes: sizes.compressed,
    uncompressedBytes: sizes.uncompressed,
    offset: sizes.offset + shift,
  }
  return { entry, next }
}

const readLargeSizes = (
  bytes: DataView,
  start: number,
  length: number,
  sizes: { uncompressed: number; compressed: number; offset: number },
): void => {
  for (let at = start; at + 4 <= start + length; at += 4 + bytes.getUint16(at + 2, true)) {
    if (bytes.getUint16(at, true) !== 1) continue
    let from = at + 4
    for (const key of ['uncompressed', 'compressed', 'offset'] as const) {
      if (sizes[key] !== 0xffffffff) continue
      if (from + 8 > start + length) throw damaged('an entry of its directory is cut short')
      sizes[key] = large(bytes, from)
      from += 8
    }
    return
  }
}

const refuseBombs = (entries: ZipEntry[], sizeBytes: number, directoryStart: number): void => {
  let packed = 0
  let unpacked = 0
  for (const entry of entries) {
    packed += 30 + entry.compressedBytes
    unpacked += entry.uncompressedBytes
    if (entry.offset + 30 + entry.compressedBytes > directoryStart)
      throw damaged('an entry lies outside of it')
  }
  if (packed > directoryStart) throw invalid('The archive was refused: its entries overlap.')
  if (
    unpacked > MAX_UNPACKED_BYTES ||
    (unpacked > SUSPICIOUS_BYTES && unpacked > sizeBytes * MAX_RATIO)
  )
    throw invalid(
      `The archive was refused: its ${sizeBytes} bytes claim to unpack to ${unpacked}; more than ` +
        `${MAX_RATIO} to 1, or more than ${MAX_UNPACKED_BYTES} bytes, is not accepted.`,
    )
}

const checkFirst = async (source: ByteSource, entries: ZipEntry[]): Promise<void> => {
  const [first] = entries
  if (first) await localHeader(source, first)
}

const localHeader = async (source: ByteSource, entry: ZipEntry): Promise<DataView> => {
  const header = view(await source.read(entry.offset, 30))
  if (header.byteLength < 30 || header.getUint32(0, true) !== LOCAL)
    throw damaged(`the entry ${entry.name.slice(0, 100)} is not where its directory says`)
  return header
}

/** Unpacks one small entry, at most `limit` bytes, whatever it claims to hold.
 *  @throws Problem `invalid` */
export const readZipEntry = async (
  source: ByteSource,
  entry: ZipEntry,
  limit: number,
): Promise<Uint8Array> => {
  if (entry.compressedBytes > limit || entry.uncompressedBytes > limit) throw tooMuch(entry, limit)
  const header = await localHeader(source, entry)
  const start = entry.offset + 30 + header.getUint16(26, true) + header.getUint16(28, true)
  const packed = await source.read(start, entry.compressedBytes)
  if (packed.byteLength !== entry.compressedBytes) throw damaged(`${entry.name} is cut short`)
  if (entry.method === 0) return packed
  if (entry.method !== 8)
    throw invalid(`${entry.name} is packed by method ${entry.method}; use deflate or store.`)
  const unpacked = new Uint8Array(entry.uncompressedBytes)
  let size = 0
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  try {
    for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>) {
      if (size + chunk.byteLength > unpacked.byteLength) throw tooMuch(entry, unpacked.byteLength)
      unpacked.set(chunk, size)
      size += chunk.byteLength
    }
  } catch (error) {
    throw error instanceof TypeError ? damaged(`${entry.name} cannot be unpacked`) : error
  }
  if (size !== unpacked.byteLength) throw damaged(`${entry.name} is shorter than it claims`)
  return unpacked
}

const tooMuch = (entry: ZipEntry, limit: number) =>
  invalid(`${entry.name.slice(0, 100)} unpacks to more than ${limit} bytes.`)

const damaged = (why: string) =>
  invalid(`The file is no complete zip archive: ${why}. Nothing was stored; send it again.`)

const view = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const text = (bytes: DataView, at: number, length: number): string =>
  new TextDecoder().decode(new Uint8Array(bytes.buffer, bytes.byteOffset + at, length))
