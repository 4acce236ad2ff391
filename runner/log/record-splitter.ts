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
  let start = 0
  const plain = (end: number) => bytes.toString('utf8', start, end).replaceAll('\\', '\\\\')
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes, at)
    if (length === 0) {
      text += `${plain(at)}\\x${(bytes[at] as number).toString(16).padStart(2, '0')}`
      at += 1
      start = at
    } else at += length
  }
  return text + plain(bytes.length)
}

const characterLength = (bytes: Buffer, at: number): number => {
  const first = bytes[at] as number
  if (first < 0x80) return 1
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0
  if (length === 0 || at + length > bytes.length) return 0
  return isUtf8(bytes.subarray(at, at + length)) ? length : 0
}
