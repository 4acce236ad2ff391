import { formatDouble } from '../number.ts'
import {
  type Decimal,
  fromDouble,
  isZero,
  round,
  split,
  toText,
  withoutTrailingZeros,
} from './decimal.ts'
import { formatCustom } from './number-pattern.ts'

/** A number and how exact its type is: that decides what a format does with it. */
export type Numeric =
  | { type: 'int'; value: number; decimal: Decimal }
  | { type: 'double'; value: number; decimal: Decimal }
  | { type: 'decimal'; decimal: Decimal }

const STANDARD = /^([A-Za-z])(\d{0,3})$/
const MAX_PRECISION = 100
const MAX_FORMAT_LENGTH = 500

/** Writes a number in a .NET format string of the invariant culture; `undefined` for a format this
 *  type of number does not have. @see https://learn.microsoft.com/dotnet/standard/base-types/standard-numeric-format-strings */
export const formatNumber = (number: Numeric, format: string): string | undefined => {
  if (format.length > MAX_FORMAT_LENGTH) return undefined
  const [, letter, digits] = STANDARD.exec(format) ?? []
  if (format !== '' && letter === undefined) return formatCustom(roundedForPattern(number), format)
  const precision = digits ? Number(digits) : undefined
  if (precision !== undefined && precision > MAX_PRECISION) return undefined
  return formatStandard(number, letter ?? 'G', precision)
}

/** Patterns see 15 digits of a double, as what is beyond is noise. */
const roundedForPattern = (number: Numeric): Decimal =>
  number.type === 'double' ? (fromDouble(number.value, 15) ?? number.decimal) : number.decimal

const formatStandard = (
  number: Numeric,
  letter: string,
  precision: number | undefined,
): string | undefined => {
  switch (letter.toUpperCase()) {
    case 'F':
      return toText(rounded(number, precision ?? 2))
    case 'N':
      return signed(rounded(number, precision ?? 2), grouped, text => `-${text}`)
    case 'C':
      return signed(
        rounded(number, precision ?? 2),
        value => `¤${grouped(value)}`,
        text => `(${text})`,
      )
    case 'P':
      return signed(
        round({ ...number.decimal, digits: number.decimal.digits * 100n }, precision ?? 2),
        value => `${grouped(value)} %`,
        text => `-${text}`,
      )
    case 'E':
      return exponential(number.decimal, precision ?? 6, letter, 3)
    case 'G':
      return general(number, letter, precision)
    case 'R':
      return number.type === 'decimal' ? undefined : general(number, letter, undefined)
    case 'D':
      return number.type === 'int' ? padded(number, precision ?? 0) : undefined
    case 'X':
      return number.type === 'int' ? hexadecimal(number.value, letter, precision ?? 0) : undefined
    case 'B':
      return number.type === 'int'
        ? (number.value >>> 0).toString(2).padStart(precision ?? 0, '0')
        : undefined
    default:
      return undefined
  }
}

/** A double is rounded as the exact value it is, not as the text it shows. */
const rounded = (number: Numeric, places: number): Decimal =>
  number.type === 'double'
    ? round(fromDouble(number.value, 60) ?? number.decimal, places)
    : round(number.decimal, places)

const signed = (
  value: Decimal,
  positive: (value: Decimal) => string,
  negative: (text: string) => string,
): string => (value.negative && !isZero(value) ? negative(positive(value)) : positive(value))

const grouped = (value: Decimal): string => {
  const { whole, fraction } = split(value)
  const groups = whole.replace(/\B(?=(?:\d{3})+$)/g, ',')
  return fraction === '' ? groups : `${groups}.${fraction}`
}

const exponential = (
  value: Decimal,
  places: number,
  letter: string,
  exponentDigits: number,
): string => {
  const text = String(value.digits)
  let exponent = isZero(value) ? 0 : text.length - 1 - value.scale
  const ofMantissa = { negative: value.negative, digits: value.digits, scale: text.length - 1 }
  let mantissa = round(ofMantissa, places)
  if (mantissa.digits >= 10n ** BigInt(places + 1)) {
    mantissa = round({ ...mantissa, scale: mantissa.scale + 1 }, places)
    exponent++
  }
  const size = String(Math.abs(exponent)).padStart(exponentDigits, '0')
  const mark = letter === letter.toUpperCase() ? 'E' : 'e'
  return `${toText(mantissa)}${mark}${exponent < 0 ? '-' : '+'}${size}`
}

const general = (number: Numeric, letter: string, precision: number | undefined): string => {
  if (!precision)
    return number.type === 'double' ? formatDouble(number.value) : toText(number.decimal)
  const digits = String(number.decimal.digits).length
  const exponent = digits - 1 - number.decimal.scale
  const kept = withoutTrailingZeros(round(number.decimal, Math.max(precision - 1 - exponent, 0)))
  if (exponent >= precision || exponent < -4) {
    const [mantissa = '', power = ''] = exponential(
      number.decimal,
      precision - 1,
      letter === 'g' ? 'e' : 'E',
      2,
    ).split(/(?=[Ee])/)
    return `${mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa}${power}`
  }
  return toText(kept)
}

const padded = (number: Numeric, length: number): string => {
  const text = String(number.decimal.digits).padStart(length, '0')
  return number.decimal.negative && !isZero(number.decimal) ? `-${text}` : text
}

const hexadecimal = (value: number, letter: string, length: number): string => {
  const text = (value >>> 0).toString(16).padStart(length, '0')
  return letter === 'X' ? text.toUpperCase() : text
}
