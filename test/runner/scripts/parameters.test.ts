import { expect, it } from 'vitest'
import { splitParameters } from '../../../runner/scripts/parameters.ts'

it.each([
  { text: '', parameters: [] },
  { text: ' a  b\nc ', parameters: ['a', 'b', 'c'] },
  { text: `-Name "two words" 'it is' ""`, parameters: ['-Name', 'two words', 'it is', ''] },
  { text: `a"b c"'d e'f`, parameters: ['ab cd ef'] },
  { text: `"say \\"hi\\"" back\\ slash`, parameters: ['say "hi"', 'back slash'] },
  { text: '$(touch x) `y` ;z', parameters: ['$(touch', 'x)', '`y`', ';z'] },
  { text: `"open`, parameters: ['"open'] },
])('parameters $text', ({ text, parameters }) => expect(splitParameters(text)).toEqual(parameters))
