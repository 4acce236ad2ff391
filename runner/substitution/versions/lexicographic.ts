import type { Version } from './version.ts'

const PATTERN = /^([A-Za-z0-9.\-_\\]*)(?:\+([A-Za-z0-9_\-.\\+]*))?$/

/** A version that is a name: it has no numbers and no pre-releases, only an order. */
export const parseLexicographic = (text: string): Version | undefined => {
  const trimmed = text.trim()
  const match = PATTERN.exec(trimmed)
  if (!match || trimmed === '') return undefined
  return {
    format: 'lexicographic',
    text: trimmed,
    prefix: '',
    major: 0,
    minor: 0,
    patch: 0,
    revision: 0,
    preRelease: match[1] ?? '',
    preReleasePrefix: '',
    preReleaseCounter: '',
    metadata: match[2] ?? '',
    isPreRelease: false,
  }
}
