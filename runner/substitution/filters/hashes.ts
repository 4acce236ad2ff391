// Web Crypto only hashes asynchronously and knows no MD5, while a filter answers at once; texts in
// templates are short.

const rotateLeft = (word: number, by: number): number => (word << by) | (word >>> (32 - by))
const rotateRight = (word: number, by: number): number => (word >>> by) | (word << (32 - by))

/** The message, one bit, zeros, and its length in bits, in whole blocks. */
const padded = (message: Uint8Array, blockBytes: 64 | 128, littleEndian: boolean): DataView => {
  const lengthBytes = blockBytes / 8
  const blocks = Math.ceil((message.length + 1 + lengthBytes) / blockBytes)
  const bytes = new Uint8Array(blocks * blockBytes)
  bytes.set(message)
  bytes[message.length] = 0x80
  const view = new DataView(bytes.buffer)
  const at = bytes.length - 8
  view.setBigUint64(at, BigInt(message.length) * 8n, littleEndian)
  return view
}

const hexOf = (words: Iterable<number>): string =>
  [...words].map(word => (word >>> 0).toString(16).padStart(8, '0')).join('')

const swapBytes = (word: number): number =>
  ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)

const MD5_SHIFTS = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
] as const
const MD5_CONSTANTS = Array.from({ length: 64 }, (_, i) =>
  Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32),
)

const md5Round = (i: number, b: number, c: number, d: number): { mixed: number; word: number } => {
  if (i < 16) return { mixed: (b & c) | (~b & d), word: i }
  if (i < 32) return { mixed: (d & b) | (~d & c), word: (5 * i + 1) % 16 }
  if (i < 48) return { mixed: b ^ c ^ d, word: (3 * i + 5) % 16 }
  return { mixed: c ^ (b | ~d), word: (7 * i) % 16 }
}

/** MD5 as lower-case hexadecimal digits. */
export const md5 = (message: Uint8Array): string => {
  const view = padded(message, 64, true)
  const state = new Int32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476])
  for (let offset = 0; offset < view.byteLength; offset += 64) {
    let [a, b, c, d] = state as unknown as [number, number, number, number]
    for (let i = 0; i < 64; i++) {
      const { mixed, word } = md5Round(i, b, c, d)
      const sum = (a + mixed + (MD5_CONSTANTS[i] ?? 0) + view.getInt32(offset + 4 * word, true)) | 0
      const shift = MD5_SHIFTS[i >> 4]?.[i % 4] ?? 0
      ;[a, d, c, b] = [d, c, b, (b + rotateLeft(sum, shift)) | 0]
    }
    addTo(state, [a, b, c, d])
  }
  return hexOf(state.map(swapBytes))
}

const addTo = (state: Int32Array, words: number[]): void => {
  for (const [index, word] of words.entries()) state[index] = ((state[index] ?? 0) + word) | 0
}

/** SHA-1 as lower-case hexadecimal digits. */
export const sha1 = (message: Uint8Array): string => {
  const view = padded(message, 64, false)
  const state = new Int32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0])
  const w = new Int32Array(80)
  for (let offset = 0; offset < view.byteLength; offset += 64) {
    for (let i = 0; i < 80; i++) {
      w[i] =
        i < 16
          ? view.getInt32(offset + 4 * i)
          : rotateLeft(at(w, i - 3) ^ at(w, i - 8) ^ at(w, i - 14) ^ at(w, i - 16), 1)
    }
    let [a, b, c, d, e] = state as unknown as [number, number, number, number, number]
    for (let i = 0; i < 80; i++) {
      const [mixed, constant] = sha1Round(i, b, c, d)
      const sum = (rotateLeft(a, 5) + mixed + e + constant + at(w, i)) | 0
      ;[e, d, c, b, a] = [d, c, rotateLeft(b, 30), a, sum]
    }
    addTo(state, [a, b, c, d, e])
  }
  return hexOf(state)
}

const at = (words: Int32Array, index: number): number => words[index] ?? 0

const sha1Round = (i: number, b: number, c: number, d: number): [number, number] => {
  if (i < 20) return [(b & c) | (~b & d), 0x5a827999]
  if (i < 40) return [b ^ c ^ d, 0x6ed9eba1]
  if (i < 60) return [(b & c) | (b & d) | (c & d), 0x8f1bbcdc]
  return [b ^ c ^ d, 0xca62c1d6]
}

