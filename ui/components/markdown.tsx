import { Fragment } from 'hono/jsx'
import { marked, type Token, type Tokens } from 'marked'
import { safeUrl } from './safe-url.ts'

const MAX_CHARACTERS = 50_000
const MAX_DEPTH = 12

/** Markdown of users. Raw HTML is text, images are links, only http(s) and mailto addresses are followed;
 *  beyond 50,000 characters or twelve levels it is shown as it was written. */
export const Markdown = ({ text }: { text: string }) => {
  if (text.length > MAX_CHARACTERS || /[[\]()>*_]{200}/.test(text))
    return <pre class="markdown">{text}</pre>
  return (
    <div class="markdown" hx-disable>
      <Blocks tokens={marked.lexer(text, { gfm: true })} depth={0} />
    </div>
  )
}

type Part = { tokens: Token[] | undefined; depth: number }

const Blocks = ({ tokens = [], depth }: Part) => <>{tokens.map(token => block(token, depth))}</>

const Inlines = ({ tokens = [], depth }: Part) => <>{tokens.map(token => inline(token, depth))}</>

const block = (token: Token, depth: number) => {
  if (depth > MAX_DEPTH) return <p>{token.raw}</p>
  switch (token.type) {
    case 'space':
      return <Fragment />
    case 'heading':
      return (
        <p class="markdown-heading">
          <Inlines tokens={token.tokens} depth={depth + 1} />
        </p>
      )
    case 'paragraph':
      return (
        <p>
          <Inlines tokens={token.tokens} depth={depth + 1} />
        </p>
      )
    case 'code':
      return (
        <pre>
          <code>{(token as Tokens.Code).text}</code>
        </pre>
      )
    case 'blockquote':
      return (
        <blockquote>
          <Blocks tokens={token.tokens} depth={depth + 1} />
        </blockquote>
      )
    case 'list': {
      const items = (token as Tokens.List).items.map(item => (
        <li>
          <Blocks tokens={item.tokens} depth={depth + 1} />
        </li>
      ))
      return (token as Tokens.List).ordered ? <ol>{items}</ol> : <ul>{items}</ul>
    }
    case 'hr':
      return <hr />
    default:
      return token.type === 'text' ? inline(token, depth) : <p>{token.raw}</p>
  }
}

const inline = (token: Token, depth: number) => {
  if (depth > MAX_DEPTH) return token.raw
  const inner = <Inlines tokens={'tokens' in token ? token.tokens : undefined} depth={depth + 1} />
  switch (token.type) {
    case 'strong':
      return <strong>{inner}</strong>
    case 'em':
      return <em>{inner}</em>
    case 'del':
      return <del>{inner}</del>
    case 'codespan':
      return <code>{decoded((token as Tokens.Codespan).text)}</code>
    case 'br':
      return <br />
    case 'link':
    case 'image': {
      const { href, text } = token as Tokens.Link
      const url = safeUrl(href)
      return url ? (
        <a href={url} rel="noopener noreferrer nofollow">
          {text}
        </a>
      ) : (
        token.raw
      )
    }
    case 'text':
      return 'tokens' in token && token.tokens ? inner : decoded((token as Tokens.Text).text)
    case 'escape':
      return (token as Tokens.Escape).text
    default:
      return token.raw
  }
}

/** The lexer hands some text already escaped; we escape once, at the end. */
const decoded = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
