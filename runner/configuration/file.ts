import { readFileSync, writeFileSync } from 'node:fs'
import { patiently } from '../workspace/patience.ts'
import { decodeText, encodeText, type TextFile } from '../workspace/text-file.ts'

/** A configuration file with what must be kept of it when it is written again. */
export type ConfigurationFile = {
  text: string
  /** As an XML declaration names it. */
  encoding: string
  hasMark: boolean
  /** `undefined` when the encoding has no way to write the text. */
  encode: (text: string) => Buffer | undefined
}

/** By its byte order mark, else as its XML declaration says, else UTF-8 when it is, else
 *  Windows-1252. */
export const readConfigurationFile = (path: string): ConfigurationFile =>
  decodeConfiguration(patiently(() => readFileSync(path)))

/** In the encoding it had; in UTF-8, and declared so, if the text no longer fits. */
export const writeConfigurationFile = (
  path: string,
  { encode }: ConfigurationFile,
  text: string,
): void => {
  const bytes = encode(text) ?? Buffer.from(declaredAsUtf8(text))
  patiently(() => writeFileSync(path, bytes))
}

export const decodeConfiguration = (bytes: Buffer): ConfigurationFile => {
  const file = decodeText(bytes)
  const label = file.hasMark ? undefined : (declaredEncoding(bytes) ?? labelOf(file))
  const characters = label === undefined ? undefined : charactersOf(label)
  if (!label || !characters) {
    const encode = (text: string) => encodeText({ ...file, text })
    return { text: file.text, encoding: NAMES[file.encoding], hasMark: file.hasMark, encode }
  }
  const codes = new Map(characters.map((character, byte) => [character, byte]))
  const encode = (text: string) => {
    const encoded = Array.from(text, character => codes.get(character))
    return encoded.includes(undefined) ? undefined : Buffer.from(encoded as number[])
  }
  const text = Array.from(bytes, byte => characters[byte]).join('')
  return { text, encoding: label, hasMark: false, encode }
}

const NAMES = {
  'utf-8': 'utf-8',
  'utf-16le': 'utf-16',
  'utf-16be': 'utf-16BE',
  'windows-1252': 'windows-1252',
} as const

const labelOf = ({ encoding }: TextFile) =>
  encoding === 'windows-1252' ? 'windows-1252' : undefined

/** What the file says of itself, if it is an encoding of one byte a character. */
const declaredEncoding = (bytes: Buffer): string | undefined => {
  const start = bytes.subarray(0, 256).toString('latin1')
  const label = /^<\?xml\s[^>]*?encoding\s*=\s*["']([\w.:-]{1,40})["']/.exec(start)?.[1]
  return label && charactersOf(label) ? label : undefined
}

const SINGLE_BYTE =
  /^(?:iso-?8859-\d{1,2}|windows-(?:125\d|874)|koi8-[ru]|ibm866|macintosh|us-ascii|latin1)$/i

/** By byte; `undefined` when there is no such encoding. */
const charactersOf = (label: string): string[] | undefined => {
  if (!SINGLE_BYTE.test(label)) return undefined
  try {
    const decoder = new TextDecoder(label)
    return Array.from({ length: 256 }, (_, byte) => decoder.decode(Uint8Array.of(byte)))
  } catch {
    return undefined
  }
}

const declaredAsUtf8 = (text: string): string =>
  text.replace(/^(<\?xml\s[^>]*?encoding\s*=\s*)(["'])[^"']*\2/, '$1$2utf-8$2')
