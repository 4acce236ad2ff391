import { describe, expect, it } from 'vitest'
import { replaceStructured } from '../../../runner/configuration/replacement.ts'
import { VariableDictionary } from '../../../runner/substitution/evaluate.ts'

const replace = (text: string, variables: Record<string, string | null>) =>
  replaceStructured('properties', text, new VariableDictionary(variables))

describe('variables in properties', () => {
  it.each([
    {
      what: 'a key with blanks and signs',
      text: 'k\\ 1\\=\\:=x\n',
      name: 'k 1=:',
      gives: 'k\\ 1\\=\\:=v\n',
    },
    {
      what: 'a key over two lines',
      text: 'ab\\\n  cd = 5\n',
      name: 'abcd',
      gives: 'ab\\\n  cd = v\n',
    },
    {
      what: 'a value over three lines',
      text: 'a=1\\\n 2\\\n 3\nb=2\n',
      name: 'a',
      gives: 'a=v\nb=2\n',
    },
    { what: 'a line with a tab', text: 'a\tb\n', name: 'a', gives: 'a\tv\n' },
    { what: 'indent before the key', text: '  a : 1\n', name: 'a', gives: '  a : v\n' },
    { what: 'the last line without end', text: 'a=1', name: 'a', gives: 'a=v' },
    { what: 'line ends of Windows', text: 'a=1\r\nb=2\r\n', name: 'b', gives: 'a=1\r\nb=v\r\n' },
    { what: 'a backslash at the end', text: 'a=1\\\\\nb=2\n', name: 'b', gives: 'a=1\\\\\nb=v\n' },
    { what: 'a key twice', text: 'a=1\na=2\n', name: 'a', gives: 'a=v\na=v\n' },
    { what: 'nothing but a key', text: 'a', name: 'a', gives: 'a:v' },
  ])('replaces with $what', ({ text, name, gives }) => {
    expect(replace(text, { [name]: 'v' })).toMatchObject({ parses: true, text: gives })
  })

  it('leaves comments alone, even with a backslash at the end', () => {
    const text = '# a=1 \\\na=2\n! a=3 \\uzz\n'
    expect(replace(text, { a: 'v' })).toMatchObject({ text: text.replace('a=2', 'a=v') })
  })

  it('writes null as empty', () => {
    expect(replace('a=1\n', { a: null })).toMatchObject({ text: 'a=\n', replaced: 1 })
  })

  it('does not read what is escaped wrongly', () => {
    expect(replace('a=\\u00z1\n', { a: '1' })).toMatchObject({ parses: false })
  })
})
