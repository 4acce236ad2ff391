import { gzipSync, zipSync } from 'fflate'

const encode = (text: string) => new TextEncoder().encode(text)

/** A small real zip; the same files make the same bytes. */
export const zipOf = (files: Record<string, string | Uint8Array>): Uint8Array =>
  zipSync(
    Object.fromEntries(
      Object.entries(files).map(([name, content]) => [
        name,
        typeof content === 'string' ? encode(content) : content,
      ]),
    ),
    { level: 6, mtime: '2026-01-01T00:00:00' },
  )

/** A zip of about this many bytes that cannot be packed any tighter. */
export const largeZip = (bytes: number): Uint8Array => {
  const content = new Uint8Array(bytes)
  for (let at = 0; at < bytes; at += 65_536)
    crypto.getRandomValues(content.subarray(at, Math.min(bytes, at + 65_536)))
  return zipSync({ 'large.bin': content }, { level: 0 })
}

export const nuspec = (id: string, version: string, more = ''): string =>
  `<?xml version="1.0"?>
<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
  <metadata><id>${id}</id><version>${version}</version><authors>Ada</authors>
  <description>The shop</description>${more}</metadata>
</package>`

export const nupkgOf = (id: string, version: string, more = ''): Uint8Array =>
  zipOf({ [`${id}.nuspec`]: nuspec(id, version, more), 'lib/a.txt': 'a' })

/** One file in a tar archive, written by hand: 512 bytes of header, content, two empty blocks. */
export const tarOf = (name: string, text: string): Uint8Array => {
  const content = encode(text)
  const archive = new Uint8Array(512 + Math.ceil(content.byteLength / 512) * 512 + 1024)
  const put = (at: number, value: string) => archive.set(encode(value), at)
  put(0, name)
  put(100, '0000644\0')
  put(108, '0000000\0')
  put(116, '0000000\0')
  put(124, `${content.byteLength.toString(8).padStart(11, '0')}\0`)
  put(136, '00000000000\0')
  put(148, '        ')
  put(156, '0')
  put(257, 'ustar\x0000')
  const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0)
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `)
  archive.set(content, 512)
  return archive
}

export const tarGzOf = (name: string, text: string): Uint8Array => gzipSync(tarOf(name, text))

export type Part = { name: string; fileName?: string; content: Uint8Array | string; type?: string }

/** A multipart body as clients write it. */
export const multipartOf = (parts: Part[], boundary = 'shop-boundary'): Uint8Array => {
  const pieces = parts.flatMap(({ name, fileName, content, type }) => [
    encode(
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"` +
        `${fileName === undefined ? '' : `; filename="${fileName}"`}\r\n` +
        `${type === undefined ? '' : `Content-Type: ${type}\r\n`}\r\n`,
    ),
    typeof content === 'string' ? encode(content) : content,
    encode('\r\n'),
  ])
  return joined([...pieces, encode(`--${boundary}--\r\n`)])
}

export const joined = (pieces: Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.byteLength, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.byteLength
  }
  return whole
}

/** The bytes in chunks of one size, as they might arrive. */
export async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size)
}
