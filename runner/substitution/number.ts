/** A double as the originals write it: shortest text that reads back, `1E+18` from 15 zeros on. */
export const formatDouble = (value: number): string => {
  if (!Number.isFinite(value))
    return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e')
  const exponent = Number(exponentText)
  if (exponent >= -5 && exponent < 15) return plain(value)
  const size = String(Math.abs(exponent)).padStart(2, '0')
  return `${mantissa}E${exponent < 0 ? '-' : '+'}${size}`
}

// JavaScript goes over to exponents below 1e-6 only, so within these limits its text is plain.
const plain = (value: number): string => String(value)

const DOUBLE = /^[+-]?(?:\d[\d,]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?$/

/** Reads a number as people write it, thousands separated by commas or not. */
export const parseDouble = (text: string): number | undefined => {
  const trimmed = text.trim()
  return DOUBLE.test(trimmed) ? Number(trimmed.replaceAll(',', '')) : undefined
}

/** Reads a whole number of 32 bits. */
export const parseInt32 = (text: string): number | undefined => {
  const trimmed = text.trim()
  if (!/^[+-]?\d{1,20}$/.test(trimmed)) return undefined
  const value = Number(trimmed)
  return value >= -2_147_483_648 && value <= 2_147_483_647 ? value : undefined
}
