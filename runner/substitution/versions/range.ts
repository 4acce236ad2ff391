import { compareMaven } from './maven.ts'
import { compareByParts } from './ordering.ts'
import { parseVersion, type Version, type VersionFormat } from './version.ts'

type Limit = { version: Version; inclusive: boolean }
type Interval = { lower?: Limit; upper?: Limit }

/** A set of versions as intervals; a version is inside when it is inside of any. */
export type VersionRange = { text: string; intervals: readonly Interval[] }

const MAX_RANGE_LENGTH = 2_000

/** Reads a range: Maven's syntax for Maven versions, NuGet's for all others; `undefined` when it is
 *  neither. Refused are the forms on which implementations disagree: `(1.0)`, limits the wrong way
 *  round and floating versions such as `1.*`.
 *  @see https://learn.microsoft.com/nuget/concepts/package-versioning#version-ranges */
export const parseVersionRange = (
  text: string,
  format: VersionFormat,
): VersionRange | undefined => {
  if (text.length > MAX_RANGE_LENGTH) return undefined
  const intervals = format === 'maven' ? mavenIntervals(text.trim()) : nuGetIntervals(text.trim())
  return intervals && { text, intervals }
}

/** Whether the version lies in the range. A pre-release of an exclusive upper limit does, as it is
 *  below that limit; metadata never counts. */
export const isInRange = (version: Version, range: VersionRange): boolean =>
  range.intervals.some(
    ({ lower, upper }) =>
      (!lower || orderOf(version, lower.version) > (lower.inclusive ? -1 : 0)) &&
      (!upper || orderOf(version, upper.version) < (upper.inclusive ? 1 : 0)),
  )

const orderOf = (left: Version, right: Version): -1 | 0 | 1 =>
  right.format === 'maven'
    ? compareMaven(left.text, right.text)
    : compareByParts(left, right, left.format === 'semver' ? 'dots' : 'any')

const BRACKETED = /^([[(])([^[\]()]*)([\])])$/

const nuGetIntervals = (text: string): Interval[] | undefined => {
  const bracketed = BRACKETED.exec(text)
  if (!bracketed) {
    const version = parseVersion(text, 'semver')
    return version && [{ lower: { version, inclusive: true } }]
  }
  const [, open = '', inner = '', close = ''] = bracketed
  const interval = readInterval(open, inner, close, limit => parseVersion(limit, 'semver'))
  return interval && (interval.lower || interval.upper) ? [interval] : undefined
}

/** `undefined` for an interval that makes no sense. */
const readInterval = (
  open: string,
  inner: string,
  close: string,
  parse: (text: string) => Version | undefined,
): Interval | undefined => {
  const limits = inner.split(',').map(limit => limit.trim())
  const [from, to = from] = limits
  if (limits.length > 2 || from === undefined || to === undefined) return undefined
  const single = limits.length === 1
  if (single && (from === '' || open !== '[' || close !== ']')) return undefined
  const [lower, upper] = [from, to].map(limit => (limit === '' ? undefined : parse(limit)))
  if ((from !== '' && !lower) || (to !== '' && !upper)) return undefined
  if (lower && upper && orderOf(lower, upper) > 0) return undefined
  return {
    ...(lower && { lower: { version: lower, inclusive: open === '[' } }),
    ...(upper && { upper: { version: upper, inclusive: close === ']' } }),
  }
}

const MAVEN_SET = /^\s*([[(])([^[\]()]*)([\])])\s*(,?)/

const mavenIntervals = (text: string): Interval[] | undefined => {
  // A bare version is only what its author recommends; every version is admitted.
  if (text !== '' && !/^[[(]/.test(text)) return /[[\](),]/.test(text) ? undefined : [{}]
  const intervals: Interval[] = []
  for (let rest = text; rest !== ''; ) {
    const match = MAVEN_SET.exec(rest)
    if (!match) return undefined
    const [whole, open = '', inner = '', close = ''] = match
    const interval = readInterval(open, inner, close, limit => parseVersion(limit, 'maven'))
    const previous = intervals.at(-1)
    if (!interval || hasSameLimitTwice(inner) || (previous && overlaps(previous, interval))) {
      return undefined
    }
    intervals.push(interval)
    rest = rest.slice(whole.length).trim()
  }
  return intervals.length > 0 ? intervals : undefined
}

const hasSameLimitTwice = (inner: string): boolean => {
  const [from, to] = inner.split(',')
  return to !== undefined && from?.trim() === to.trim()
}

const overlaps = (before: Interval, after: Interval): boolean =>
  !before.upper || !after.lower || orderOf(after.lower.version, before.upper.version) < 0
