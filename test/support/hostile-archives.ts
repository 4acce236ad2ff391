import { crc32, deflateRawSync } from 'node:zlib'

export type RawTarEntry = {
  name: string | Buffer
  body?: Buffer | string
  /** One character: 0 file, 1 hard link, 2 symbolic link, 3 and 4 devices, 5 folder, 6 pipe, x pax. */
  type?: string
  linkname?: string
  /** The twelve bytes of the size as they are to stand there. */
  size?: Buffer
}

const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, '0')}\0`

/** A tar as no decent tool would write it. */
export const rawTar = (entries: readonly RawTarEntry[]): Buffer => {
  const blocks: Buffer[] = []
  for (const { name, body = '', type = '0', linkname = '', size } of entries) {
    const bytes = Buffer.from(body)
    const header = Buffer.alloc(512)
    Buffer.from(name).copy(header, 0, 0, 100)
    header.write(octal(0o644, 8), 100)
    header.write(octal(0, 8), 108)
    header.write(octal(0, 8), 116)
    if (size) size.copy(header, 124)
    else header.write(octal(bytes.length, 12), 124)
    header.write(octal(0, 12), 136)
    header.write(' '.repeat(8), 148)
    header.write(type, 156)
    header.write(linkname.slice(0, 100), 157)
    header.write('ustar\x0000', 257)
    const sum = header.reduce((total, byte) => total + byte, 0)
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
    blocks.push(header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512))
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

/** A pax header with these records for the entry after it. */
export const paxEntry = (records: Readonly<Record<string, string>>): RawTarEntry => {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`
    let length = Buffer.byteLength(rest) + 1
    while (String(length).length + Buffer.byteLength(rest) !== length) length++
    return `${length}${rest}`
  })
  return { name: 'PaxHeader', type: 'x', body: lines.join('') }
}

export type RawZipEntry = {
  name: string
  body?: Buffer | string
  /** What the table of contents says instead of the truth. */
  claims?: { size?: number; packedSize?: number; offset?: number }
  /** Permissions and kind as Unix has them. */
  mode?: number
  flags?: number
}

/** A zip as no decent tool would write it. `count` is how many entries it says it has. */
export const rawZip = (entries: readonly RawZipEntry[], count = entries.length): Buffer => {
  const local: Buffer[] = []
  const table: Buffer[] = []
  let offset = 0
  for (const { name, body = '', claims = {}, mode = 0o100644, flags = 0x800 } of entries) {
    const bytes = Buffer.from(body)
    const packed = deflateRawSync(bytes)
    const nameBytes = Buffer.from(name)
    const header = Buffer.alloc(30)
    header.writeUInt32LE(0x04034b50, 0)
    header.writeUInt16LE(20, 4)
    header.writeUInt16LE(flags, 6)
    header.writeUInt16LE(8, 8)
    header.writeUInt16LE(0x21, 12)
    header.writeUInt32LE(crc32(bytes), 14)
    header.writeUInt32LE(packed.length, 18)
    header.writeUInt32LE(bytes.length, 22)
    header.writeUInt16LE(nameBytes.length, 26)
    const line = Buffer.alloc(46)
    line.writeUInt32LE(0x02014b50, 0)
    line.writeUInt16LE((3 << 8) | 20, 4)
    line.writeUInt16LE(20, 6)
    line.writeUInt16LE(flags, 8)
    line.writeUInt16LE(8, 10)
    line.writeUInt16LE(0x21, 14)
    line.writeUInt32LE(crc32(bytes), 16)
    line.writeUInt32LE(claims.packedSize ?? packed.length, 20)
    line.writeUInt32LE(claims.size ?? bytes.length, 24)
    line.writeUInt16LE(nameBytes.length, 28)
    line.writeUInt32LE((mode << 16) >>> 0, 38)
    line.writeUInt32LE(claims.offset ?? offset, 42)
    local.push(header, nameBytes, packed)
    table.push(line, nameBytes)
    offset += header.length + nameBytes.length + packed.length
  }
  const tableBytes = Buffer.concat(table)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Math.min(count, 0xffff), 8)
  end.writeUInt16LE(Math.min(count, 0xffff), 10)
  end.writeUInt32LE(tableBytes.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...local, tableBytes, ...zip64End(count, tableBytes.length, offset), end])
}

const zip64End = (count: number, tableBytes: number, tableAt: number): Buffer[] => {
  if (count < 0xffff) return []
  const end = Buffer.alloc(56)
  end.writeUInt32LE(0x06064b50, 0)
  end.writeBigUInt64LE(44n, 4)
  end.writeUInt16LE(45, 12)
  end.writeUInt16LE(45, 14)
  end.writeBigUInt64LE(BigInt(count), 24)
  end.writeBigUInt64LE(BigInt(count), 32)
  end.writeBigUInt64LE(BigInt(tableBytes), 40)
  end.writeBigUInt64LE(BigInt(tableAt), 48)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50, 0)
  locator.writeBigUInt64LE(BigInt(tableAt + tableBytes), 8)
  locator.writeUInt32LE(1, 16)
  return [end, locator]
}
