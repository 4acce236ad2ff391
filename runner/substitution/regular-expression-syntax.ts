/** A lookahead at the start of the text, checked apart from the rest. */
type Guard = { expects: boolean; pattern: string }

/** A .NET pattern in the words of RE2, with what RE2 cannot express beside it. */
export type TranslatedPattern = { source: string; guards: Guard[]; hasEndAnchor: boolean }

const refuse = (what: string, instead: string): { problem: string } => ({
  problem: `${what} is not supported in regular expressions, because patterns must match in linear time; ${instead}.`,
})

const LOOKAHEAD = refuse(
  'A lookahead other than right after a leading ^',
  'move it to the front, as in ^(?!beta).+',
)
const BACKREFERENCE = refuse('A backreference', 'write the repeated text out')
const ATOMIC = refuse('An atomic or conditional group', 'use (?:…)')
const OPTIONS = refuse('The option n or x', 'leave it out; i, m and s work')
const SUBTRACTION = refuse('Character class subtraction', 'list the characters that are left')

/** Unicode classes as .NET has them; RE2's own are ASCII. */
const CLASSES: Record<string, string> = {
  d: '\\p{Nd}',
  w: '\\p{L}\\p{M}\\p{Nd}\\p{Pc}',
  s: '\\s\\x0b\\x85\\p{Z}',
}

