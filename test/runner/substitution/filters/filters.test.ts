import { describe, expect, it } from 'vitest'
import { evaluate, VariableDictionary } from '../../../../runner/substitution/evaluate.ts'
import { FILTERS } from '../../../../runner/substitution/filters/filters.ts'

const NOW = Date.UTC(2030, 4, 22, 9, 5, 0, 123)

const apply = (value: string, filter: string): string | null =>
  evaluate(`#{v | ${filter}}`, new VariableDictionary({ v: value }), { now: NOW }).value

const echo = (filter: string): string => `#{v | ${filter}}`

describe('the filters', () => {
  it('are 46', () => expect(FILTERS.size).toBe(46))

  it.each([...FILTERS.keys()])('%s answers any input and options with text or not at all', name => {
    for (const value of ['', 'x', '1.5', '2030-05-22', '\ud800', 'a'.repeat(5_000), '[', '%']) {
      for (const options of [[], [''], ['1'], ['-1'], ['x', 'y'], ['999999999999'], ['(', '$1']]) {
        const filter = `${name}${options.map(option => ` "${option}"`).join('')}`
        expect(apply(value, filter) === null).toBe(name === 'null')
      }
    }
  })

  it.each([
    { value: 'straße ΟΣ', filter: 'ToUpper', result: 'STRAßE ΟΣ' },
    { value: 'ΟΣ', filter: 'ToLower', result: 'οσ' },
    { value: 'a\nb\n', filter: 'Indent 2', result: '  a\n  b\n  ' },
    { value: 'a\nb', filter: 'Indent /', result: '/a\n/b' },
    { value: 'a', filter: 'Indent 3/256', result: '3/256a' },
    { value: '', filter: 'Indent', result: '' },
    { value: 'abc', filter: 'Substring 3 5', result: '' },
    { value: 'abc', filter: 'Truncate 0', result: '...' },
    { value: 'ä€😀', filter: 'YamlDoubleQuoteEscape', result: '\\u00e4\\u20ac\\ud83d\\ude00' },
    { value: 'þÿ', filter: 'PropertiesValueEscape', result: 'þ\\u00ff' },
    { value: 'x[1]?a=b&c=é#%', filter: 'UriEscape', result: 'x[1]?a=b&c=%C3%A9#%25' },
    { value: "it's (a)*!~", filter: 'UriDataEscape', result: 'it%27s%20%28a%29%2A%21~' },
    { value: 'grüß', filter: 'ToBase64', result: 'Z3LDvMOf' },
    { value: 'Z3LDvMOf', filter: 'FromBase64', result: 'grüß' },
    { value: 'QQ', filter: 'FromBase64', result: echo('FromBase64') },
    { value: 'x', filter: 'VersionMajor', result: '0' },
    { value: '1.2 beta', filter: 'VersionMajor', result: echo('VersionMajor') },
    { value: 'http://[::1]:80/a', filter: 'UriPart HostNameType', result: 'IPv6' },
    { value: 'http://a', filter: 'UriPart HostAndPort', result: 'a:80' },
    { value: '/docs', filter: 'UriPart IsAbsoluteUri', result: 'false' },
    { value: 'x', filter: 'NowDate', result: echo('NowDate') },
  ])('$filter makes $result of $value', ({ value, filter, result }) => {
    expect(apply(value, filter)).toBe(result)
  })

  it.each([
    {
      length: 0,
      md5: 'd41d8cd98f00b204e9800998ecf8427e',
      sha1: 'da39a3ee5e6b4b0d3255bfef95601890afd80709',
    },
    {
      length: 55,
      md5: 'ef1772b6dff9a122358552954ad0df65',
      sha1: 'c1c8bbdc22796e28c0e15163d20899b65621d65a',
    },
    {
      length: 56,
      md5: '3b0c8ac703f828b04c6c197006d17218',
      sha1: 'c2db330f6083854c99d4b5bfb6e8f29f201be699',
    },
    {
      length: 64,
      md5: '014842d480b571495a4a0363793f7367',
      sha1: '0098ba824b5c16427bd7a1122a5a442a25ec644d',
    },
  ])('hashes $length letters across the blocks', ({ length, md5, sha1 }) => {
    expect(apply('a'.repeat(length), 'Md5')).toBe(md5)
    expect(apply('a'.repeat(length), 'Sha1')).toBe(sha1)
  })

  it.each([0, 3, 55, 56, 63, 64, 111, 112, 127, 128, 1_000])(
    'hashes %i letters as Web Crypto does',
    async length => {
      const text = 'é'.repeat(length)
      for (const size of ['1', '256', '384', '512']) {
        const digest = await crypto.subtle.digest(`SHA-${size}`, new TextEncoder().encode(text))
        const hex = [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, '0'))
        expect(apply(text, `Sha${size}`)).toBe(hex.join(''))
      }
    },
  )
})

