/** What `compress` makes of the bytes: a `.Z` with codes of up to 16 bits, without clearing. */
export const compressed = (bytes: Buffer): Buffer => {
  const out = [0x1f, 0x9d, 0x90]
  let held = 0
  let count = 0
  let inGroup = 0
  let bits = 9
  const put = (code: number) => {
    held += code * 2 ** count
    count += bits
    while (count >= 8) {
      out.push(held % 256)
      held = Math.floor(held / 256)
      count -= 8
    }
    inGroup = (inGroup + 1) % 8
  }
  const words = new Map<string, number>()
  let word = ''
  let next = 257
  for (const byte of bytes) {
    const longer = word + String.fromCharCode(byte)
    if (longer.length === 1 || words.has(longer)) {
      word = longer
      continue
    }
    put(words.get(word) ?? word.charCodeAt(0))
    if (next < 65_536) words.set(longer, next++)
    word = String.fromCharCode(byte)
    if (next > 1 << bits && bits < 16) {
      // Codes of one length come in eights.
      while (inGroup !== 0) put(0)
      bits++
    }
  }
  if (word !== '') put(words.get(word) ?? word.charCodeAt(0))
  if (count > 0) out.push(held % 256)
  return Buffer.from(out)
}
