import { RE2JS } from 're2js'
import { translatePattern } from './regular-expression-syntax.ts'

/** A compiled .NET-style regular expression that matches in time linear in the text. */
export type RegularExpression = {
  /** Whether it matches anywhere in the text. */
  isMatch: (text: string) => boolean
  /** Replaces every match, each told to `onMatch`, which may throw; `$1`, `${name}`, `$&` and `$$` mean what they mean in .NET. */
  replace: (text: string, replacement: string, onMatch?: () => void) => string
  /** How much work it is, per character of text, to find where it matches. */
  size: number
}

/** Longer patterns are refused; nobody writes them by hand. */
export const MAX_PATTERN_LENGTH = 1_000

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
    return withGuards(guards, engine, translated.hasEndAnchor)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { problem: `'${pattern}' is no regular expression that can be used: ${reason}.` }
  }
}

const withGuards = (
  guards: { expects: boolean; expression: RegularExpression }[],
  engine: RE2JS,
  hasEndAnchor: boolean,
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
  return {
    size: engine.programSize(),
    isMatch,
    replace: (text, replacement, onMatch = () => {}) => {
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
      return replaceMatches(text, inOrder(matches), replacement)
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

const replaceMatches = (text: string, matches: RegExpMatchArray[], replacement: string): string => {
  const parts: string[] = []
  let end = 0
  for (const match of matches) {
    const index = match.index ?? 0
    parts.push(text.slice(end, index), expand(replacement, match, text))
    end = index + match[0].length
  }
  parts.push(text.slice(end))
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
