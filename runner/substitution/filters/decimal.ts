/** A number in decimal digits: `digits` × 10^-`scale`. */
export type Decimal = { negative: boolean; digits: bigint; scale: number }

const TEXT = /^([+-]?)(\d[\d,]*)?(?:\.(\d*))?$/
const MAX_DIGITS = 29

/** Reads a decimal number of at most 29 digits, thousands separated or not. */
export const parseDecimal = (text: string): Decimal | undefined => {
  const [, sign, whole = '', fraction = ''] = TEXT.exec(text.trim()) ?? []
  const digits = `${whole.replaceAll(',', '')}${fraction}`
  if (sign === undefined || digits === '' || digits.length > MAX_DIGITS) return undefined
  return { negative: sign === '-', digits: BigInt(digits), scale: fraction.length }
}

/** A double with all digits it shows: `significant` of them, or the shortest that read back. */
export const fromDouble = (value: number, significant?: number): Decimal | undefined => {
  if (!Number.isFinite(value)) return undefined
  const text =
    significant === undefined ? value.toExponential() : value.toExponential(significant - 1)
  const [mantissa = '0', exponent = '0'] = text.replace('-', '').split('e')
  const isSmall = text.includes('e-')
  const power = isSmall ? -Number(text.split('e-')[1]) : Number(exponent)
  const fraction = mantissa.split('.')[1] ?? ''
  const digits = BigInt(mantissa.replace('.', ''))
  const scale = fraction.length - power
  const negative = value < 0
  return scale >= 0
    ? { negative, digits, scale }
    : { negative, digits: digits * 10n ** BigInt(-scale), scale: 0 }
}

/** Rounded to `places` behind the point, halves away from zero, with exactly that many places. */
export const round = (number: Decimal, places: number): Decimal => {
  const { negative, digits, scale } = number
  if (scale <= places)
    return { negative, digits: digits * 10n ** BigInt(places - scale), scale: places }
  const unit = 10n ** BigInt(scale - places)
  return { negative, digits: (digits + unit / 2n) / unit, scale: places }
}

/** Without zeros at the end of the places. */
export const withoutTrailingZeros = (number: Decimal): Decimal => {
  let { digits, scale } = number
  while (scale > 0 && digits % 10n === 0n) {
    digits /= 10n
    scale--
  }
  return { ...number, digits, scale }
}

/** The digits before and behind the point. */
export const split = ({ digits, scale }: Decimal): { whole: string; fraction: string } => {
  const text = String(digits).padStart(scale + 1, '0')
  return { whole: text.slice(0, text.length - scale), fraction: text.slice(text.length - scale) }
}

/** The value times 10^`power`. */
export const shift = (number: Decimal, power: number): Decimal => {
  const scale = number.scale - power
  return scale >= 0
    ? { ...number, scale }
    : { ...number, digits: number.digits * 10n ** BigInt(-scale), scale: 0 }
}

export const isZero = ({ digits }: Decimal): boolean => digits === 0n

/** Sign, digits, point. */
export const toText = (number: Decimal): string => {
  const { whole, fraction } = split(number)
  const sign = number.negative && !isZero(number) ? '-' : ''
  return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`
}
