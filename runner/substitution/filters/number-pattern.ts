import { type Decimal, isZero, round, shift, split, withoutTrailingZeros } from './decimal.ts'

const TOKEN = /'[^']*'|"[^"]*"|\\[\s\S]|[Ee][+-]?0+|[\s\S]/g

/** One section of a pattern: what is written around and between the digits, and how many. */
type Pattern = {
  tokens: string[]
  wholeDigits: number
  minWhole: number
  minFraction: number
  maxFraction: number
  grouping: boolean
  power: number
  exponent: string | undefined
}

/** Writes a number in a pattern such as `#,##0.00;(0.00);zero`.
 *  @see https://learn.microsoft.com/dotnet/standard/base-types/custom-numeric-format-strings */
export const formatCustom = (number: Decimal, format: string): string => {
  const sections = sectionsOf(format)
  const [positive = [], negative = [], zero = []] = sections
  const first = readPattern(positive)
  const isNegative = number.negative && !isZero(number)
  if (isNegative && negative.length > 0)
    return write({ ...number, negative: false }, readPattern(negative))
  const roundsToZero = isZero(roundTo(number, first))
  if (roundsToZero && zero.length > 0) return write(number, readPattern(zero))
  return `${isNegative && !roundsToZero ? '-' : ''}${write(number, first)}`
}

const sectionsOf = (format: string): string[][] => {
  const sections: string[][] = [[]]
  for (const [token] of format.matchAll(TOKEN)) {
    if (token === ';') sections.push([])
    else sections.at(-1)?.push(token)
  }
  return sections
}

const isDigit = (token: string | undefined): boolean => token === '0' || token === '#'

const readPattern = (tokens: string[]): Pattern => {
  const point = tokens.indexOf('.')
  const end = point === -1 ? tokens.length : point
  const whole = tokens.slice(0, end)
  const wholeDigits = whole.filter(isDigit)
  const fractionDigits = tokens.slice(end).filter(isDigit)
  const firstZero = wholeDigits.indexOf('0')
  const lastDigit = whole.findLastIndex(isDigit)
  const firstDigit = whole.findIndex(isDigit)
  const commas = whole.map((token, index) => (token === ',' ? index : -1)).filter(at => at !== -1)
  const scaling = commas.filter(at => at > lastDigit).length
  const percents = tokens.filter(token => token === '%').length
  const perMilles = tokens.filter(token => token === '‰').length
  return {
    tokens,
    wholeDigits: wholeDigits.length,
    minWhole: firstZero === -1 ? 0 : wholeDigits.length - firstZero,
    minFraction: fractionDigits.lastIndexOf('0') + 1,
    maxFraction: fractionDigits.length,
    grouping: commas.some(at => at > firstDigit && at < lastDigit),
    power: 2 * percents + 3 * perMilles - 3 * scaling,
    exponent: tokens.find(token => /^[Ee][+-]?0+$/.test(token)),
  }
}

const roundTo = (number: Decimal, pattern: Pattern): Decimal =>
  round(shift(number, pattern.power), pattern.maxFraction)

const write = (number: Decimal, pattern: Pattern): string => {
  const power = pattern.exponent === undefined ? 0 : exponentOf(number, pattern)
  const value = withoutTrailingZeros(roundTo(shift(number, -power), pattern))
  const { whole, fraction } = split(value)
  const digits = {
    whole: (whole === '0' ? '' : whole).padStart(pattern.minWhole, '0'),
    fraction: fraction.padEnd(pattern.minFraction, '0'),
  }
  return writeTokens(pattern, digits, power)
}

const exponentOf = (number: Decimal, pattern: Pattern): number =>
  isZero(number)
    ? 0
    : String(number.digits).length - number.scale - Math.max(pattern.wholeDigits, 1)

/** Digits beyond the places of the pattern go to its first place. */
const writeTokens = (
  pattern: Pattern,
  digits: { whole: string; fraction: string },
  power: number,
): string => {
  const parts: string[] = []
  let placesLeft = pattern.wholeDigits
  let wholeLeft = digits.whole
  let fractionAt = -1
  for (const token of pattern.tokens) {
    if (isDigit(token) && fractionAt === -1) {
      const count = placesLeft === pattern.wholeDigits ? wholeLeft.length - placesLeft + 1 : 1
      const taken = wholeLeft.length >= placesLeft ? wholeLeft.slice(0, Math.max(count, 1)) : ''
      wholeLeft = wholeLeft.slice(taken.length)
      placesLeft--
      parts.push(pattern.grouping ? withCommas(taken, wholeLeft.length) : taken)
    } else if (isDigit(token)) {
      parts.push(digits.fraction[fractionAt++] ?? '')
    } else if (token === '.') {
      if (fractionAt === -1) {
        fractionAt = 0
        // Whole digits without a place of their own stand before the point.
        if (pattern.wholeDigits === 0) parts.push(digits.whole)
        parts.push(digits.fraction === '' ? '' : '.')
      }
    } else if (token === pattern.exponent) {
      parts.push(writeExponent(token, power))
    } else if (token !== ',') {
      parts.push(literal(token))
    }
  }
  return parts.join('')
}

const withCommas = (taken: string, following: number): string =>
  [...taken]
    .map((digit, index) => {
      const rest = taken.length - 1 - index + following
      return rest > 0 && rest % 3 === 0 ? `${digit},` : digit
    })
    .join('')

const writeExponent = (token: string, power: number): string => {
  const zeros = token.replace(/^[Ee][+-]?/, '').length
  const sign = power < 0 ? '-' : token[1] === '+' ? '+' : ''
  return `${token[0]}${sign}${String(Math.abs(power)).padStart(zeros, '0')}`
}

const literal = (token: string): string => {
  if (token.startsWith('\\')) return token.slice(1)
  return /^['"]/.test(token) && token.length > 1 ? token.slice(1, -1) : token
}