const primes = (count: number): bigint[] => {
  const found: bigint[] = []
  for (let n = 2n; found.length < count; n++) {
    if (found.every(prime => n % prime !== 0n)) found.push(n)
  }
  return found
}

/** The whole part of the root of `n * 2^shift`. */
const root = (n: bigint, degree: bigint): bigint => {
  let [low, high] = [0n, 1n << 140n]
  while (low < high) {
    const middle = (low + high + 1n) >> 1n
    if (middle ** degree <= n) low = middle
    else high = middle - 1n
  }
  return low
}

const MASK = (1n << 64n) - 1n

type Constants = { cubeRoots: bigint[]; squareRoots: bigint[]; upperCubeRoots: Int32Array }
let known: Constants | undefined

/** SHA-2 takes its constants from the fractions of roots of primes; the 32-bit ones are the upper
 *  halves of the 64-bit ones. Found at the first use, so that nobody else waits for them. */
const constants = (): Constants => {
  if (known) return known
  const firstPrimes = primes(80)
  const cubeRoots = firstPrimes.map(prime => root(prime << 192n, 3n) & MASK)
  const squareRoots = firstPrimes.slice(0, 16).map(prime => root(prime << 128n, 2n) & MASK)
  known = { cubeRoots, squareRoots, upperCubeRoots: Int32Array.from(cubeRoots.slice(0, 64), upper) }
  return known
}

const upper = (word: bigint): number => Number(word >> 32n) | 0

/** SHA-256 as lower-case hexadecimal digits. */
export const sha256 = (message: Uint8Array): string => {
  const view = padded(message, 64, false)
  const { squareRoots, upperCubeRoots } = constants()
  const state = Int32Array.from(squareRoots.slice(0, 8), upper)
  const w = new Int32Array(64)
  for (let offset = 0; offset < view.byteLength; offset += 64) {
    for (let i = 0; i < 64; i++) {
      if (i < 16) w[i] = view.getInt32(offset + 4 * i)
      else {
        const [p, q] = [at(w, i - 15), at(w, i - 2)]
        const s0 = rotateRight(p, 7) ^ rotateRight(p, 18) ^ (p >>> 3)
        const s1 = rotateRight(q, 17) ^ rotateRight(q, 19) ^ (q >>> 10)
        w[i] = at(w, i - 16) + s0 + at(w, i - 7) + s1
      }
    }
    const v = Int32Array.from(state)
    for (let i = 0; i < 64; i++) {
      const [a, b, c, e, f, g] = [at(v, 0), at(v, 1), at(v, 2), at(v, 4), at(v, 5), at(v, 6)]
      const s1 = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25)
      const s0 = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22)
      const t1 = (at(v, 7) + s1 + ((e & f) ^ (~e & g)) + at(upperCubeRoots, i) + at(w, i)) | 0
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
      v.copyWithin(1, 0, 7)
      v[4] = at(v, 4) + t1
      v[0] = t1 + t2
    }
    addTo(state, [...v])
  }
  return hexOf(state)
}

/** The 64-bit words of SHA-512 as pairs of 32-bit ones, upper half first: whole numbers of that size
 *  are slow, and a template may hash a lot. */
const sha2Long = (message: Uint8Array, initial: readonly bigint[]): string => {
  const view = padded(message, 128, false)
  const k = pairs(constants().cubeRoots)
  const state = pairs(initial)
  const w = new Int32Array(160)
  const v = new Int32Array(16)
  for (let offset = 0; offset < view.byteLength; offset += 128) {
    for (let i = 0; i < 32; i++) w[i] = view.getInt32(offset + 4 * i)
    for (let i = 32; i < 160; i += 2) extend(w, i)
    v.set(state)
    for (let i = 0; i < 160; i += 2) mix(v, k, w, i)
    for (let i = 0; i < 16; i += 2)
      addPair(state, i, at(state, i), at(state, i + 1), at(v, i), at(v, i + 1))
  }
  return hexOf(state)
}

const pairs = (words: readonly bigint[]): Int32Array =>
  Int32Array.from(words.flatMap(word => [upper(word), Number(word & 0xffffffffn) | 0]))

