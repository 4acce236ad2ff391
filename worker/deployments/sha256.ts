/** SHA-256 of bytes that come in pieces, lower-case hex; a single piece takes the short way. */
export const sha256Of = async (pieces: Iterable<ArrayBuffer>): Promise<string> => {
  const [first, second, ...rest] = pieces
  if (second === undefined)
    return hex(await crypto.subtle.digest('SHA-256', first ?? new ArrayBuffer(0)))
  const stream = new crypto.DigestStream('SHA-256')
  const writer = stream.getWriter()
  for (const piece of [first, second, ...rest]) if (piece) await writer.write(piece)
  await writer.close()
  return hex(await stream.digest)
}

const hex = (digest: ArrayBuffer): string =>
  [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, '0')).join('')
