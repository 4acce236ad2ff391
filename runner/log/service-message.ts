/** What a script tells us in its output: `##octopus[name key='base64 of UTF-8' …]`. */
export type ServiceMessage = { name: string; properties: Record<string, string> }

/** What a scanner found, in order. Text comes as it was written, line feeds included. */
export type Scanned =
  | { type: 'text'; bytes: Buffer }
  | { type: 'message'; message: ServiceMessage }
  | { type: 'unreadable'; text: string }

const START = '##octopus['
/** A longer message is taken for ordinary text. */
const MAX_MESSAGE_BYTES = 2_097_152
const LINE_FEED = 0x0a
const CLOSE = 0x5d

const NAME = '[A-Za-z_][\\w.:-]*'
const HEAD = new RegExp(`^\\s*(${NAME})`)
const PROPERTY = new RegExp(`\\s+(${NAME})\\s*=\\s*(?:'([^']*)'|"([^"]*)")`, 'y')

/** Reads one message with its brackets; `undefined` when it is none. Line breaks are dropped. */
export const parseServiceMessage = (text: string): ServiceMessage | undefined => {
  if (!text.startsWith(START) || !text.endsWith(']')) return undefined
  const body = text.slice(START.length, -1).replace(/[\r\n]/g, '')
  const head = HEAD.exec(body)
  if (!head?.[1]) return undefined
  const properties = new Map<string, string>()
  PROPERTY.lastIndex = head[0].length
  let end = head[0].length
  for (let match = PROPERTY.exec(body); match; match = PROPERTY.exec(body)) {
    const value = decodeValue(match[2] ?? match[3] ?? '')
    if (value === undefined || properties.has(match[1] as string)) return undefined
    properties.set(match[1] as string, value)
    end = PROPERTY.lastIndex
  }
  if (body.slice(end).trim() !== '') return undefined
  return { name: head[1], properties: Object.fromEntries(properties) }
}

const decodeValue = (text: string): string | undefined => {
  const packed = text.replace(/\s/g, '')
  if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) return undefined
  return Buffer.from(packed, 'base64').toString('utf8')
}

/** The message as a line without its end; properties that are null are left out. */
export const formatServiceMessage = (
  name: string,
  properties: Readonly<Record<string, string | null | undefined>>,
): string => {
  const parts = Object.entries(properties).flatMap(([key, value]) =>
    typeof value === 'string' ? [` ${key}="${Buffer.from(value).toString('base64')}"`] : [],
  )
  return `${START}${name}${parts.join('')}]`
}

/** Separates messages from text in a stream of bytes, whatever its chunks. A message counts only
 *  from the start of a line; a line that holds nothing else disappears with it. */
export class ServiceMessageScanner {
  #pending: Buffer = Buffer.alloc(0)
  #atLineStart = true
  #dropLineEnd = false

  write(chunk: Buffer): Scanned[] {
    const data = this.#pending.length > 0 ? Buffer.concat([this.#pending, chunk]) : chunk
    this.#pending = Buffer.alloc(0)
    return this.#scan(data, false)
  }

  /** What was held back because it might have become a message. */
  end(): Scanned[] {
    const data = this.#pending
    this.#pending = Buffer.alloc(0)
    return this.#scan(data, true)
  }

  #scan(data: Buffer, isLast: boolean): Scanned[] {
    const found: Scanned[] = []
    let position = this.#skipLineEnd(data, isLast)
    for (;;) {
      const start = this.#findStart(data, position)
      if (start === -1) break
      const limit = Math.min(data.length, start + MAX_MESSAGE_BYTES)
      const close = data.indexOf(CLOSE, start + START.length)
      if (close === -1 && !isLast && limit === data.length) {
        this.#text(found, data.subarray(position, start))
        this.#pending = data.subarray(start)
        return found
      }
      if (close === -1 || close >= limit) {
        this.#text(found, data.subarray(position, start + START.length))
        position = start + START.length
        continue
      }
      this.#text(found, data.subarray(position, start))
      const text = data.toString('utf8', start, close + 1)
      const message = parseServiceMessage(text)
      if (message) found.push({ type: 'message', message })
      else found.push({ type: 'unreadable', text: text.replace(/[\r\n]/g, '') })
      this.#dropLineEnd = true
      this.#atLineStart = false
      position = close + 1 + this.#skipLineEnd(data.subarray(close + 1), isLast)
    }
    const rest = data.subarray(position)
    const held = isLast ? 0 : this.#dropLineEnd ? rest.length : this.#possibleStart(rest)
    this.#text(found, rest.subarray(0, rest.length - held))
    this.#pending = rest.subarray(rest.length - held)
    return found
  }

  #text(found: Scanned[], bytes: Buffer): void {
    if (bytes.length === 0) return
    found.push({ type: 'text', bytes })
    this.#atLineStart = bytes[bytes.length - 1] === LINE_FEED
  }

  /** The line end right after a message belongs to it; half of one is waited for. */
  #skipLineEnd(data: Buffer, isLast: boolean): number {
    const isHalf = data.length === 0 || (data.length === 1 && data[0] === 0x0d && !isLast)
    if (!this.#dropLineEnd || isHalf) return 0
    const length = data[0] === 0x0d && data[1] === LINE_FEED ? 2 : 1
    this.#dropLineEnd = false
    if (data[length - 1] !== LINE_FEED) return 0
    this.#atLineStart = true
    return length
  }

  #findStart(data: Buffer, from: number): number {
    for (let at = data.indexOf(START, from); at !== -1; at = data.indexOf(START, at + 1)) {
      if (at === from ? this.#atLineStart : data[at - 1] === LINE_FEED) return at
    }
    return -1
  }

  /** How many bytes at the end may be the beginning of a message. */
  #possibleStart(rest: Buffer): number {
    const lineStart = rest.lastIndexOf(LINE_FEED) + 1
    if (lineStart === 0 && !this.#atLineStart) return 0
    const length = rest.length - lineStart
    if (length === 0 || length >= START.length) return 0
    return START.startsWith(rest.toString('latin1', lineStart)) ? length : 0
  }
}
