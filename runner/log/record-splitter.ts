import { isUtf8 } from 'node:buffer'
import { RECORD_BYTES } from '../protocol/limits.ts'
import { formatRecord, type LogLevel } from '../protocol/log-record.ts'

const LINE_FEED = 0x0a

/** Turns the bytes of one stream into records, a line each; what is longer than a record goes on
 *  in the next. Memory is bounded by one record whatever the line. */
export class RecordSplitter {
  #partial: Buffer = Buffer.alloc(0)
  #continues = false

  /** Records, each with its line feed, as one text. */
  write(chunk: Buffer, level: LogLevel, at: number): string {
    const data = this.#partial.length > 0 ? Buffer.concat([this.#partial, chunk]) : chunk
    const end = data.lastIndexOf(LINE_FEED) + 1
    let records = end > 0 ? this.#lines(data.subarray(0, end), level, at) : ''
    let rest = data.subarray(end)
    while (rest.length > RECORD_BYTES) {
      const length = cutAt(rest)
      records += this.#record(rest.subarray(0, length), level, at)
      this.#continues = true
      rest = rest.subarray(length)
    }
    this.#partial = rest
    return records
  }

  /** The last line, which nothing ended. */
  end(level: LogLevel, at: number): string {
    const rest = this.#partial
    this.#partial = Buffer.alloc(0)
    const record = rest.length > 0 ? this.#record(rest, level, at) : ''
    this.#continues = false
    return record
  }

  #lines(data: Buffer, level: LogLevel, at: number): string {
    if (!this.#continues && isUtf8(data)) {
      const lines = data.toString('utf8').split('\n')
      if (lines.every(line => line.length * 3 <= RECORD_BYTES))
        return plainRecords(lines, level, at)
    }
    let records = ''
    let start = 0
    for (let end = data.indexOf(LINE_FEED); end !== -1; end = data.indexOf(LINE_FEED, start)) {
      let line = data.subarray(start, end)
      while (line.length > RECORD_BYTES) {
        const length = cutAt(line)
        records += this.#record(line.subarray(0, length), level, at)
        this.#continues = true
        line = line.subarray(length)
      }
      // A line that was cut exactly at its end is complete already.
      if (line.length > 0 || !this.#continues) records += this.#record(line, level, at)
      this.#continues = false
      start = end + 1
    }
    return records
  }

  #record(bytes: Buffer, level: LogLevel, at: number): string {
    const valid = isUtf8(bytes)
    return formatRecord({
      level,
      at,
      text: valid ? bytes.toString('utf8') : escapeBytes(bytes),
      ...(this.#continues && { continued: true }),
      ...(!valid && { escaped: true }),
    })
  }
}

/** The same as `formatRecord` a line, without building a value for each: this is where the time
 *  of a chatty step goes. `lines` ends with the empty text after the last line feed. */
const plainRecords = (lines: readonly string[], level: LogLevel, at: number): string => {
  const sample = formatRecord({ level, at, text: '' })
  const head = sample.slice(0, sample.indexOf('""'))
  let records = ''
  for (let index = 0; index < lines.length - 1; index++)
    records += `${head}${JSON.stringify(lines[index])}]\n`
  return records
}

/** Where to cut bytes that are longer than a record: never inside a UTF-8 character. */
const cutAt = (bytes: Buffer): number => {
  let length = RECORD_BYTES
  for (let back = 0; back < 3 && ((bytes[length] as number) & 0xc0) === 0x80; back++) length--
  return ((bytes[length] as number) & 0xc0) === 0x80 ? RECORD_BYTES : length
}

/** Text with every byte that is not UTF-8 as `\xNN`, and backslashes doubled so that the bytes can
 *  be had back. */
export const escapeBytes = (bytes: Buffer): string => {
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes, at)
    if (length > 1) text += bytes.toString('utf8', at, at + length)
    else text += (length === 1 ? ASCII : ESCAPES)[bytes[at] as number]
    at += length || 1
  }
  return text
}

const ASCII = Array.from({ length: 128 }, (_, byte) =>
  byte === 0x5c ? '\\\\' : String.fromCharCode(byte),
)
const ESCAPES = Array.from({ length: 256 }, (_, byte) => `\\x${byte.toString(16).padStart(2, '0')}`)

/** Bytes of the character that begins here, 0 if none does. */
const characterLength = (bytes: Buffer, at: number): number => {
  const first = bytes[at] as number
  if (first < 0x80) return 1
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  if (first < 0xc2 || first > 0xf4 || at + length > bytes.length) return 0
  const second = bytes[at + 1] as number
  const [least, most] = SECONDS.get(first) ?? [0x80, 0xbf]
  if (second < least || second > most) return 0
  for (let next = at + 2; next < at + length; next++)
    if (((bytes[next] as number) & 0xc0) !== 0x80) return 0
  return length
}

/** Where the second byte is bounded: no long forms, no surrogates, nothing past U+10FFFF. */
const SECONDS: ReadonlyMap<number, readonly [number, number]> = new Map([
  [0xe0, [0xa0, 0xbf]],
  [0xed, [0x80, 0x9f]],
  [0xf0, [0x90, 0xbf]],
  [0xf4, [0x80, 0x8f]],
])