const LEADING_GUARDS = /^((?:\(\?[ims]+\))?)(?:\^|\\A)(?=\(\?[!=])/

/** Translates a pattern, or says what in it is not supported. */
export const translatePattern = (pattern: string): TranslatedPattern | { problem: string } => {
  const guards: Guard[] = []
  let rest = pattern
  const leading = LEADING_GUARDS.exec(pattern)
  if (leading) {
    const options = leading[1] ?? ''
    rest = pattern.slice(leading[0].length)
    while (/^\(\?[!=]/.test(rest)) {
      const end = endOfGroup(rest)
      if (end === -1) return { problem: `The group '${rest.slice(0, 20)}' is not closed.` }
      guards.push({
        expects: rest[2] === '=',
        pattern: `${options}^(?:${rest.slice(3, end)})`,
      })
      rest = rest.slice(end + 1)
    }
    if (options.includes('m') || hasTopLevelAlternative(rest)) return LOOKAHEAD
    rest = `${options}^${rest}`
  }
  const translated = translateBody(rest)
  return 'problem' in translated ? translated : { ...translated, guards }
}

/** Position of the bracket that closes the group the text begins with, or -1. */
const endOfGroup = (text: string): number => {
  let depth = 0
  for (const { at, token } of tokensOf(text)) {
    if (token.startsWith('(')) depth++
    else if (token === ')' && --depth === 0) return at
  }
  return -1
}

const hasTopLevelAlternative = (text: string): boolean => {
  let depth = 0
  for (const { token } of tokensOf(text)) {
    if (token.startsWith('(')) depth++
    else if (token === ')') depth--
    else if (token === '|' && depth === 0) return true
  }
  return false
}

// A token is an escape with what belongs to it, a whole character class, a comment, the opening of
// a group with its kind, or one character.
const TOKEN =
  /\\(?:u[0-9A-Fa-f]{4}|c[A-Za-z]|[\s\S])|\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]|\(\?#[^)]*\)|\((?:\?(?:<[=!]|<\w+>|'\w+'|[imsnx-]*[:)]|[\s\S]))?|[\s\S]/g

const tokensOf = function* (text: string): Generator<{ at: number; token: string }> {
  for (const match of text.matchAll(TOKEN)) {
    // An option group such as (?i) opens and closes in one token; it is no bracket of its own.
    const token = match[0]
    yield { at: match.index, token: /^\(\?[imsnx-]*\)$/.test(token) ? `o${token}` : token }
  }
}

/** How many parts a pattern has once its counted repetitions are written out. */
export const expandedSize = (pattern: string): number => {
  const outer: number[] = []
  let sum = 0
  let last = 0
  let end = 0
  for (const { at, token } of tokensOf(pattern)) {
    if (at < end) continue
    const counted = token === '{' ? COUNTED.exec(pattern.slice(at, at + 16)) : null
    if (counted) {
      const times = Math.max(Number(counted[1]), Number(counted[2] ?? 0), 1)
      sum += last * (times - 1)
      last *= times
      end = at + counted[0].length
    } else if (token.startsWith('(')) {
      outer.push(sum)
      sum = 0
    } else {
      last = token === ')' ? sum + 2 : 1
      sum = token === ')' ? (outer.pop() ?? 0) + last : sum + 1
    }
  }
  return outer.reduce((all, one) => all + one, sum)
}

const COUNTED = /^\{(\d{1,6})(?:,(\d{0,6}))?\}/

const translateBody = (
  text: string,
): { source: string; hasEndAnchor: boolean } | { problem: string } => {
  const parts: string[] = []
  let hasEndAnchor = false
  for (const { token } of tokensOf(text)) {
    if (token === '$' || token === '\\Z') {
      hasEndAnchor = true
      parts.push(token === '$' ? '$' : '\\z')
    } else if (token.startsWith('\\')) {
      const sequence = translateEscape(token)
      if (typeof sequence !== 'string') return sequence
      parts.push(sequence)
    } else if (token.startsWith('[') && token.length > 1) {
      const members = translateClass(token)
      if (typeof members !== 'string') return members
      parts.push(members)
    } else if (token.startsWith('o(?') || token.startsWith('(?')) {
      const group = translateGroup(token)
      if (typeof group !== 'string') return group
      parts.push(group)
    } else {
      parts.push(token)
    }
  }
  return { source: parts.join(''), hasEndAnchor }
}

const translateEscape = (token: string): string | { problem: string } => {
  const letter = token[1] ?? ''
  if (/[1-9k]/.test(letter)) return BACKREFERENCE
  const members = CLASSES[letter.toLowerCase()]
  if (members !== undefined) return letter in CLASSES ? `[${members}]` : `[^${members}]`
  return translateCharacter(token)
}

const translateCharacter = (token: string): string | { problem: string } => {
  const letter = token[1] ?? ''
  if (letter === 'u' && token.length === 6) return `\\x{${token.slice(2)}}`
  if (letter === 'e') return '\\x1b'
  if (letter === 'c' && token.length === 3) {
    return `\\x{${(token.toUpperCase().charCodeAt(2) - 64).toString(16)}}`
  }
  if (/[GQECKRXN]/.test(letter)) return { problem: `'${token}' is no escape in a pattern.` }
  return token
}

const CLASS_MEMBER = /\\(?:u[0-9A-Fa-f]{4}|c[A-Za-z]|[\s\S])|[\s\S]/g

const translateClass = (token: string): string | { problem: string } => {
  const opening = /^\[\^?\]?/.exec(token)?.[0] ?? '['
  const parts = [opening.replace(/\]$/, '\\]')]
  const inner = token.slice(opening.length, -1)
  if (/-\[/.test(inner.replace(/\\[\s\S]/g, ''))) return SUBTRACTION
  for (const [member] of inner.matchAll(CLASS_MEMBER)) {
    const letter = member[1] ?? ''
    if (member === '[') parts.push('\\[')
    else if (!member.startsWith('\\')) parts.push(member)
    else if (letter in CLASSES) parts.push(CLASSES[letter] ?? '')
    else if (letter === 'D') parts.push('\\P{Nd}')
    else if (letter === 'b') parts.push('\\x08')
    else {
      const character = translateCharacter(member)
      if (typeof character !== 'string') return character
      parts.push(character)
    }
  }
  return `${parts.join('')}]`
}

const translateGroup = (token: string): string | { problem: string } => {
  if (token.startsWith('(?#')) return ''
  if (token === '(?=' || token === '(?!') return LOOKAHEAD
  if (token === '(?>' || token === '(?(') return ATOMIC
  const named = /^\(\?'(\w+)'$/.exec(token)
  if (named) return `(?<${named[1]}>`
  const options = /^o?(\(\?([imsnx-]*)[:)])$/.exec(token)
  if (!options) return token
  return /[nx]/.test(options[2] ?? '') ? OPTIONS : (options[1] ?? token)
}
