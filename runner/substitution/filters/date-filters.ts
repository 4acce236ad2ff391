import { parseDouble, parseInt32 } from '../number.ts'
import { type DateTime, fromEpoch, inUtc, isInRange, parseDate } from './date.ts'
import { formatDate } from './date-format.ts'
import { fromDouble, parseDecimal } from './decimal.ts'
import type { Filter } from './filter.ts'
import { withOptions } from './filter.ts'
import { formatNumber } from './number-format.ts'

const now =
  (at: (epochMs: number) => DateTime): Filter =>
  (input, options, context) => {
    const [format = 'O', ...more] = options
    return input !== undefined || more.length > 0 ? undefined : formatDate(at(context.now), format)
  }

/** The clock on the wall here, without saying where that is. */
const localClock = (epochMs: number): DateTime => ({
  ...fromEpoch(epochMs, -new Date(epochMs).getTimezoneOffset()),
  zone: 'none',
})

const TICKS_PER_HOUR = 36e9

const add = (ticksPerUnit: number): Filter =>
  withOptions(1, 1, (input, [amount = '']) => {
    const units = parseDouble(amount)
    const date = parseDate(input)
    if (units === undefined || !date || Math.abs(units * ticksPerUnit) > 4e18) return undefined
    const ticks = date.ticks + BigInt(Math.round(units * ticksPerUnit))
    return isInRange(ticks) ? formatDate({ ...date, ticks }, 'O') : undefined
  })

/** A moment that says where it is: without a zone it is taken for UTC. */
const withOffset = (date: DateTime): DateTime =>
  typeof date.zone === 'number' ? date : { ...date, zone: 0 }

/** A clock without offset: one that was written is turned into UTC. */
const withoutOffset = (date: DateTime): DateTime => (date.zone === 'none' ? date : inUtc(date))

const formatAsDate = (input: string, format: string, see: (date: DateTime) => DateTime) => {
  const date = parseDate(input)
  return date && formatDate(see(date), format)
}

const formatAsDouble = (input: string, format: string): string | undefined => {
  const value = parseDouble(input)
  const decimal = value === undefined ? undefined : fromDouble(value)
  return value === undefined || !decimal
    ? undefined
    : formatNumber({ type: 'double', value, decimal }, format)
}

const formatAsInt = (input: string, format: string): string | undefined => {
  const value = parseInt32(input)
  const decimal = value === undefined ? undefined : parseDecimal(String(value))
  return value === undefined || !decimal
    ? undefined
    : formatNumber({ type: 'int', value, decimal }, format)
}

/** `Format format` finds out what the value is, a number or else a date; `Format type format` is
 *  told. */
const format = withOptions(1, 2, (input, options) => {
  const [first = '', second] = options
  const decimal = parseDecimal(input)
  if (second === undefined) {
    return decimal
      ? formatNumber({ type: 'decimal', decimal }, first)
      : formatAsDate(input, first, withOffset)
  }
  switch (first.toLowerCase()) {
    case 'int':
    case 'int32':
      return formatAsInt(input, second)
    case 'double':
      return formatAsDouble(input, second)
    case 'decimal':
      return decimal && formatNumber({ type: 'decimal', decimal }, second)
    case 'date':
    case 'datetime':
      return formatAsDate(input, second, withoutOffset)
    case 'datetimeoffset':
      return formatAsDate(input, second, withOffset)
    default:
      return undefined
  }
})

/** Dates and the formatting of dates and numbers. */
export const DATE_FILTERS: Record<string, Filter> = {
  NowDate: now(localClock),
  NowDateUtc: now(epochMs => fromEpoch(epochMs, 'utc')),
  AddHours: add(TICKS_PER_HOUR),
  AddDays: add(24 * TICKS_PER_HOUR),
  Format: format,
}
