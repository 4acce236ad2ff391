import { free } from './free.ts'

/** SHA-256 of bytes that come in pieces, lower-case hex, a piece or two in memory at a time; a single
 *  piece takes the short way. A piece that is a buffer of its own is used up. */
export const sha256Of = async (pieces: Iterable<ArrayBuffer | Uint8Array>): Promise<string> => {
  const iterator = pieces[Symbol.iterator]()
  const first = iterator.next()
  if (first.done) return hex(await crypto.subtle.digest('SHA-256', new ArrayBuffer(0)))
  let next = iterator.next()
  if (next.done) return hex(await crypto.subtle.digest('SHA-256', first.value))
  const stream = new crypto.DigestStream('SHA-256')
  const writer = stream.getWriter()
  const take = async (piece: ArrayBuffer | Uint8Array) => {
    await writer.write(piece)
    free(piece)
  }
  await take(first.value)
  for (; !next.done; next = iterator.next()) await take(next.value)
  await writer.close()
  return hex(await stream.digest)
}

const hex = (digest: ArrayBuffer): string =>
  [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, '0')).join('')
