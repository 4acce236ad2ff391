import type { Version } from '../../runner/substitution/versions/version.ts'

/** Digits of the largest number a SemVer part may be: 2,147,483,647. */
const NUMBER_DIGITS = 10
/** Numeric labels have any size; a version has at most 1,000 characters, so four digits say how
 *  long one is. */
const LENGTH_DIGITS = 4

const NEXT_LABEL = '!'
const END_OF_LABELS = ' '
const NUMERIC = '1'
const WORD = '2'
const RELEASE = '~'

/**
 * A text that sorts, byte by byte, exactly as SemVer versions do, so that the database finds the
 * newest by an index. Equal versions have equal texts. The marks are chosen to sort around what
 * labels may hold: end of labels < next label < `-` < digits < letters < release.
 */
export const versionOrder = (version: Version): string => {
  const numbers = [version.major, version.minor, version.patch, version.revision]
    .map(number => String(number).padStart(NUMBER_DIGITS, '0'))
    .join('.')
  const labels =
    version.preRelease === '' ? RELEASE : version.preRelease.split('.').map(label).join(NEXT_LABEL)
  return `${numbers}.${labels}${END_OF_LABELS}${version.metadata.toUpperCase()}`
}

const label = (text: string): string => {
  if (!/^\d+$/.test(text)) return WORD + text.toUpperCase()
  const digits = text.replace(/^0+(?=\d)/, '')
  return NUMERIC + String(digits.length).padStart(LENGTH_DIGITS, '0') + digits
}
