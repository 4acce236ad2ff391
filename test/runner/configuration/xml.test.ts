import { describe, expect, it } from 'vitest'
import { replaceStructured } from '../../../runner/configuration/replacement.ts'
import { VariableDictionary } from '../../../runner/substitution/evaluate.ts'

const replace = (text: string, variables: Record<string, string | null>, encoding?: string) =>
  replaceStructured('xml', text, new VariableDictionary(variables), encoding)

describe('variables in XML', () => {
  it('writes the whole file indented, but leaves text among elements alone', () => {
    const text =
      '<?xml version="1.0"?><!-- top --><a x=\'1\'><b/><c></c><p>mixed <i>x</i> text</p><?t d?></a>\n'
    expect(replace(text, { '//i': 'y' }, 'utf-16')).toMatchObject({
      text: `<?xml version="1.0" encoding="utf-16"?>
<!-- top -->
<a x="1">
  <b />
  <c></c>
  <p>mixed <i>y</i> text</p>
  <?t d?>
</a>`,
    })
  })

  it.each([
    { path: '/a/b', value: '<x/>', gives: '<b>&lt;x/&gt;</b>' },
    { path: '/a/b/@id', value: '"1" & <2>', gives: '<b id="&quot;1&quot; &amp; &lt;2&gt;">t</b>' },
    { path: '/a/b', value: '', gives: '<b id="1"></b>' },
    { path: '/a/b', value: null, gives: '<b id="1">t</b>' },
  ])('puts $value at $path', ({ path, value, gives }) => {
    const result = replace('<a><b id="1">t</b></a>', { [path]: value })
    expect(result.parses && result.text).toContain(gives.replace('<b>', '<b id="1">'))
  })

  it('knows the prefixes of the document in what it puts inside an element', () => {
    const text = '<a xmlns:p="urn:p"><b><c/></b></a>'
    expect(replace(text, { '/a/b': '<p:d/> and <e xmlns="urn:e"/>' })).toMatchObject({
      text: '<a xmlns:p="urn:p">\n  <b>\n    <p:d /> and <e xmlns="urn:e" /></b>\n</a>',
    })
    expect(replace(text, { '/a/b': '<q:d/>' })).toMatchObject({
      replaced: 1,
      warnings: [expect.stringContaining('Expected xmlns:q around q:d, found none.')],
    })
  })

  it('takes the first namespace a prefix stands for, and warns of others', () => {
    const text = '<a><b xmlns:p="urn:1"><p:x/></b><c xmlns:p="urn:2"><p:x/></c></a>'
    expect(replace(text, { '//p:x': 'v' })).toMatchObject({
      replaced: 1,
      warnings: [
        'The prefix p stands for urn:1 in paths, not for urn:2: give every namespace its own prefix.',
      ],
    })
  })

  it.each([
    'Octopus.Action[Install: web].Name',
    'server:ports:0',
    'https://shop.test/x',
    '//a[',
    'nothing:at',
    'unknown(//a)/b',
    '/a | ',
  ])('ignores %s, which is no path', name => {
    expect(replace('<a/>', { [name]: 'v' })).toMatchObject({ replaced: 0, warnings: [] })
  })

  it('warns of a path to the document itself, and of one that looks at too much', () => {
    expect(replace('<a/>', { '/': 'v' })).toMatchObject({ warnings: [expect.any(String)] })
    const many = `<a>${'<b/>'.repeat(3_000)}</a>`
    expect(replace(many, { '//b[following::b[following::b[following::b]]]': 'v' })).toMatchObject({
      replaced: 0,
      warnings: [expect.stringContaining('make it narrower')],
    })
  })

  it('keeps the line ends most lines have', () => {
    expect(replace('<a>\r\n<b/>\r\n</a>', { '//b': 'v' })).toMatchObject({
      text: '<a>\r\n  <b>v</b>\r\n</a>',
    })
  })
})
