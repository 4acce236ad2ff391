import { describe, expect, it } from 'vitest'
import { Markdown } from '../../ui/components/markdown.tsx'
import { safeUrl } from '../../ui/components/safe-url.ts'
import { LogLines } from '../../ui/deployments/log.tsx'
import { allPages } from './support/all-pages.tsx'
import { elementsOf, render, textOf } from './support/markup.ts'

const attacks = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'><svg onload=alert(1)>",
  '" onmouseover="alert(1)" x="',
  '" hx-get="/x" hx-trigger="load" y="',
  '</textarea><script>alert(1)</script>',
  '</title><script>alert(1)</script>',
  '</noscript><iframe srcdoc=x>',
  '<a href="javascript:alert(1)">x</a>',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '${alert(1)} {{alert(1)}} #{x}',
  '\u001b[31m<b>red</b>\u001b[0m',
  '<!--',
  ']]><x>',
]

/** The document as it is with harmless texts: whatever an attack adds to it was born from data. */
const shape = (html: string) =>
  elementsOf(html)
    .filter(({ name }) => name !== 'span')
    .map(({ name, attributes }) => `${name} ${Object.keys(attributes).join(' ')}`)

describe('texts of users in every page', () => {
  it.each(attacks)('stay text: %j', async attack => {
    const harmless = allPages('light', 'usual', () => 'harmless')
    for (const [index, { name, page }] of allPages('light', 'usual', () => attack).entries()) {
      const html = await render(page)
      expect(shape(html), name).toEqual(shape(await render(harmless[index]?.page)))
      for (const { attributes } of elementsOf(html)) {
        expect(attributes.href ?? '', name).not.toMatch(/^\s*(javascript|data|vbscript):/i)
        expect(Object.keys(attributes).filter(key => /^(on|srcdoc|style$)/i.test(key))).toEqual([])
      }
    }
  })

  it('leave no inline script and no inline style in any page', async () => {
    for (const amount of ['usual', 'long', 'empty'] as const)
      for (const { name, page } of allPages('dark', amount)) {
        const tags = elementsOf(await render(page))
        const scripts = tags.filter(tag => tag.name === 'script')
        expect(
          scripts.every(tag => /^(\/assets\/.*)?$/.test(tag.attributes.src ?? 'none')),
          name,
        ).toBe(true)
        expect(tags.filter(tag => tag.name === 'style' || 'style' in tag.attributes)).toEqual([])
      }
  })
})

describe('release notes', () => {
  it('show raw HTML as text', async () => {
    const html = await render(<Markdown text={'<b>bold</b> and\n\n<script>alert(1)</script>'} />)
    expect(textOf(html)).toContain('<b>bold</b>')
    expect(textOf(html)).toContain('<script>alert(1)</script>')
    expect(elementsOf(html).map(({ name }) => name)).toEqual(['div', 'p', 'p'])
  })

  it.each([
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](data:text/html,<script>alert(1)</script>)',
    '![x](javascript:alert(1))',
    '[x](//evil.example)',
    '<javascript:alert(1)>',
  ])('never link to what is not http, https or mailto: %j', async text => {
    expect(
      elementsOf(await render(<Markdown text={text} />)).filter(({ name }) => name === 'a'),
    ).toEqual([])
  })

  it('link to http addresses without passing on who sent the reader', async () => {
    expect(
      await render(<Markdown text="see [the plan](https://example.com/a?b=1&c=2)" />),
    ).toContain(
      '<a href="https://example.com/a?b=1&amp;c=2" rel="noopener noreferrer nofollow">the plan</a>',
    )
  })

  it('are shown as written when they nest without end', async () => {
    const bomb = '['.repeat(10_000)
    expect(await render(<Markdown text={bomb} />)).toBe(`<pre class="markdown">${bomb}</pre>`)
  })
})

describe('an address', () => {
  it.each([
    { text: 'https://example.com/a', safe: 'https://example.com/a' },
    { text: 'mailto:ada@example.com', safe: 'mailto:ada@example.com' },
    { text: 'javascript:alert(1)', safe: undefined },
    { text: 'java\nscript:alert(1)', safe: undefined },
    { text: ' javascript:alert(1)', safe: undefined },
    { text: '\u0001javascript:alert(1)', safe: undefined },
    { text: 'vbscript:x', safe: undefined },
    { text: 'data:text/html,x', safe: undefined },
    { text: '//example.com', safe: undefined },
    { text: '/path', safe: undefined },
    { text: `https://example.com/${'a'.repeat(2_000)}`, safe: undefined },
  ])('$text is followed only if it is safe', ({ text, safe }) => expect(safeUrl(text)).toBe(safe))
})

describe('a log line', () => {
  const line = (text: string) =>
    render(<LogLines lines={[{ number: 7, at: Date.UTC(2026, 10, 23), level: 'info', text }]} />)

  it('keeps its colours as classes and nothing else a terminal understands', async () => {
    expect(
      await line('\u001b[1;31mred\u001b[0m \u001b]8;;http://x\u0007link\u001b]8;;\u0007\u001b[2K'),
    ).toContain('<span class="log-text"><span class="ansi-bold ansi-red">red</span> link</span>')
  })

  it('is escaped inside its colours', async () => {
    expect(await line('\u001b[32m<img src=x>\u001b[0m')).toContain(
      '<span class="ansi-green">&lt;img src=x&gt;</span>',
    )
  })

  it('is cut where it would be longer than a page', async () => {
    expect(textOf(await line('x'.repeat(20_000)))).toContain(' … cut, see the raw log')
  })

  it('can be pointed at', async () => {
    expect(await line('x')).toContain(
      '<li id="L7" class="log-line log-info"><a class="log-number" href="#L7"',
    )
  })
})
