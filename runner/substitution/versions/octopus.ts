import type { Version } from './version.ts'

const PATTERN = new RegExp(
  [
    // Numbers, all optional together; the blanks around them were tolerated once and still are.
    /^(?:(?<prefix>[vV])?\s*(?<major>\d+)(?:\s*\.\s*(?<minor>\d+))?(?:\s*\.\s*(?<patch>\d+))?/,
    /(?:\s*\.\s*(?<revision>\d+))?)?/,
    // One separator, which belongs to no part, and the blanks after the last number.
    /(?:\s*[.\-_\\])?/,
    /(?<preRelease>(?<labelPrefix>[A-Za-z0-9]*)(?:[.\-_\\](?<counter>[A-Za-z0-9.\-_\\]*))?)/,
    /(?:\s*(?<plus>\+)(?<metadata>[A-Za-z0-9_\-.\\+]*))?$/,
  ]
    .map(part => part.source)
    .join(''),
)

const LABEL_THEN_BLANK = /[A-Za-z][^+]*\s+\+/

export const MAX_INT32 = 2_147_483_647

/** The tolerant format of release numbers: `latest`, `1_0_alpha` and `v1.2.3.4-rc.1+build` are all
 *  versions; numbers over 32 bits, blanks inside labels and other punctuation are not. */
export const parseOctopus = (text: string): Version | undefined => {
  const trimmed = text.trim()
  if (trimmed === '' || LABEL_THEN_BLANK.test(trimmed)) return undefined
  const groups = PATTERN.exec(trimmed)?.groups
  if (!groups) return undefined
  const [major, minor, patch, revision] = [
    groups.major,
    groups.minor,
    groups.patch,
    groups.revision,
  ].map(number => Number(number ?? 0)) as [number, number, number, number]
  if (Math.max(major, minor, patch, revision) > MAX_INT32) return undefined
  const preRelease = groups.preRelease ?? ''
  return {
    format: 'octopus',
    text: trimmed.replace(/\s/g, ''),
    prefix: groups.prefix ?? '',
    major,
    minor,
    patch,
    revision,
    preRelease,
    preReleasePrefix: groups.labelPrefix ?? '',
    preReleaseCounter: groups.counter ?? '',
    metadata: groups.metadata ?? '',
    isPreRelease: preRelease !== '',
  }
}

/** A Docker tag: an Octopus version, but the tag `latest` is no pre-release. */
export const parseDocker = (text: string): Version | undefined => {
  const version = parseOctopus(text)
  if (!version) return undefined
  return {
    ...version,
    format: 'docker',
    isPreRelease: version.isPreRelease && version.text !== 'latest',
  }
}
