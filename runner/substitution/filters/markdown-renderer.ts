import { Marked, type TokenizerAndRendererExtension, type Tokens } from 'marked'

/** An emphasis of its own sign, such as `==marked==`. */
const emphasis = (tag: string, sign: string): TokenizerAndRendererExtension => {
  const start = sign[0] ?? ''
  const escaped = [...sign].map(character => `\\${character}`).join('')
  const other = `[^\\s\\${start}]`
  const pattern = new RegExp(
    `^${escaped}(?!\\${start})(${other}(?:[^\\n\\${start}]*${other})?)${escaped}(?!\\${start})`,
  )
  return {
    name: tag,
    level: 'inline',
    start: source => source.indexOf(start),
    tokenizer(source) {
      const match = pattern.exec(source)
      if (!match) return undefined
      const [raw, text = ''] = match
      return { type: tag, raw, text, tokens: this.lexer.inlineTokens(text) }
    },
    renderer(token) {
      return `<${tag}>${this.parser.parseInline(token.tokens ?? [])}</${tag}>`
    },
  }
}

const cellTag = (cell: Tokens.TableCell): string => (cell.header ? 'th' : 'td')

// Where the CommonMark document and the engine write the same page in other letters, we follow the
// document: ends of tags and of lines.
const marked = new Marked({
  gfm: true,
  breaks: false,
  async: false,
  extensions: [
    emphasis('sub', '~'),
    emphasis('sup', '^'),
    emphasis('ins', '++'),
    emphasis('mark', '=='),
  ],
  renderer: {
    hr: () => '<hr />\n',
    br: () => '<br />\n',
    image: ({ href, title, text }) =>
      `<img src="${attribute(href)}" alt="${attribute(text)}"${title ? ` title="${attribute(title)}"` : ''} />`,
    // Boxes to tick are no part of it.
    checkbox: ({ checked }) => (checked ? '[x] ' : '[ ] '),
    listitem(item) {
      let body = ''
      for (const token of item.tokens) {
        const separate = token.type !== 'text' && body !== '' && !body.endsWith('\n')
        body += `${separate ? '\n' : ''}${this.parser.parse([token])}`
      }
      return item.loose ? `<li>\n${body}</li>\n` : `<li>${body}</li>\n`
    },
    table({ header, rows }) {
      const line = (cells: Tokens.TableCell[]) =>
        `<tr>\n${cells.map(cell => this.tablecell(cell)).join('')}</tr>\n`
      const body = rows.length === 0 ? '' : `<tbody>\n${rows.map(line).join('')}</tbody>\n`
      return `<table>\n<thead>\n${line(header)}</thead>\n${body}</table>\n`
    },
    tablecell(cell) {
      const style = cell.align ? ` style="text-align: ${cell.align};"` : ''
      return `<${cellTag(cell)}${style}>${this.parser.parseInline(cell.tokens)}</${cellTag(cell)}>\n`
    },
  },
})

const attribute = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')

/** Markdown as HTML. Apostrophes need no escape in text nor between double quotes. */
export const renderMarkdown = (text: string): string =>
  String(marked.parse(text)).replaceAll('&#39;', "'")
