/** Shorter ones blot out ordinary words; the runner does not look for them either. */
const MIN_CHARACTERS = 4
/** Longer ones are found by their beginning: it is blotted out, and what follows tells little. */
const MAX_BYTES = 4_096
const MAX_NEEDLES = 20_000
const STAR = 42

export type Stretch = { from: number; to: number }

/**
 * The second look at what a runner has masked already: finds secrets that came through, as they are
 * or as JSON and addresses write them. One pass whose cost does not grow with their number.
 */
export class SecretScreen {
  /** By their first two bytes. */
  readonly #needles = new Map<number, Uint8Array[]>()
  readonly #begins = new Uint8Array(65_536)
  /** Marks the two bytes after those. */
  readonly #goOn = new Uint8Array(65_536)
  #longest = 0

  constructor(secrets: Iterable<string>) {
    const encoder = new TextEncoder()
    const known = new Set<string>()
    for (const secret of secrets)
      for (const form of formsOf(secret)) {
        if (known.size >= MAX_NEEDLES || known.has(form)) continue
        known.add(form)
        this.#add(encoder.encode(form).subarray(0, MAX_BYTES))
      }
  }

  /** How many bytes before new ones may be the beginning of a secret that ends in them. */
  get reach(): number {
    return Math.max(0, this.#longest - 1)
  }

  /** Where secrets stand, in order and apart. */
  find(bytes: Uint8Array): Stretch[] {
    const found: Stretch[] = []
    if (this.#longest === 0) return found
    const begins = this.#begins
    const last = bytes.length - MIN_CHARACTERS
    for (let at = 0; at <= last; at++) {
      const begin = (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
      if (begins[begin] === 0 || this.#goOn[keyAt(bytes, at + 2)] === 0) continue
      for (const needle of this.#needles.get(begin) ?? [])
        if (isAt(bytes, needle, at)) cover(found, at, at + needle.length)
    }
    return found
  }

  #add(needle: Uint8Array): void {
    const begin = keyAt(needle, 0)
    this.#begins[begin] = 1
    this.#goOn[keyAt(needle, 2)] = 1
    this.#needles.set(begin, [...(this.#needles.get(begin) ?? []), needle])
    this.#longest = Math.max(this.#longest, needle.length)
  }
}

/** What a record's own time and marks may be made of: to blot that out would spoil the record. */
const OF_RECORDS = /^(\d{1,13}|true)$/

const formsOf = (secret: string): string[] =>
  secret
    .split(/\r\n|\n|\r/)
    .filter(line => line.trim().length >= MIN_CHARACTERS && !OF_RECORDS.test(line))
    .flatMap(line => [line, JSON.stringify(line).slice(1, -1), inAddress(line)])

/** A lone half of a surrogate pair has no form in an address. */
const inAddress = (line: string): string => encodeURIComponent(line.toWellFormed())

const keyAt = (bytes: Uint8Array, at: number) =>
  (bytes[at] as number) | ((bytes[at + 1] as number) << 8)

const isAt = (bytes: Uint8Array, needle: Uint8Array, at: number): boolean => {
  if (at + needle.length > bytes.length) return false
  for (let index = 2; index < needle.length; index++)
    if (bytes[at + index] !== needle[index]) return false
  return true
}

const cover = (found: Stretch[], from: number, to: number): void => {
  const last = found.at(-1)
  if (last && last.to >= from) last.to = Math.max(last.to, to)
  else found.push({ from, to })
}

/** As many stars as there were bytes, so that every offset stays what it was. */
export const blotOut = (bytes: Uint8Array, stretches: readonly Stretch[]): Uint8Array => {
  const blotted = bytes.slice()
  for (const { from, to } of stretches) blotted.fill(STAR, from, to)
  return blotted
}
