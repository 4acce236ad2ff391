import { isUtf8 } from 'node:buffer'
import { readFileSync, writeFileSync } from 'node:fs'
import { patiently } from './patience.ts'

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

/** A text file with what must be kept of it when it is written again. */
export type TextFile = { text: string; encoding: Encoding; hasMark: boolean }

const MARKS: readonly { encoding: Encoding; bytes: Buffer }[] = [
  { encoding: 'utf-8', bytes: Buffer.from([0xef, 0xbb, 0xbf]) },
  { encoding: 'utf-16le', bytes: Buffer.from([0xff, 0xfe]) },
  { encoding: 'utf-16be', bytes: Buffer.from([0xfe, 0xff]) },
]

/** By its byte order mark, else UTF-8 when it is, else Windows-1252. Whatever the bytes are, written
 *  again they are the same: a mark before bytes that are not of its encoding is none. */
export const decodeText = (bytes: Buffer): TextFile => {
  const mark = MARKS.find(one => hasMark(bytes, one))
  const encoding = mark?.encoding ?? (isUtf8(bytes) ? 'utf-8' : 'windows-1252')
  const body = bytes.subarray(mark?.bytes.length ?? 0)
  return { text: decodeBody(body, encoding), encoding, hasMark: mark !== undefined }
}

const hasMark = (bytes: Buffer, mark: (typeof MARKS)[number]): boolean => {
  const body = bytes.subarray(mark.bytes.length)
  const isWhole = mark.encoding === 'utf-8' ? isUtf8(body) : body.length % 2 === 0
  return isWhole && bytes.subarray(0, mark.bytes.length).equals(mark.bytes)
}

/** In the encoding it had; in UTF-8 if the text no longer fits. */
export const encodeText = ({ text, encoding, hasMark }: TextFile): Buffer => {
  const body = encodeBody(text, encoding)
  if (!body) return Buffer.from(text)
  const mark = hasMark ? MARKS.find(one => one.encoding === encoding)?.bytes : undefined
  return mark ? Buffer.concat([mark, body]) : body
}

export const readTextFile = (path: string): TextFile =>
  decodeText(patiently(() => readFileSync(path)))

export const isKnownEncoding = (name: string): boolean =>
  Object.hasOwn(ENCODINGS, name.toLowerCase())

/** `encoding` by name overrides the file's own; an unknown name is ignored. */
export const writeTextFile = (path: string, file: TextFile, encoding?: string): void => {
  const wanted = encoding ? ENCODINGS[encoding.toLowerCase()] : undefined
  // Without its mark nobody could tell text of two bytes a character.
  const hasMark = file.hasMark || wanted === 'utf-16le' || wanted === 'utf-16be'
  const bytes = encodeText(wanted ? { ...file, encoding: wanted, hasMark } : file)
  patiently(() => writeFileSync(path, bytes))
}

const ENCODINGS: Readonly<Record<string, Encoding>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'utf-16': 'utf-16le',
  'utf-16le': 'utf-16le',
  unicode: 'utf-16le',
  'utf-16be': 'utf-16be',
  unicodefffe: 'utf-16be',
  'windows-1252': 'windows-1252',
}

const decodeBody = (bytes: Buffer, encoding: Encoding): string => {
  if (encoding === 'utf-8') return bytes.toString('utf8')
  if (encoding === 'utf-16le') return bytes.toString('utf16le')
  if (encoding === 'utf-16be') return swapped(bytes).toString('utf16le')
  return [...bytes].map(byte => CHARACTERS[byte]).join('')
}

const encodeBody = (text: string, encoding: Encoding): Buffer | undefined => {
  if (encoding === 'utf-8') return Buffer.from(text)
  if (encoding === 'utf-16le') return Buffer.from(text, 'utf16le')
  if (encoding === 'utf-16be') return swapped(Buffer.from(text, 'utf16le'))
  const bytes = [...text].map(character => BYTES.get(character))
  return bytes.includes(undefined) ? undefined : Buffer.from(bytes as number[])
}

const swapped = (bytes: Buffer) =>
  Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2))).swap16()

/** Windows-1252 is Latin-1 but for these, from 0x80 on; a blank is a byte without a meaning. */
const SPECIAL = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ'
const CHARACTERS = Array.from({ length: 256 }, (_, byte) => {
  const special = SPECIAL[byte - 0x80]
  return special === undefined || special === ' ' ? String.fromCharCode(byte) : special
})
const BYTES = new Map(CHARACTERS.map((character, byte) => [character, byte]))
