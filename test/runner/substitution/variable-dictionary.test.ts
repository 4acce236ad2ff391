import { describe, expect, it } from 'vitest'
import { VariableDictionary } from '../../../runner/substitution/variable-dictionary.ts'

describe('a dictionary of variables', () => {
  it('keeps the last value of a name, whatever its case', () => {
    const dictionary = new VariableDictionary([
      ['Port', '80'],
      ['PORT', '8080'],
    ])
    expect(dictionary.get('port')).toBe('8080')
    expect(dictionary.names()).toEqual(['PORT'])
  })

  it('sees what is set later', () => {
    const dictionary = new VariableDictionary({ Url: 'http://#{Host}' })
    expect(dictionary.get('Url')).toBe('http://#{Host}')
    dictionary.set('Host', 'web-1')
    expect(dictionary.get('Url')).toBe('http://web-1')
  })

  it('gives back what it was made of', () => {
    const entries = { 'a.b': '#{c}', nothing: null }
    const copy = JSON.parse(JSON.stringify(new VariableDictionary(entries)))
    expect(copy).toEqual(entries)
    expect(new VariableDictionary(copy).getRaw('A.B')).toBe('#{c}')
  })

  it('finds no value where a name is none of its own', () => {
    const dictionary = new VariableDictionary({ constructor: 'x' })
    expect(dictionary.get('toString')).toBeNull()
    expect(dictionary.get('__proto__')).toBeNull()
    expect(dictionary.get('constructor')).toBe('x')
  })

  it.each([
    { value: 'True', defaultValue: false, flag: true },
    { value: 'FALSE', defaultValue: true, flag: false },
    { value: 'yes', defaultValue: true, flag: true },
    { value: '#{Other}', defaultValue: false, flag: true },
    { value: null, defaultValue: true, flag: true },
  ])('reads $value, by default $defaultValue, as $flag', ({ value, defaultValue, flag }) => {
    const dictionary = new VariableDictionary({ Flag: value, Other: 'true' })
    expect(dictionary.getFlag('Flag', defaultValue)).toBe(flag)
  })

  it('reaches a variable by any name, even one that no template can hold', () => {
    const dictionary = new VariableDictionary({ a$b: '#{c}', c: '1' })
    expect(dictionary.get('A$B')).toBe('1')
  })

  it.each([
    { text: '2147483647', number: 2_147_483_647 },
    { text: '2147483648', number: undefined },
    { text: ' -5 ', number: -5 },
    { text: '1.0', number: undefined },
  ])('reads $text as the whole number $number', ({ text, number }) => {
    expect(new VariableDictionary({ n: text }).getInt32('n')).toBe(number)
  })
})