/** Puts the sum of two pairs at `index`. */
const addPair = (
  into: Int32Array,
  index: number,
  highA: number,
  lowA: number,
  highB: number,
  lowB: number,
): void => {
  const low = (lowA >>> 0) + (lowB >>> 0)
  into[index] = (highA + highB + (low > 0xffffffff ? 1 : 0)) | 0
  into[index + 1] = low | 0
}

/** The message schedule: word i from those 2, 7, 15 and 16 before it. */
const extend = (w: Int32Array, i: number): void => {
  const [h, l] = [at(w, i - 30), at(w, i - 29)]
  const s0High = ((h >>> 1) | (l << 31)) ^ ((h >>> 8) | (l << 24)) ^ (h >>> 7)
  const s0Low = ((l >>> 1) | (h << 31)) ^ ((l >>> 8) | (h << 24)) ^ ((l >>> 7) | (h << 25))
  const [p, q] = [at(w, i - 4), at(w, i - 3)]
  const s1High = ((p >>> 19) | (q << 13)) ^ ((q >>> 29) | (p << 3)) ^ (p >>> 6)
  const s1Low = ((q >>> 19) | (p << 13)) ^ ((p >>> 29) | (q << 3)) ^ ((q >>> 6) | (p << 26))
  const low = (at(w, i - 31) >>> 0) + (s0Low >>> 0) + (at(w, i - 13) >>> 0) + (s1Low >>> 0)
  w[i] = (at(w, i - 32) + s0High + at(w, i - 14) + s1High + Math.floor(low / 0x100000000)) | 0
  w[i + 1] = low | 0
}

/** One round; `v` holds the working variables a to h. */
const mix = (v: Int32Array, k: Int32Array, w: Int32Array, i: number): void => {
  const [aHigh, aLow, eHigh, eLow] = [at(v, 0), at(v, 1), at(v, 8), at(v, 9)]
  const s1High =
    ((eHigh >>> 14) | (eLow << 18)) ^
    ((eHigh >>> 18) | (eLow << 14)) ^
    ((eLow >>> 9) | (eHigh << 23))
  const s1Low =
    ((eLow >>> 14) | (eHigh << 18)) ^
    ((eLow >>> 18) | (eHigh << 14)) ^
    ((eHigh >>> 9) | (eLow << 23))
  const chHigh = (eHigh & at(v, 10)) ^ (~eHigh & at(v, 12))
  const chLow = (eLow & at(v, 11)) ^ (~eLow & at(v, 13))
  const t1 =
    (at(v, 15) >>> 0) + (s1Low >>> 0) + (chLow >>> 0) + (at(k, i + 1) >>> 0) + (at(w, i + 1) >>> 0)
  const t1Low = t1 | 0
  const t1High =
    (at(v, 14) + s1High + chHigh + at(k, i) + at(w, i) + Math.floor(t1 / 0x100000000)) | 0
  const s0High =
    ((aHigh >>> 28) | (aLow << 4)) ^ ((aLow >>> 2) | (aHigh << 30)) ^ ((aLow >>> 7) | (aHigh << 25))
  const s0Low =
    ((aLow >>> 28) | (aHigh << 4)) ^ ((aHigh >>> 2) | (aLow << 30)) ^ ((aHigh >>> 7) | (aLow << 25))
  const majHigh = (aHigh & at(v, 2)) ^ (aHigh & at(v, 4)) ^ (at(v, 2) & at(v, 4))
  const majLow = (aLow & at(v, 3)) ^ (aLow & at(v, 5)) ^ (at(v, 3) & at(v, 5))
  const t2 = (s0Low >>> 0) + (majLow >>> 0)
  const t2High = (s0High + majHigh + (t2 > 0xffffffff ? 1 : 0)) | 0
  v.copyWithin(2, 0, 14)
  addPair(v, 8, at(v, 8), at(v, 9), t1High, t1Low)
  addPair(v, 0, t1High, t1Low, t2High, t2 | 0)
}

/** SHA-384 as lower-case hexadecimal digits. */
export const sha384 = (message: Uint8Array): string =>
  sha2Long(message, constants().squareRoots.slice(8)).slice(0, 96)

/** SHA-512 as lower-case hexadecimal digits. */
export const sha512 = (message: Uint8Array): string =>
  sha2Long(message, constants().squareRoots.slice(0, 8))
