/** CRC-32C (Castagnoli), the check that travels with log bytes. */
const TABLE = (() => {
  const table = new Uint32Array(256)
  for (let index = 0; index < 256; index++) {
    let value = index
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1
    table[index] = value
  }
  return table
})()

/** Eight lower-case hex digits. */
export const crc32c = (bytes: Uint8Array): string => {
  let value = 0xffffffff
  for (let index = 0; index < bytes.length; index++)
    value = (TABLE[(value ^ (bytes[index] as number)) & 0xff] as number) ^ (value >>> 8)
  return ((value ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0')
}
