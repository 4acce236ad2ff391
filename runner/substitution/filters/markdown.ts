import { FilterProblem } from '../errors.ts'
import { withOptions } from './filter.ts'
import { renderMarkdown } from './markdown-renderer.ts'

const MAX_LENGTH = 60_000
const STEPS = 100
const STEPS_PER_CHARACTER = 4
const STEPS_PER_SIGN = 30
/** Where something begins, or may begin. */
const SIGNS = /[_*~^+=[`\\<#\n-]/g
// The time for emphasis and links grows with the square of their marks.
const MAX_MARKS = 2_000
const MARKS = /[_*~^+=[]/g
// So many quotations or lists in each other are a mistake or an attack.
const NESTED = /^(?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t]))){50}/m

/** CommonMark with tables, extra emphasis and bare links. HTML in the text is kept, as the text is
 *  the author's own; whoever shows the result to others cleans it. */
export const markdown = withOptions(0, 0, (input, _, { spend }) => {
  spend(input.length >> 2)
  const marks = input.length > MAX_LENGTH ? 0 : countOf(input, MARKS)
  if (input.length > MAX_LENGTH || marks > MAX_MARKS) {
    throw new FilterProblem(
      `takes ${MAX_LENGTH} characters with ${MAX_MARKS} marks of emphasis and links, not ${input.length} with ${marks}.`,
    )
  }
  const signs = countOf(input, SIGNS)
  spend(STEPS + STEPS_PER_CHARACTER * input.length + STEPS_PER_SIGN * signs)
  if (NESTED.test(input)) throw new FilterProblem('takes no 50 quotations or lists in each other.')
  try {
    return `${renderMarkdown(input.trim())}\n`
  } catch (error) {
    if (error instanceof RangeError) throw new FilterProblem('the text is nested too deep.')
    throw error
  }
})

const countOf = (text: string, signs: RegExp): number => text.match(signs)?.length ?? 0
