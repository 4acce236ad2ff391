import { DAYS, type DateTime, inUtc, MONTHS, wallClock } from './date.ts'

const LONG_DATE = 'dddd, dd MMMM yyyy'
const ROUND_TRIP = "yyyy-MM-dd'T'HH:mm:ss.fffffffK"
const RFC1123 = "ddd, dd MMM yyyy HH:mm:ss 'GMT'"

/** The standard formats of one letter, in the invariant culture. */
const STANDARD: Record<string, string> = {
  d: 'MM/dd/yyyy',
  D: LONG_DATE,
  f: `${LONG_DATE} HH:mm`,
  F: `${LONG_DATE} HH:mm:ss`,
  g: 'MM/dd/yyyy HH:mm',
  G: 'MM/dd/yyyy HH:mm:ss',
  m: 'MMMM dd',
  M: 'MMMM dd',
  o: ROUND_TRIP,
  O: ROUND_TRIP,
  r: RFC1123,
  R: RFC1123,
  s: "yyyy-MM-dd'T'HH:mm:ss",
  t: 'HH:mm',
  T: 'HH:mm:ss',
  u: "yyyy-MM-dd HH:mm:ss'Z'",
  U: `${LONG_DATE} HH:mm:ss`,
  y: 'yyyy MMMM',
  Y: 'yyyy MMMM',
}
const ALWAYS_UTC = /^[rRuU]$/

const TOKEN = /d{1,}|f{1,}|F{1,}|g+|h+|H+|K|m+|M+|s+|t+|y+|z+|'[^']*'|"[^"]*"|\\[\s\S]|%|[\s\S]/g

const MAX_FORMAT_LENGTH = 500

/** Writes a date in a .NET format string of the invariant culture; `undefined` for a format that
 *  there is not. @see https://learn.microsoft.com/dotnet/standard/base-types/custom-date-and-time-format-strings */
export const formatDate = (date: DateTime, format: string): string | undefined => {
  if (format.length > MAX_FORMAT_LENGTH) return undefined
  if (format.length === 1 && !(format in STANDARD)) return undefined
  const pattern = format === '' ? STANDARD.G : (STANDARD[format] ?? format)
  // Only a moment that says where it is can be put into UTC; a bare date is what it is.
  const shown = ALWAYS_UTC.test(format) && date.zone !== 'none' ? inUtc(date) : date
  const clock = wallClock(shown)
  const parts: string[] = []
  for (const [token] of (pattern ?? '').matchAll(TOKEN)) {
    const part = partOf(token, shown, clock)
    if (part === undefined) return undefined
    parts.push(part)
  }
  return trimFraction(parts).join('')
}

/** A fraction without digits takes the dot before it away. */
const trimFraction = (parts: string[]): string[] => {
  const kept: string[] = []
  for (const part of parts) {
    if (part !== NO_FRACTION) kept.push(part)
    else if (kept.at(-1) === '.') kept.pop()
  }
  return kept
}

const NO_FRACTION = '\u0000'

const pad = (value: number, length: number): string => String(value).padStart(length, '0')

const named = (names: readonly string[], index: number, length: number): string => {
  const name = names[index] ?? ''
  return length >= 4 ? name : name.slice(0, 3)
}

const partOf = (
  token: string,
  shown: DateTime,
  { date, fraction }: { date: Date; fraction: string },
): string | undefined => {
  const length = token.length
  switch (token[0]) {
    case 'd':
      return length <= 2 ? pad(date.getUTCDate(), length) : named(DAYS, date.getUTCDay(), length)
    case 'M':
      return length <= 2
        ? pad(date.getUTCMonth() + 1, length)
        : named(MONTHS, date.getUTCMonth(), length)
    case 'y':
      return length <= 2
        ? pad(date.getUTCFullYear() % 100, length)
        : pad(date.getUTCFullYear(), length)
    case 'h':
      return pad(date.getUTCHours() % 12 || 12, Math.min(length, 2))
    case 'H':
      return pad(date.getUTCHours(), Math.min(length, 2))
    case 'm':
      return pad(date.getUTCMinutes(), Math.min(length, 2))
    case 's':
      return pad(date.getUTCSeconds(), Math.min(length, 2))
    case 'f':
      return length > 7 ? undefined : fraction.slice(0, length)
    case 'F':
      return length > 7 ? undefined : fraction.slice(0, length).replace(/0+$/, '') || NO_FRACTION
    case 't':
      return (date.getUTCHours() < 12 ? 'AM' : 'PM').slice(0, length)
    case 'g':
      return 'A.D.'
    case 'K':
      return shown.zone === 'none' ? '' : shown.zone === 'utc' ? 'Z' : offset(shown, 3)
    case 'z':
      return offset(shown, length)
    default:
      return literal(token)
  }
}

const literal = (token: string): string => {
  if (token === '%') return ''
  if (token.startsWith('\\')) return token.slice(1)
  return /^['"]/.test(token) && token.length > 1 ? token.slice(1, -1) : token
}

const offset = ({ zone }: DateTime, length: number): string => {
  const minutes = typeof zone === 'number' ? zone : 0
  const hours = Math.trunc(Math.abs(minutes) / 60)
  const sign = minutes < 0 ? '-' : '+'
  if (length < 3) return `${sign}${pad(hours, length)}`
  return `${sign}${pad(hours, 2)}:${pad(Math.abs(minutes) % 60, 2)}`
}