describe('formats of numbers', () => {
  it.each([
    { value: '1234567.891', format: '#,##0.00', result: '1,234,567.89' },
    { value: '1234.5', format: '#,#', result: '1,235' },
    { value: '0.5', format: '#.##', result: '.5' },
    { value: '0', format: '#', result: '' },
    { value: '2.5', format: '0', result: '3' },
    { value: '-3', format: '0.0;(0.0)', result: '(3.0)' },
    { value: '0', format: '0;(0);zero', result: 'zero' },
    { value: '0.1234', format: '0.0%', result: '12.3%' },
    { value: '1234567', format: '0,,.00', result: '1.23' },
    { value: '86000', format: '0.00E+0', result: '8.60E+4' },
    { value: '5551234567', format: '(000) 000-0000', result: '(555) 123-4567' },
    { value: '7', format: "'n'0", result: 'n7' },
    { value: '12345', format: 'N', result: '12,345.00' },
    { value: '-1234.5', format: 'C', result: '(¤1,234.50)' },
    { value: '0.256', format: 'P1', result: '25.6 %' },
    { value: '1234.5678', format: 'E2', result: '1.23E+003' },
    { value: '1.50', format: 'G', result: '1.50' },
    { value: '123456', format: 'G3', result: '1.23E+05' },
    { value: '2.675', format: 'F2', result: '2.68' },
  ])('writes $value as $format: $result', ({ value, format, result }) => {
    expect(apply(value, `Format \\"${format}\\"`)).toBe(result)
  })

  it.each([
    { value: '2.675', filter: 'Format Double F2', result: '2.67' },
    { value: '1.50', filter: 'Format Double G', result: '1.5' },
    { value: '255', filter: 'Format Int x4', result: '00ff' },
    { value: '-1', filter: 'Format Int32 X', result: 'FFFFFFFF' },
    { value: '42', filter: 'Format D5', result: echo('Format "D5"') },
    { value: 'abc', filter: 'Format Int D5', result: echo('Format "Int" "D5"') },
    { value: '1', filter: 'Format F999', result: echo('Format "F999"') },
  ])('$filter makes $result of $value', ({ value, filter, result }) => {
    expect(apply(value, filter)).toBe(result)
  })
})

