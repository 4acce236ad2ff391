import { FilterProblem } from '../errors.ts'
import { parseInt32 } from '../number.ts'
import { type Filter, withOptions } from './filter.ts'
import { md5, sha1, sha256, sha384, sha512 } from './hashes.ts'

const utf16Bytes = (text: string): Uint8Array => {
  const view = new DataView(new ArrayBuffer(text.length * 2))
  for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), true)
  return new Uint8Array(view.buffer)
}

const utf16Text = (bytes: Uint8Array): string =>
  new TextDecoder('utf-16le', { ignoreBOM: true }).decode(bytes)

const utf8Text = (bytes: Uint8Array): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)

const utf8Bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const base64Bytes = (text: string): Uint8Array => {
  const digits = text.replace(/\s/g, '')
  if (digits.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(digits)) {
    throw new FilterProblem('the value is no Base64.')
  }
  return Uint8Array.from(atob(digits), character => character.charCodeAt(0))
}

const base64Text = (bytes: Uint8Array): string => {
  const chunks: string[] = []
  for (let at = 0; at < bytes.length; at += 0x2000) {
    chunks.push(String.fromCharCode(...bytes.subarray(at, at + 0x2000)))
  }
  return btoa(chunks.join(''))
}

const isUtf8 = (name: string): boolean => /^utf-?8$/i.test(name)
const isUnicode = (name: string): boolean => /^unicode$/i.test(name)

const toBase64 = withOptions(0, 1, (input, [encoding = 'utf8']) => {
  if (isUtf8(encoding)) return base64Text(utf8Bytes(input))
  return isUnicode(encoding) ? base64Text(utf16Bytes(input)) : undefined
})

const fromBase64 = withOptions(0, 1, (input, [encoding = 'utf8']) => {
  if (isUtf8(encoding)) return utf8Text(base64Bytes(input))
  return isUnicode(encoding) ? utf16Text(base64Bytes(input)) : undefined
})

const bytesOf = (input: string, encoding: string): Uint8Array | undefined => {
  if (isUtf8(encoding)) return utf8Bytes(input)
  if (isUnicode(encoding)) return utf16Bytes(input)
  return /^base64$/i.test(encoding) ? base64Bytes(input) : undefined
}

const STEPS_PER_HASH = 200
const MAX_HASHED_LENGTH = 256 * 1024

/** Options are a size in bytes and an encoding of the input, in either order. */
const hash = (digest: (message: Uint8Array) => string): Filter =>
  withOptions(0, 2, (input, options, { spend }) => {
    spend(STEPS_PER_HASH + input.length)
    if (input.length > MAX_HASHED_LENGTH) {
      throw new FilterProblem(`takes ${MAX_HASHED_LENGTH} characters, not ${input.length}.`)
    }
    const sizes = options.filter(option => (parseInt32(option) ?? 0) > 0)
    const encodings = options.filter(option => !sizes.includes(option))
    if (sizes.length > 1 || encodings.length > 1) return undefined
    const bytes = bytesOf(input, encodings[0] ?? 'utf8')
    if (!bytes) return undefined
    return digest(bytes).slice(0, sizes[0] === undefined ? undefined : 2 * Number(sizes[0]))
  })

/** Base64 and hashes. */
export const ENCODING_FILTERS: Record<string, Filter> = {
  ToBase64: toBase64,
  FromBase64: fromBase64,
  Md5: hash(md5),
  Sha1: hash(sha1),
  Sha256: hash(sha256),
  Sha384: hash(sha384),
  Sha512: hash(sha512),
}
