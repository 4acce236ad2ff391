import { FilterProblem } from '../errors.ts'
import { parseInt32 } from '../number.ts'
import { compileExpression, type RegularExpression, stepsToCompile } from '../regular-expression.ts'
import { type Filter, type FilterContext, plain, withOptions } from './filter.ts'
import { indent } from './indent.ts'

const STEPS_PER_MATCH = 10
const ASCII = /^[\0-\x7f]*$/

/** The first use of a pattern pays for reading it, though it may be known from elsewhere: so an
 *  evaluation ends the same wherever it is done. */
const compile = (pattern: string, { patterns, spend }: FilterContext): RegularExpression => {
  if (!patterns.has(pattern)) spend(stepsToCompile(pattern))
  patterns.add(pattern)
  const compiled = compileExpression(pattern)
  if ('problem' in compiled) throw new FilterProblem(compiled.problem)
  return compiled
}

/** One character for one: as .NET has it, ß has no capital and a sigma is a sigma anywhere. */
const byCharacter = (input: string, change: (text: string) => string): string => {
  const whole = change(input)
  // No letter has become two, and none depends on its place.
  if (ASCII.test(input) || (whole.length === input.length && !input.includes('\u03a3')))
    return whole
  return Array.from(input, character => {
    const changed = change(character)
    return changed.length === character.length ? changed : character
  }).join('')
}

const asText = (holds: boolean): string => (holds ? 'true' : 'false')

const comparison = (holds: (input: string, option: string) => boolean): Filter =>
  withOptions(1, 1, (input, [option = '']) => asText(holds(input, option)))

const length = (option: string): number | undefined => {
  const value = parseInt32(option)
  return value === undefined || value < 0 ? undefined : value
}

const substring = withOptions(1, 2, (input, options) => {
  const start = options.length === 1 ? 0 : length(options[0] ?? '')
  const count = length(options.at(-1) ?? '')
  if (start === undefined || count === undefined || start > input.length) return undefined
  return input.slice(start, start + count)
})

const truncate = withOptions(1, 2, (input, [option = '', suffix = '...']) => {
  const most = length(option)
  if (most === undefined) return undefined
  return input.length <= most ? input : `${input.slice(0, most)}${suffix}`
})

const trim = withOptions(0, 1, (input, [side]) => {
  switch (side?.toLowerCase()) {
    case undefined:
      return input.trim()
    case 'start':
      return input.trimStart()
    case 'end':
      return input.trimEnd()
    default:
      return undefined
  }
})

const match = withOptions(1, 1, (input, [pattern = ''], context) => {
  const expression = compile(pattern, context)
  context.spend(expression.stepsToMatch(input.length))
  return asText(expression.isMatch(input))
})

const replace = withOptions(1, 2, (input, [pattern = '', replacement = ''], context) => {
  const { spend, checkLength } = context
  const expression = compile(pattern, context)
  spend(expression.stepsToMatch(input.length))
  if (!expression.isMatch(input)) return input
  spend(expression.stepsToFind(input.length))
  let length = 0
  return expression.replace(input, replacement, {
    onMatch: () => spend(STEPS_PER_MATCH),
    onPart: part => {
      length += part.length
      checkLength(length)
    },
  })
})

/** These two work without input, to put texts together. */
const joining =
  (join: (input: string, options: string) => string): Filter =>
  (input, options) =>
    options.length === 0 ? undefined : join(input ?? '', options.join(''))

/** Filters that make, cut and compare text. */
export const TEXT_FILTERS: Record<string, Filter> = {
  ToUpper: plain(input => byCharacter(input, character => character.toUpperCase())),
  ToLower: plain(input => byCharacter(input, character => character.toLowerCase())),
  Match: match,
  Replace: replace,
  StartsWith: comparison((input, option) => input.startsWith(option)),
  EndsWith: comparison((input, option) => input.endsWith(option)),
  Contains: comparison((input, option) => input.includes(option)),
  Substring: substring,
  Truncate: truncate,
  Trim: trim,
  Append: joining((input, options) => input + options),
  Prepend: joining((input, options) => options + input),
  Indent: indent,
}
