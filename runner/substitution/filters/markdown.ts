import { FilterProblem } from '../errors.ts'
import { withOptions } from './filter.ts'
import { renderMarkdown } from './markdown-renderer.ts'

const MAX_LENGTH = 100_000
// The time for emphasis and links grows with the square of their marks.
const MAX_MARKS = 5_000
// So many quotations or lists in each other are a mistake or an attack.
const NESTED = /^(?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t]))){50}/m

/** CommonMark with tables, extra emphasis and bare links. HTML in the text is kept, as the text is
 *  the author's own; whoever shows the result to others cleans it. */
export const markdown = withOptions(0, 0, (input, _, { spend }) => {
  spend(input.length)
  const marks = input.match(/[_*~^+=[]/g)?.length ?? 0
  if (input.length > MAX_LENGTH || marks > MAX_MARKS) {
    throw new FilterProblem(
      `takes ${MAX_LENGTH} characters with ${MAX_MARKS} marks of emphasis and links, not ${input.length} with ${marks}.`,
    )
  }
  if (NESTED.test(input)) throw new FilterProblem('takes no 50 quotations or lists in each other.')
  try {
    return `${renderMarkdown(input.trim())}\n`
  } catch (error) {
    if (error instanceof RangeError) throw new FilterProblem('the text is nested too deep.')
    throw error
  }
})