describe('dates', () => {
  it.each([
    {
      value: '2030-05-22T09:05:07.1234567Z',
      format: 'o',
      result: '2030-05-22T09:05:07.1234567+00:00',
    },
    { value: '2030-05-22 09:05:07', format: 'r', result: 'Wed, 22 May 2030 09:05:07 GMT' },
    { value: '2030-05-22T09:05:07+02:00', format: 'u', result: '2030-05-22 07:05:07Z' },
    { value: '2030-05-22T21:05:07+02:00', format: 'h:mm tt zzz', result: '9:05 PM +02:00' },
    { value: '22 May 2030', format: 'D', result: 'Wednesday, 22 May 2030' },
    { value: '05/22/2030 9:05 PM', format: 'HH:mm', result: '21:05' },
    { value: 'Wed, 22 May 2030 09:05:07 GMT', format: 's', result: '2030-05-22T09:05:07' },
    { value: 'May 22, 2030', format: 'ddd MMM d yy', result: 'Wed May 22 30' },
    { value: '2030-05-22', format: '%d', result: '22' },
    { value: '2030-05-22T09:05:07', format: 'ss.FFF', result: '07' },
    { value: '2030-05-22', format: "'day' d", result: 'day 22' },
    { value: '2030-05-22', format: 'q', result: echo('Format "q"') },
    { value: '2030-02-30', format: 'yyyy', result: echo('Format "yyyy"') },
  ])('writes $value as $format: $result', ({ value, format, result }) => {
    expect(apply(value, `Format "${format}"`)).toBe(result)
  })

  it.each([
    {
      value: '2030-05-22T09:05:07Z',
      filter: 'Format Date o',
      result: '2030-05-22T09:05:07.0000000Z',
    },
    { value: '2030-05-22 09:05', filter: 'Format Date o', result: '2030-05-22T09:05:00.0000000' },
    { value: '2030-05-22', filter: 'AddDays \\"0.5\\"', result: '2030-05-22T12:00:00.0000000' },
    { value: '9999-12-31', filter: 'AddDays 10', result: echo('AddDays "10"') },
    { value: 'tomorrow', filter: 'AddHours 1', result: echo('AddHours "1"') },
  ])('$filter makes $result of $value', ({ value, filter, result }) => {
    expect(apply(value, filter)).toBe(result)
  })

  it('takes the time it is given for now', () => {
    const template = '#{ | NowDateUtc} #{ | NowDateUtc "HH:mm:ss.fff"} #{ | NowDate "yyyy"}'
    const { value } = evaluate(template, new VariableDictionary(), { now: NOW })
    expect(value).toBe('2030-05-22T09:05:00.1230000Z 09:05:00.123 2030')
  })
})

describe('Markdown', () => {
  it.each([
    { what: 'marks of emphasis', text: '_a'.repeat(50_000) },
    { what: 'quotations', text: '> '.repeat(50_000) },
    { what: 'lists', text: '1. '.repeat(30_000) },
    { what: 'letters', text: 'a'.repeat(100_001) },
  ])('is left as it is with too many $what', ({ text }) => {
    expect(apply(text, 'Markdown')).toBe(echo('Markdown'))
  })

  it('is left as it is in fifty quotations', () => {
    expect(apply(`${'>'.repeat(50)} x`, 'Markdown')).toBe(echo('Markdown'))
  })

  it.each([
    { text: '~~a~~ <b>c</b>', html: '<p><del>a</del> <b>c</b></p>\n' },
    { text: "It's x^2^ H~2~O", html: "<p>It's x<sup>2</sup> H<sub>2</sub>O</p>\n" },
    {
      text: '++new++ ==marked== a == b',
      html: '<p><ins>new</ins> <mark>marked</mark> a == b</p>\n',
    },
    { text: 'a  \nb', html: '<p>a<br />\nb</p>\n' },
    { text: '-'.repeat(80), html: '<hr />\n' },
    {
      text: '- a\n  - b\n- [ ] c',
      html: '<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n<li>[ ] c</li>\n</ul>\n',
    },
    { text: '- a\n\n- b', html: '<ul>\n<li>\n<p>a</p>\n</li>\n<li>\n<p>b</p>\n</li>\n</ul>\n' },
    { text: '![x](u "t")', html: '<p><img src="u" alt="x" title="t" /></p>\n' },
    {
      text: '|a|\n|-:|',
      html: '<table>\n<thead>\n<tr>\n<th style="text-align: right;">a</th>\n</tr>\n</thead>\n</table>\n',
    },
  ])('makes HTML of $text', ({ text, html }) => expect(apply(text, 'Markdown')).toBe(`${html}\n`))
})
