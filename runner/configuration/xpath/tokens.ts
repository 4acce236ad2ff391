/** The path cannot be read or cannot be followed; the message says why. */
export class XPathError extends Error {}

export type Token = {
  kind: 'name' | 'literal' | 'number' | 'operator' | 'symbol' | 'end'
  text: string
}

const MAX_LENGTH = 10_000

const BLANKS = /\s+/y
const LITERAL = /"(?:[^"]|"")*"|'(?:[^']|'')*'/y
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const NCNAME = '[\\p{L}_][\\p{L}\\p{M}\\p{N}._\\-·]*'
const NAME = new RegExp(`(?:\\*:${NCNAME}|${NCNAME}(?::(?!:)(?:${NCNAME}|\\*))?)`, 'uy')
const SYMBOL = /::|\.\.|\/\/|!=|<=|>=|[()[\].@,/|+\-=<>*]/y
const WORDS = new Set('and or div idiv mod eq ne lt le gt ge union intersect except'.split(' '))
/** After one of these a value must follow: a name there is no operator, nor is a star. */
const OPENING = new Set(['@', '::', '(', '[', ',', '/', '//'])

/** Cuts a path into its parts, the last of kind `end`.
 *  @throws XPathError */
export const tokensOf = (text: string): Token[] => {
  if (text.length > MAX_LENGTH)
    throw new XPathError(`A path has at most ${MAX_LENGTH} characters, this has ${text.length}.`)
  const tokens: Token[] = []
  let position = 0
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = position
    const found = pattern.exec(text)?.[0]
    position += found?.length ?? 0
    return found
  }
  while (position < text.length) {
    if (match(BLANKS)) continue
    const last = tokens.at(-1)
    const wantsOperator = last && last.kind !== 'operator' && !OPENING.has(last.text)
    const literal = match(LITERAL)
    if (literal !== undefined) {
      const quote = literal[0] as string
      tokens.push({ kind: 'literal', text: literal.slice(1, -1).replaceAll(quote + quote, quote) })
      continue
    }
    const number = match(NUMBER)
    if (number !== undefined) {
      tokens.push({ kind: 'number', text: number })
      continue
    }
    const name = match(NAME)
    if (name !== undefined) {
      const isOperator = wantsOperator && WORDS.has(name)
      tokens.push({ kind: isOperator ? 'operator' : 'name', text: name })
      continue
    }
    const symbol = match(SYMBOL)
    if (symbol === undefined)
      throw new XPathError(`'${text}' is no path: '${text[position]}' has no meaning there.`)
    tokens.push(symbolToken(symbol, wantsOperator === true))
  }
  tokens.push({ kind: 'end', text: '' })
  return tokens
}

const OPERATORS = new Set(['|', '+', '-', '=', '!=', '<', '<=', '>', '>='])

const symbolToken = (text: string, wantsOperator: boolean): Token => {
  if (text === '*') return { kind: wantsOperator ? 'operator' : 'name', text }
  return { kind: OPERATORS.has(text) ? 'operator' : 'symbol', text }
}
