import { RE2JS } from 're2js'
import { expandedSize, translatePattern } from './regular-expression-syntax.ts'

/** A compiled .NET-style regular expression that matches in time linear in the text. */
export type RegularExpression = {
  /** Whether it matches anywhere in the text. */
  isMatch: (text: string) => boolean
  /** Replaces every match; `$1`, `${name}`, `$&` and `$$` mean what they mean in .NET. */
  replace: (text: string, replacement: string, watch?: ReplaceWatch) => string
  /** What it takes at most, in steps of the budget, to find whether it matches a text
   *  of so many characters; and where. */
  stepsToMatch: (length: number) => number
  stepsToFind: (length: number) => number
}

/** Is told of each match as it is found, and of each piece of the result as it is made; may throw to
 *  stop it. */
export type ReplaceWatch = { onMatch: () => void; onPart: (part: string) => void }

const UNWATCHED: ReplaceWatch = { onMatch: () => {}, onPart: () => {} }

/** Longer patterns are refused; nobody writes them by hand. */
export const MAX_PATTERN_LENGTH = 1_000
/** So are those that are larger than this once `(a{1,10}){20}` is written out. */
const MAX_PATTERN_PARTS = 5_000

const STEPS_PER_USE = 20
const STEPS_PER_CHARACTER = 100
const STEPS_PER_PART = 20

/** What compiling takes at most, in steps of the budget. */
export const stepsToCompile = (pattern: string): number =>
  pattern.length > MAX_PATTERN_LENGTH
    ? 0
    : STEPS_PER_CHARACTER * pattern.length +
      STEPS_PER_PART * Math.min(expandedSize(pattern), MAX_PATTERN_PARTS)

const MAX_CACHED = 200
const cache = new Map<string, RegularExpression | { problem: string }>()

/** Compiles a pattern, or says in `problem` what is not supported and why. Lookahead works only
 *  right after a leading `^` (`^(?!beta).+`), lookbehind everywhere, backreferences not at all:
 *  everything that can be matched in linear time. */
export const compileExpression = (pattern: string): RegularExpression | { problem: string } => {
  const cached = cache.get(pattern)
  if (cached) return cached
  if (cache.size >= MAX_CACHED) cache.clear()
  const compiled = compile(pattern)
  cache.set(pattern, compiled)
  return compiled
}

const compile = (pattern: string): RegularExpression | { problem: string } => {
  if (pattern.length > MAX_PATTERN_LENGTH) {
    return {
      problem: `A pattern may have ${MAX_PATTERN_LENGTH} characters, not ${pattern.length}.`,
    }
  }
  if (expandedSize(pattern) > MAX_PATTERN_PARTS) {
    return {
      problem: `A pattern may have ${MAX_PATTERN_PARTS} parts, each as often as it is repeated; this has more.`,
    }
  }
  const translated = translatePattern(pattern)
  if ('problem' in translated) return translated
  const guards: { expects: boolean; expression: RegularExpression }[] = []
  for (const guard of translated.guards) {
    const expression = compile(guard.pattern)
    if ('problem' in expression) return expression
    guards.push({ expects: guard.expects, expression })
  }
  try {
    const engine = RE2JS.compile(translated.source, RE2JS.LOOKBEHINDS)
    const hasLookbehind = /\(\?<[=!]/.test(pattern)
    return withGuards(guards, engine, { ...translated, hasLookbehind })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { problem: `'${pattern}' is no regular expression that can be used: ${reason}.` }
  }
}

const withGuards = (
  guards: { expects: boolean; expression: RegularExpression }[],
  engine: RE2JS,
  { hasEndAnchor, hasLookbehind }: { hasEndAnchor: boolean; hasLookbehind: boolean },
): RegularExpression => {
  const passes = (text: string): boolean =>
    guards.every(({ expects, expression }) => expression.isMatch(text) === expects)
  // .NET's `$` also matches before a final line feed; linear engines know only the very end.
  const withoutFinalLineFeed = (text: string): string | undefined =>
    hasEndAnchor && text.endsWith('\n') ? text.slice(0, -1) : undefined
  const isMatch = (text: string): boolean => {
    if (!passes(text)) return false
    const shorter = withoutFinalLineFeed(text)
    return engine.test(text) || (shorter !== undefined && engine.test(shorter))
  }
  const size = engine.programSize()
  const stepsToFind = (length: number) => STEPS_PER_USE + Math.ceil((size * length) / 2)
  return {
    // Whether it matches a quick machine knows, but not one that looks behind.
    stepsToMatch: length =>
      guards.reduce(
        (sum, { expression }) => sum + expression.stepsToMatch(length),
        hasLookbehind ? stepsToFind(length) : STEPS_PER_USE + (length >> 1),
      ),
    stepsToFind,
    isMatch,
    replace: (text, replacement, { onMatch, onPart } = UNWATCHED) => {
      // Whether it matches is found out much faster than where.
      if (!isMatch(text)) return text
      const shorter = withoutFinalLineFeed(text)
      const matches: RegExpMatchArray[] = []
      for (const searched of shorter === undefined ? [text] : [text, shorter]) {
        for (const match of engine.matchAll(searched)) {
          onMatch()
          matches.push(match)
        }
      }
      return replaceMatches(text, inOrder(matches), replacement, onPart)
    },
  }
}

const inOrder = (matches: RegExpMatchArray[]): RegExpMatchArray[] => {
  const ordered = matches.sort(
    (left, right) => (left.index ?? 0) - (right.index ?? 0) || right[0].length - left[0].length,
  )
  let end = -1
  let start = -1
  return ordered.filter(match => {
    const index = match.index ?? 0
    if (index < end || index === start) return false
    start = index
    end = index + match[0].length
    return true
  })
}

const replaceMatches = (
  text: string,
  matches: RegExpMatchArray[],
  replacement: string,
  onPart: (part: string) => void,
): string => {
  const parts: string[] = []
  const add = (part: string) => {
    onPart(part)
    parts.push(part)
  }
  let end = 0
  for (const match of matches) {
    const index = match.index ?? 0
    add(text.slice(end, index))
    add(expand(replacement, match, text))
    end = index + match[0].length
  }
  add(text.slice(end))
  return parts.join('')
}

const REFERENCE = /\$(?:(\d+)|\{(\w+)\}|([$&`'_+]))/g

const expand = (replacement: string, match: RegExpMatchArray, text: string): string => {
  if (!replacement.includes('$')) return replacement
  const index = match.index ?? 0
  const group = (name: string): string | undefined => {
    if (/^\d+$/.test(name))
      return Number(name) < match.length ? (match[Number(name)] ?? '') : undefined
    const groups = match.groups ?? {}
    return Object.hasOwn(groups, name) ? (groups[name] ?? '') : undefined
  }
  return replacement.replace(REFERENCE, (whole, number, name, sign) => {
    if (number !== undefined) return group(number) ?? whole
    if (name !== undefined) return group(name) ?? whole
    switch (sign) {
      case '$':
        return '$'
      case '&':
        return match[0]
      case '`':
        return text.slice(0, index)
      case "'":
        return text.slice(index + match[0].length)
      case '_':
        return text
      default:
        return match.slice(1).findLast(part => part !== undefined) ?? ''
    }
  })
}
