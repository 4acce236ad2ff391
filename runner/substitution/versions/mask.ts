import { compareByParts, compareNumbers } from './ordering.ts'
import { parseVersion, type Version } from './version.ts'

const PART = '(\\d+|i|c)'
const MASK = new RegExp(
  `^(?:([vV])?${PART}(?:\\.${PART})?(?:\\.${PART})?(?:\\.${PART})?)?(?:-([^+\\s]*))?(?:\\+(\\S*))?$`,
)

/** The next release number as a pattern: `i` is the current part plus one, `c` the current part. */
type Mask = {
  prefix: string
  numbers: (string | undefined)[]
  label: string
  metadata: string
}

const parseMask = (text: string): Mask | undefined => {
  const match = MASK.exec(text)
  if (!match) return undefined
  const [, prefix = '', major, minor, patch, revision, label = '', metadata = ''] = match
  return { prefix, numbers: [major, minor, patch, revision], label, metadata }
}

const isSubstituted = (part: string | undefined): boolean => part === 'i' || part === 'c'

const numberIn = (part: string | undefined): bigint =>
  part !== undefined && /^\d+$/.test(part) ? BigInt(part) : 0n

/** A substituted part right after an increment starts again at 0, but only right after: `i.c.c` on
 *  1.2.3 is 2.0.3. */
const nextPart = (
  part: string,
  current: string | undefined,
  previous: string | undefined,
): string => {
  if (!isSubstituted(part)) return part
  if (previous === 'i') return '0'
  return String(numberIn(current) + (part === 'i' ? 1n : 0n))
}

const nextNumbers = (mask: Mask, current: Mask | undefined): string => {
  const parts: string[] = []
  for (const [index, part] of mask.numbers.entries()) {
    const previous = mask.numbers[index - 1]
    if (part !== undefined) {
      parts.push(current ? nextPart(part, current.numbers[index], previous) : zeroed(part))
    } else if (current?.numbers[index] !== undefined && previous !== undefined) {
      parts.push('0')
    }
  }
  return parts.join('.')
}

const zeroed = (part: string): string => (isSubstituted(part) ? '0' : part)

const nextLabel = (mask: string, current: string | undefined): string => {
  const parts = mask.split('.')
  if (current === undefined) return parts.map(zeroed).join('.')
  const currentParts = current.split('.')
  return parts.map((part, index) => nextPart(part, currentParts[index], parts[index - 1])).join('.')
}

/** Whether a release number asks for parts of the one before it. */
export const isMask = (text: string): boolean => {
  const mask = parseMask(text)
  if (!mask) return false
  return [...mask.numbers, ...mask.label.split('.'), ...mask.metadata.split('.')].some(
    isSubstituted,
  )
}

/** The version that follows `current` by the mask; without a current version `i` and `c` are 0.
 *  Text that is no mask is taken as a version as it stands; `undefined` when it is neither. */
export const applyMask = (text: string, current: Version | undefined): Version | undefined => {
  const mask = parseMask(text)
  if (!mask) return parseVersion(text, 'octopus')
  const before: Mask | undefined = current && (parseMask(current.text) ?? NOTHING)
  const label = mask.label === '' ? '' : `-${nextLabel(mask.label, before?.label)}`
  const metadata = mask.metadata === '' ? '' : `+${nextLabel(mask.metadata, before?.metadata)}`
  return parseVersion(`${mask.prefix}${nextNumbers(mask, before)}${label}${metadata}`, 'octopus')
}

const NOTHING: Mask = { prefix: '', numbers: [], label: '', metadata: '' }

/** Of the versions that agree with the mask up to its first substituted number the highest, with
 *  all that compare equal to it. */
export const latestMaskedVersions = (text: string, versions: readonly Version[]): Version[] => {
  const mask = parseMask(text)
  if (!mask) return []
  const firstSubstituted = mask.numbers.findIndex(isSubstituted)
  const fixed = mask.numbers
    .slice(0, firstSubstituted === -1 ? 4 : firstSubstituted)
    .map(part => Number(part ?? 0))
  const admitted = versions.filter(version => {
    const numbers = [version.major, version.minor, version.patch, version.revision]
    return fixed.every((number, index) => compareNumbers(number, numbers[index] ?? 0) === 0)
  })
  const order = (left: Version, right: Version) => compareByParts(left, right, 'any')
  const highest = admitted.toSorted(order).at(-1)
  return highest ? admitted.filter(version => order(version, highest) === 0) : []
}
