import { describe, expect, it } from 'vitest'
import { replaceStructured } from '../../../runner/configuration/replacement.ts'
import { VariableDictionary } from '../../../runner/substitution/evaluate.ts'

const replace = (text: string, variables: Record<string, string | null>) =>
  replaceStructured('yaml', text, new VariableDictionary(variables))

const KINDS = `a: &x 1
b: *x
c: !!int 5
d: !Ref foo
e:
f: ~
g: 0x1F
h: 2020-01-01
i: yes
j: |
  one
  two
k: >-
  folded

l: 1.0
<<: *x
`

describe('variables in YAML', () => {
  it('writes what no variable addresses as it was', () => {
    expect(replace(KINDS, { other: '1' })).toMatchObject({ text: KINDS, replaced: 0 })
  })

  it('keeps anchors, tags and styles of what it replaces', () => {
    const text = replace(KINDS, { a: '2', c: '7', d: 'bar', e: 'full', j: 'three\n', k: 'x' })
    expect(text).toMatchObject({
      replaced: 6,
      text: KINDS.replace('&x 1', '&x 2')
        .replace('!!int 5', '!!int 7')
        .replace('foo', 'bar')
        .replace('e:\n', 'e: full\n')
        .replace('  one\n  two', '  three')
        .replace('folded', 'x'),
    })
  })

  it.each([
    { value: 'p: q', text: "a: 'p: q'\n" },
    { value: '# no comment', text: "a: '# no comment'\n" },
    { value: '- x', text: "a: '- x'\n" },
    { value: 'true', text: 'a: true\n' },
    { value: null, text: 'a: null\n' },
  ])('writes $value so that it is one plain text', ({ value, text }) => {
    expect(replace('a: x\n', { a: value })).toMatchObject({ text })
  })

  it.each([
    { value: '*nothing', text: 'a: "*nothing"\n' },
    { value: 'k: [1, 2]', text: 'a:\n  k: [1, 2]\n' },
    { value: '# only a comment', text: 'a: "# only a comment"\n' },
    { value: 'a: b: c', text: 'a: "a: b: c"\n' },
    { value: '', text: 'a: ""\n' },
    { value: null, text: 'a: null\n' },
  ])('puts $value in place of a mapping', ({ value, text }) => {
    expect(replace('a:\n  k: 1\n', { a: value })).toMatchObject({ text, replaced: 1 })
  })

  it('addresses every document of a file, and keeps what parts them', () => {
    const text = '%YAML 1.2\n---\na: 1\n---\na: 2 # second\n'
    expect(replace(text, { A: '3' })).toMatchObject({
      text: '%YAML 1.2\n---\na: 3\n---\na: 3 # second\n',
      replaced: 2,
    })
  })

  it('keeps comments, empty lines and line ends', () => {
    const text = '# top\r\na:\r\n  - b: 1 # one\r\n    c: 2\r\n\r\n# end\r\nd: x\r\n'
    expect(replace(text, { 'a:0:b': '9' })).toMatchObject({
      text: '# top\r\na:\r\n- b: 9 # one\r\n  c: 2\r\n\r\n# end\r\nd: x\r\n',
    })
    expect(replace('# alone\n', { a: '1' })).toMatchObject({ text: '# alone\n', replaced: 0 })
  })

  it.each([
    {
      what: 'mappings in a sequence',
      text: 'a:\n    - x: 1\n      y: 2\n    - x: 3\nb:\n    c:\n        d: 1\n',
      gives: 'a:\n-   x: 1\n    y: 2\n-   x: 3\nb:\n    c:\n        d: 9\n',
    },
    {
      what: 'sequences in a sequence',
      text: 'a:\n    - - 1\n      - 2\n    - z\nb:\n    c:\n        d: 1\n',
      gives: 'a:\n-   - 1\n    - 2\n- z\nb:\n    c:\n        d: 9\n',
    },
    {
      what: 'blocks of text',
      text: 'a:\n    - |\n      one\n        two\n\n      three\n    - |2\n        lead\nb:\n    c:\n        d: 1\n',
      gives:
        'a:\n- |\n    one\n      two\n\n    three\n- |4\n      lead\nb:\n    c:\n        d: 9\n',
    },
    {
      what: 'anchors and comments',
      text: 'a:\n    - &k\n      x: 1\n    # between\n    - *k\nb:\n    c:\n        d: 1\n',
      gives: 'a:\n- &k\n    x: 1\n# between\n- *k\nb:\n    c:\n        d: 9\n',
    },
  ])('goes in by four where the file does, with $what', ({ text, gives }) => {
    expect(replace(text, { 'b:c:d': '9' })).toMatchObject({ text: gives, replaced: 1 })
  })

  it('keeps comments on the lines they are on', () => {
    const text =
      '# top\na: # one\n  # two\n  b: # three\n  - 1 # four\n  # five\n  - c: [2] # six\nd: e # seven\n'
    expect(replace(text, { 'a:b:0': '9' })).toMatchObject({ text: text.replace('1 #', '9 #') })
  })

  it('quotes a plain text that becomes several lines', () => {
    expect(replace('a: x\n', { a: 'one\ntwo' })).toMatchObject({ text: 'a: "one\\ntwo"\n' })
  })

  it('does not follow aliases, however many there are', () => {
    const lines = ['a0: &a0 [x, x]']
    for (let i = 1; i < 30; i++) {
      const aliases = Array(9).fill(`*a${i - 1}`)
      lines.push(`a${i}: &a${i} [${aliases.join(', ')}]`)
    }
    const text = `${lines.join('\n')}\nz: 1\n`
    expect(replace(text, { z: '2' })).toMatchObject({ text: text.replace('z: 1', 'z: 2') })
  })

  it('leaves a file whose aliases would lose their anchor as it was', () => {
    const text = 'a: &x {k: &y 1}\nb: *y\n'
    const result = replace(text, { a: 'text' })
    expect(result).toMatchObject({ text, replaced: 0 })
    expect(result.parses && result.warnings).toHaveLength(1)
  })

  it.each([
    { what: '100,000 flow sequences', text: '['.repeat(100_000) },
    { what: '100,000 block sequences', text: '- '.repeat(100_000) },
    { what: 'tabs as indent', text: 'a:\n\tb: 1\n' },
    { what: 'an open quote', text: 'a: "b\n' },
  ])('does not read $what', ({ text }) => {
    expect(replace(text, { a: '1' })).toMatchObject({ parses: false })
  })
})
