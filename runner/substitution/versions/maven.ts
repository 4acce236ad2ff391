import { compareNumbers } from './ordering.ts'
import type { Version } from './version.ts'

const NUMBERS = /^(\d+)(?:\.(\d+)(?:\.(\d+))?)?(.*)$/s
const BUILD_NUMBER = /^-(\d{1,9})(?!\d)(.*)$/s
const PRE_RELEASE = /^[.-]*(?:snapshot$|alpha|beta|milestone|cr|rc|[abm]\d)/i

/** Any text is a Maven version; what can be read out of it is. */
export const parseMaven = (text: string): Version => {
  const match = NUMBERS.exec(text)
  const [, major = '0', minor = '0', patch = '0', rest = text] = match ?? []
  const build = match ? BUILD_NUMBER.exec(rest) : null
  const qualifier = build ? (build[2] ?? '') : match ? rest.replace(/^[.-]/, '') : text
  return {
    format: 'maven',
    text,
    prefix: '',
    major: Number(major),
    minor: Number(minor),
    patch: Number(patch),
    revision: Number(build?.[1] ?? 0),
    preRelease: qualifier,
    preReleasePrefix: '',
    preReleaseCounter: '',
    metadata: '',
    isPreRelease: PRE_RELEASE.test(qualifier),
  }
}

type Item = bigint | string | Item[]

const QUALIFIERS = ['alpha', 'beta', 'milestone', 'rc', 'snapshot', '', 'sp']
const ALIASES: Record<string, string> = { ga: '', final: '', cr: 'rc' }
const SHORT_FORMS: Record<string, string> = { a: 'alpha', b: 'beta', m: 'milestone' }

const wordItem = (word: string, followedByDigit: boolean): string => {
  const whole = followedByDigit ? (SHORT_FORMS[word] ?? word) : word
  return Object.hasOwn(ALIASES, whole) ? (ALIASES[whole] ?? whole) : whole
}

const isNothing = (item: Item): boolean =>
  Array.isArray(item) ? item.length === 0 : item === 0n || item === ''

const dropTrailingNothing = (list: Item[]): void => {
  while (list.length > 0 && isNothing(list.at(-1) as Item)) list.pop()
}

const TOKEN = /\d+|[^\d.-]+|[.-]/g

/** Numbers, words and nested lists, the way Maven's ComparableVersion cuts a version: a dash
 *  between two digits opens a list, `a1` means `alpha-1`, trailing zeros do not count. */
const itemsOf = (version: string): Item[] => {
  const root: Item[] = []
  const lists: Item[][] = [root]
  let list = root
  let previous = '.'
  let afterDigits = false
  const tokens = version.toLowerCase().match(TOKEN) ?? []
  for (const [index, token] of tokens.entries()) {
    const next = tokens[index + 1]
    if (token === '.' || token === '-') {
      if (previous === '.' || previous === '-') list.push(0n)
      if (token === '-' && afterDigits) {
        dropTrailingNothing(list)
        if (next !== undefined && /\d/.test(next)) {
          const inner: Item[] = []
          list.push(inner)
          lists.push(inner)
          list = inner
        }
      }
    } else {
      afterDigits = /\d/.test(token)
      list.push(
        afterDigits ? BigInt(token) : wordItem(token, next !== undefined && /\d/.test(next)),
      )
    }
    previous = token
  }
  for (const open of lists.reverse()) dropTrailingNothing(open)
  return root
}

const rankOfWord = (word: string): number => {
  const rank = QUALIFIERS.indexOf(word)
  return rank === -1 ? QUALIFIERS.length : rank
}

const compareWordItems = (left: string, right: string): -1 | 0 | 1 =>
  compareNumbers(rankOfWord(left), rankOfWord(right)) ||
  (rankOfWord(left) < QUALIFIERS.length || left === right ? 0 : left < right ? -1 : 1)

const rankOfKind = (item: Item): number =>
  typeof item === 'bigint' ? 2 : Array.isArray(item) ? 1 : 0

const compareWithNothing = (item: Item): -1 | 0 | 1 => {
  if (typeof item === 'bigint') return item === 0n ? 0 : 1
  if (typeof item === 'string') return compareWordItems(item, '')
  return item[0] === undefined ? 0 : compareWithNothing(item[0])
}

const compareItems = (left: Item, right: Item): -1 | 0 | 1 => {
  if (typeof left === 'bigint' && typeof right === 'bigint') return compareNumbers(left, right)
  if (typeof left === 'string' && typeof right === 'string') return compareWordItems(left, right)
  if (Array.isArray(left) && Array.isArray(right)) return compareLists(left, right)
  return compareNumbers(rankOfKind(left), rankOfKind(right))
}

const compareLists = (left: Item[], right: Item[]): -1 | 0 | 1 => {
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const [a, b] = [left[index], right[index]]
    const order =
      a === undefined
        ? (-compareWithNothing(b as Item) as -1 | 0 | 1)
        : b === undefined
          ? compareWithNothing(a)
          : compareItems(a, b)
    if (order !== 0) return order
  }
  return 0
}

/** Maven's own order: alpha < beta < milestone < rc < snapshot < release < sp < words < numbers.
 *  @see https://maven.apache.org/pom.html#version-order-specification */
export const compareMaven = (left: string, right: string): -1 | 0 | 1 => {
  const order = compareLists(itemsOf(left), itemsOf(right))
  return order === 0 ? 0 : order
}
