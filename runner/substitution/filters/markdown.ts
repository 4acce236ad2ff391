import { Marked } from 'marked'
import { FilterProblem } from '../errors.ts'
import { plain } from './filter.ts'

const MAX_LENGTH = 100_000
// The time for emphasis grows with the square of its marks.
const MAX_MARKS = 5_000

const marked = new Marked({
  gfm: true,
  breaks: false,
  async: false,
  renderer: {
    // The original ends the line after every tag of a table.
    table({ header, rows }) {
      const lines = (cells: typeof header) =>
        `<tr>\n${cells.map(cell => this.tablecell(cell)).join('')}</tr>\n`
      const body = rows.length === 0 ? '' : `<tbody>\n${rows.map(lines).join('')}</tbody>\n`
      return `<table>\n<thead>\n${lines(header)}</thead>\n${body}</table>\n`
    },
  },
})

/** CommonMark with tables, strike-through and bare links. HTML in the text is kept, as the text is
 *  the author's own; whoever shows the result to others cleans it. */
export const markdown = plain(input => {
  const marks = input.match(/[_*~]/g)?.length ?? 0
  if (input.length > MAX_LENGTH || marks > MAX_MARKS) {
    throw new FilterProblem(
      `takes ${MAX_LENGTH} characters with ${MAX_MARKS} marks of emphasis, not ${input.length} with ${marks}.`,
    )
  }
  return `${render(input.trim())}\n`
})

const render = (input: string): string => {
  try {
    return String(marked.parse(input))
  } catch (error) {
    if (error instanceof RangeError) throw new FilterProblem('the text is nested too deep.')
    throw error
  }
}
