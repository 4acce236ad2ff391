/** A moment as people write it. `ticks` are 100 ns since 0001-01-01 of the clock on the wall; `zone`
 *  is what was written behind it: nothing, `Z`, or an offset in minutes. */
export type DateTime = { ticks: bigint; zone: 'none' | 'utc' | number }

export const TICKS_PER_MS = 10_000n
const TICKS_PER_MINUTE = 600_000_000n
/** Milliseconds from 0001-01-01 to 1970-01-01. */
const EPOCH_MS = 62_135_596_800_000n
const MAX_TICKS = 3_155_378_975_999_999_999n

export const isInRange = (ticks: bigint): boolean => ticks >= 0n && ticks <= MAX_TICKS

export const fromEpoch = (epochMs: number, zone: DateTime['zone']): DateTime => {
  const shift = typeof zone === 'number' ? BigInt(zone) * TICKS_PER_MINUTE : 0n
  return { ticks: (BigInt(Math.trunc(epochMs)) + EPOCH_MS) * TICKS_PER_MS + shift, zone }
}

/** The same moment on the clock of UTC; a date without a zone is in UTC already. */
export const inUtc = (date: DateTime): DateTime => {
  const offset = typeof date.zone === 'number' ? BigInt(date.zone) : 0n
  return { ticks: date.ticks - offset * TICKS_PER_MINUTE, zone: 'utc' }
}

/** The parts of the wall clock, for reading with the UTC getters of `Date`. */
export const wallClock = (date: DateTime): { date: Date; fraction: string } => ({
  date: new Date(Number(date.ticks / TICKS_PER_MS - EPOCH_MS)),
  fraction: String(date.ticks % (TICKS_PER_MS * 1000n)).padStart(7, '0'),
})

export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const

export const DAYS = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const

const YEAR_FIRST = /^(?<y>\d{4})[-/.](?<m>\d{1,2})(?:[-/.](?<d>\d{1,2}))?/
const MONTH_FIRST = /^(?<m>\d{1,2})[-/.](?<d>\d{1,2})[-/.](?<y>\d{4})/
const DAY_AND_NAME = /^(?<d>\d{1,2})[ -](?<name>[a-z]{3,9})[ ,-]+(?<y>\d{4})/i
const NAME_AND_DAY = /^(?<name>[a-z]{3,9}) +(?<d>\d{1,2}),? +(?<y>\d{4})/i
const DAY_OF_WEEK = /^(?:sun|mon|tue|wed|thu|fri|sat)[a-z]*,? +/i
const TIME =
  /^(?:[T ]\s*(?<h>\d{1,2}):(?<mi>\d{2})(?::(?<s>\d{2})(?:[.,](?<f>\d{1,9}))?)?\s*(?<half>[ap]m)?)?\s*(?<zone>Z|GMT|UTC|[+-]\d{1,2}:?(?:\d{2})?)?$/i

/** Reads a date in ISO form, year first or month first by slashes, or with the name of the month,
 *  with or without time and zone; `undefined` when it is none of these or no such day. */
export const parseDate = (text: string): DateTime | undefined => {
  if (text.length > 100) return undefined
  const trimmed = text.trim().replace(DAY_OF_WEEK, '')
  for (const form of [YEAR_FIRST, MONTH_FIRST, DAY_AND_NAME, NAME_AND_DAY]) {
    const day = form.exec(trimmed)
    const time = day && TIME.exec(trimmed.slice(day[0].length))
    if (!day?.groups || !time?.groups) continue
    const days = daysOf(day.groups)
    const clock = clockOf(time.groups)
    if (days === undefined || clock === undefined) return undefined
    const ticks = (days + EPOCH_MS) * TICKS_PER_MS + clock
    return { ticks, zone: zoneOf(time.groups.zone) }
  }
  return undefined
}

type Groups = Record<string, string | undefined>

const daysOf = (groups: Groups): bigint | undefined => {
  const name = groups.name?.toLowerCase()
  const month =
    name === undefined
      ? Number(groups.m) - 1
      : MONTHS.findIndex(
          known => known.toLowerCase() === name || known.slice(0, 3).toLowerCase() === name,
        )
  const [year, day] = [Number(groups.y), Number(groups.d ?? 1)]
  const date = new Date(0)
  date.setUTCFullYear(year, month, day)
  const isReal = year > 0 && date.getUTCMonth() === month && date.getUTCDate() === day
  return isReal ? BigInt(date.getTime()) : undefined
}

const clockOf = (groups: Groups): bigint | undefined => {
  const [minutes, seconds] = [Number(groups.mi ?? 0), Number(groups.s ?? 0)]
  const written = Number(groups.h ?? 0)
  const half = groups.half?.toLowerCase()
  if (minutes > 59 || seconds > 59 || written > 23 || (half && (written < 1 || written > 12))) {
    return undefined
  }
  const hours = half ? (written % 12) + (half === 'pm' ? 12 : 0) : written
  const fraction = BigInt((groups.f ?? '').padEnd(7, '0').slice(0, 7))
  return BigInt((hours * 60 + minutes) * 60 + seconds) * 10_000_000n + fraction
}

const zoneOf = (zone: string | undefined): DateTime['zone'] => {
  if (zone === undefined) return 'none'
  if (/^[a-z]/i.test(zone)) return 'utc'
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d{1,2}):?(\d{2})?$/.exec(zone) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}
