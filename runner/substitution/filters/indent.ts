import { withOptions } from './filter.ts'

const SIZES = /^(\d{1,3})?(?:(\/)(\d{1,3}))?$/
const MAX_BLANKS = 255

/** What stands before the first and before every further line. */
const indents = ([first = '4', following]: readonly string[]): [string, string] => {
  if (following !== undefined) return [first, following]
  const [whole, initial, bar, rest] = SIZES.exec(first) ?? []
  const sizes = [initial, rest].map(size => Number(size ?? 0)) as [number, number]
  if (!whole || (bar && rest === undefined) || Math.max(...sizes) > MAX_BLANKS) {
    return [first, first]
  }
  const [initialBlanks, restBlanks] = sizes
  return [' '.repeat(initialBlanks), ' '.repeat(bar ? restBlanks : initialBlanks)]
}

/** Indents every line: `Indent`, `Indent 2`, `Indent /3` for all lines but the first, `Indent 3/2`,
 *  or with any text or two of them. */
export const indent = withOptions(0, 2, (input, options, { checkLength, spend }) => {
  if (input === '') return ''
  const [first, following] = indents(options)
  const lines = input.split('\n').length
  const length = input.length + first.length + (lines - 1) * following.length
  checkLength(length)
  spend(length >> 5)
  return first + input.replaceAll('\n', `\n${following}`)
})
