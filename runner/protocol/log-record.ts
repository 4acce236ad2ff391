/**
 * One record of a step's log: a compact JSON array on a line of its own,
 * `["i",1767225600000,"Starting"]`, so that a chunk of many lines is cheap to write, to count and
 * to show. Times are the runner's epoch milliseconds, for people only: nothing is decided by them.
 */
export type LogLevel = 'verbose' | 'info' | 'highlight' | 'wait' | 'warning' | 'error' | 'fatal'

export type LogRecord = {
  level: LogLevel
  at: number
  text: string
  /** This record goes on where the one before it was cut. */
  continued?: boolean
  /** The line held bytes that are no UTF-8: each is written `\xNN`, and a backslash doubled. */
  escaped?: boolean
  /** Percentage from a progress message; `text` is its label. */
  progress?: number
  /** Output left out because the spool was full: what and how much. */
  gap?: { bytes: number; lines: number; sha256: string; reason: 'too-long' | 'no-space' }
}

const CODES = {
  v: 'verbose',
  i: 'info',
  h: 'highlight',
  t: 'wait',
  w: 'warning',
  e: 'error',
  f: 'fatal',
} as const satisfies Record<string, LogLevel>

const codeOf = Object.fromEntries(Object.entries(CODES).map(([code, level]) => [level, code])) as {
  [L in LogLevel]: keyof typeof CODES
}

/** One line with its line feed. */
export const formatRecord = ({ level, at, text, ...extra }: LogRecord): string => {
  const parts: unknown[] = [codeOf[level], at, text]
  if (Object.keys(extra).length > 0) parts.push(extra)
  return `${JSON.stringify(parts)}\n`
}

/** Reads one line; what is no record is shown as the text it is, never dropped. */
export const parseRecord = (line: string): LogRecord => {
  const unreadable: LogRecord = { level: 'info', at: 0, text: line }
  let parts: unknown
  try {
    parts = JSON.parse(line)
  } catch {
    return unreadable
  }
  if (!Array.isArray(parts)) return unreadable
  const [code, at, text, extra] = parts as unknown[]
  if (typeof code !== 'string' || typeof at !== 'number' || typeof text !== 'string')
    return unreadable
  const level = CODES[code as keyof typeof CODES]
  return { level: level ?? 'info', at, text, ...readExtra(extra) }
}

const readExtra = (extra: unknown): Partial<LogRecord> => {
  if (typeof extra !== 'object' || extra === null) return {}
  const { continued, escaped, progress, gap } = extra as Partial<LogRecord>
  return {
    ...(continued === true && { continued }),
    ...(escaped === true && { escaped }),
    ...(typeof progress === 'number' && { progress }),
    ...(typeof gap === 'object' && gap !== null && { gap }),
  }
}
