import type { Version } from './version.ts'

// Numbers, all optional together; the blanks around them were tolerated once and still are.
const NUMBERS = /([vV])?\s*(\d+)(?:\s*\.\s*(\d+))?(?:\s*\.\s*(\d+))?(?:\s*\.\s*(\d+))?\s*/.source
// One separator, which belongs to no part; none is needed where nothing has to be separated.
const SEPARATOR = /(?:[.\-_\\]|(?<!\s)|(?=\+))/.source
const LABEL = /(([A-Za-z0-9]*)(?:[.\-_\\]([A-Za-z0-9.\-_\\]*))?)/.source
const METADATA = /(?:\+([A-Za-z0-9_\-.\\+]*))?/.source

const PATTERN = new RegExp(`^(?:${NUMBERS})?${SEPARATOR}${LABEL}${METADATA}$`)

export const MAX_INT32 = 2_147_483_647

/** The tolerant format of release numbers: `latest`, `1_0_alpha` and `v1.2.3.4-rc.1+build` are all
 *  versions; numbers over 32 bits, blanks inside labels and other punctuation are not. */
export const parseOctopus = (text: string): Version | undefined => {
  const trimmed = text.trim()
  if (trimmed === '') return undefined
  const match = PATTERN.exec(trimmed)
  if (!match) return undefined
  const [major, minor, patch, revision] = match.slice(2, 6).map(number => Number(number ?? 0)) as [
    number,
    number,
    number,
    number,
  ]
  if (Math.max(major, minor, patch, revision) > MAX_INT32) return undefined
  const [prefix = '', preRelease = '', labelPrefix = '', counter = '', metadata = ''] = [
    match[1],
    ...match.slice(6),
  ]
  return {
    format: 'octopus',
    text: trimmed.replace(/\s/g, ''),
    prefix,
    major,
    minor,
    patch,
    revision,
    preRelease,
    preReleasePrefix: labelPrefix,
    preReleaseCounter: counter,
    metadata,
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
