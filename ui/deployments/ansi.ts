/** A piece of a line in one style. `classes` are from a fixed list, never from the text. */
export type AnsiPiece = { text: string; classes: string[] }

type Style = { bold: boolean; dim: boolean; italic: boolean; underline: boolean; color: string }

const PLAIN: Style = { bold: false, dim: false, italic: false, underline: false, color: '' }
const COLORS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white']

/** Longer lines are cut for display; the raw log has them whole. */
export const MAX_LINE_CHARACTERS = 8_000

// Control sequences (CSI), operating system commands (OSC), single escapes.
const ESCAPE = '\\x1b'
const SEQUENCES = new RegExp(
  `${ESCAPE}\\[([0-9;:]*)([ -/]*[@-~])|${ESCAPE}\\][^\\x07${ESCAPE}]*(?:\\x07|${ESCAPE}\\\\)?|${ESCAPE}[ -~]?`,
  'g',
)

/** What is left of a line without the characters that do not print; tabs and line breaks stay. */
const printable = (text: string): string =>
  [...text]
    .filter(letter => (letter >= ' ' ? letter !== '\x7f' : letter === '\t' || letter === '\n'))
    .join('')

/** Colours and weights of a terminal's line as pieces; everything else a terminal understands is dropped. */
export const parseAnsi = (line: string): AnsiPiece[] => {
  const text = line.slice(0, MAX_LINE_CHARACTERS)
  const pieces: AnsiPiece[] = []
  let style = PLAIN
  let at = 0
  const push = (end: number) => {
    const piece = printable(text.slice(at, end))
    if (piece) pieces.push({ text: piece, classes: classesOf(style) })
  }
  for (const match of text.matchAll(SEQUENCES)) {
    push(match.index)
    at = match.index + match[0].length
    if (match[2] === 'm') style = styled(style, match[1] ?? '')
  }
  push(text.length)
  if (line.length > MAX_LINE_CHARACTERS)
    pieces.push({ text: ' … cut, see the raw log', classes: ['ansi-dim'] })
  return pieces
}

const styled = (style: Style, parameters: string): Style => {
  const codes = parameters.split(/[;:]/, 32).map(Number)
  let next = style
  for (let i = 0; i < codes.length; i += 1) {
    const code = codes[i] ?? 0
    if (code === 38 || code === 48) {
      const skip = codes[i + 1] === 5 ? 2 : 4
      const index = codes[i + 2] ?? 0
      if (code === 38 && skip === 2 && index < 16) next = { ...next, color: colorAt(index) }
      i += skip
    } else next = one(next, code)
  }
  return next
}

const one = (style: Style, code: number): Style => {
  if (code === 0) return PLAIN
  if (code === 1) return { ...style, bold: true }
  if (code === 2) return { ...style, dim: true }
  if (code === 3) return { ...style, italic: true }
  if (code === 4) return { ...style, underline: true }
  if (code === 22) return { ...style, bold: false, dim: false }
  if (code === 23) return { ...style, italic: false }
  if (code === 24) return { ...style, underline: false }
  if (code === 39) return { ...style, color: '' }
  if (code >= 30 && code <= 37) return { ...style, color: colorAt(code - 30) }
  if (code >= 90 && code <= 97) return { ...style, color: colorAt(code - 82) }
  return style
}

const colorAt = (index: number): string => COLORS[index % 8] ?? ''

const classesOf = (style: Style): string[] => [
  ...(style.bold ? ['ansi-bold'] : []),
  ...(style.dim ? ['ansi-dim'] : []),
  ...(style.italic ? ['ansi-italic'] : []),
  ...(style.underline ? ['ansi-underline'] : []),
  ...(style.color ? [`ansi-${style.color}`] : []),
]
