/** What all number-and-label orders share. */
type Ordered = {
  major: number
  minor: number
  patch: number
  revision: number
  preRelease: string
}

export const compareNumbers = (left: number | bigint, right: number | bigint): -1 | 0 | 1 =>
  left < right ? -1 : left > right ? 1 : 0

/** Ordinal, without case. */
export const compareWords = (left: string, right: string): -1 | 0 | 1 => {
  const [a, b] = [left.toUpperCase(), right.toUpperCase()]
  return a < b ? -1 : a > b ? 1 : 0
}

const NUMBER = /^\d+$/

const compareParts = (left: string, right: string): -1 | 0 | 1 => {
  const [leftIsNumber, rightIsNumber] = [NUMBER.test(left), NUMBER.test(right)]
  // Date stamps such as 20240501123456 pass 32 bits, so numbers are compared at any size.
  if (leftIsNumber && rightIsNumber) return compareNumbers(BigInt(left), BigInt(right))
  if (leftIsNumber !== rightIsNumber) return leftIsNumber ? -1 : 1
  return compareWords(left, right)
}

/** Label against label, part by part: numbers as numbers, a number below a word, words without
 *  case, fewer parts first. SemVer separates parts by dots only, the others by any character that
 *  is no letter or digit. */
export const compareLabels = (
  left: string,
  right: string,
  separators: 'dots' | 'any' = 'any',
): -1 | 0 | 1 => {
  const separator = separators === 'dots' ? '.' : /[^A-Za-z0-9]/
  const leftParts = left.split(separator)
  const rightParts = right.split(separator)
  for (const [index, part] of leftParts.entries()) {
    const other = rightParts[index]
    if (other === undefined) return 1
    const order = compareParts(part, other)
    if (order !== 0) return order
  }
  return leftParts.length < rightParts.length ? -1 : 0
}

/** Four numbers, then no label above any label, then the labels. Metadata does not count. */
export const compareByParts = (
  left: Ordered,
  right: Ordered,
  separators: 'dots' | 'any',
): -1 | 0 | 1 =>
  compareNumbers(left.major, right.major) ||
  compareNumbers(left.minor, right.minor) ||
  compareNumbers(left.patch, right.patch) ||
  compareNumbers(left.revision, right.revision) ||
  compareNumbers(left.preRelease === '' ? 1 : 0, right.preRelease === '' ? 1 : 0) ||
  compareLabels(left.preRelease, right.preRelease, separators)
