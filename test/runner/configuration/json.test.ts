import { describe, expect, it } from 'vitest'
import { replaceStructured } from '../../../runner/configuration/replacement.ts'
import { VariableDictionary } from '../../../runner/substitution/evaluate.ts'

const replace = (text: string, variables: Record<string, string | null>) =>
  replaceStructured('json', text, new VariableDictionary(variables))
const compact = (text: string, variables: Record<string, string | null>) => {
  const result = replace(text, variables)
  return result.parses ? result.text.replace(/\n\s*/g, '') : result.reason
}

describe('variables in JSON', () => {
  it.each([
    { value: ' 7 ', gives: '7' },
    { value: '+7', gives: '7' },
    { value: '9223372036854775807', gives: '9223372036854775807' },
    { value: '1e3', gives: '1000.0' },
    { value: '1,000.5', gives: '1000.5' },
    { value: '0x10', gives: '"0x10"' },
    { value: '1e999', gives: '"1e999"' },
    { value: '', gives: '""' },
    { value: null, gives: 'null' },
  ])('puts $value in place of a number as $gives', ({ value, gives }) => {
    expect(compact('{"n": 1}', { n: value })).toBe(`{"n": ${gives}}`)
  })

  it.each([
    { value: 'true', gives: 'true' },
    { value: '"text"', gives: '"text"' },
    { value: 'null', gives: 'null' },
    { value: '{a: [1,]}', gives: '{"a": [1]}' },
    { value: null, gives: 'null' },
  ])('puts $value in place of an object as $gives', ({ value, gives }) => {
    expect(compact('{"o": {"a": 1}}', { o: value })).toBe(`{"o": ${gives}}`)
  })

  it('does not look into what it put in', () => {
    const result = replace('{"o": {"a": 1}}', { o: '{"a": 2}', 'o:a': '3' })
    expect(result).toMatchObject({ parses: true, text: '{\n  "o": {\n    "a": 2\n  }\n}' })
  })

  it('takes names that objects have by themselves as any others, and keeps the order', () => {
    expect(
      compact('{"2": 1, "1": 1, "__proto__": {"a": 1}}', { '__PROTO__:a': '2', '2': '5' }),
    ).toBe('{"2": 5,"1": 1,"__proto__": {"a": 2}}')
  })

  it('reads comments, single quotes and last commas, and writes plain JSON', () => {
    expect(compact("{/* c */ a: 'x', // d\n b: [1,2,],}", { 'B:1': '9' })).toBe(
      '{"a": "x","b": [1,9]}',
    )
  })

  it('keeps the line ends most lines have', () => {
    expect(replace('{\r\n"a": 1}', { a: '2' })).toMatchObject({ text: '{\r\n  "a": 2\r\n}' })
    expect(replace('{\n"a":\r\n 1\n}', { a: '2' })).toMatchObject({ text: '{\n  "a": 2\n}' })
  })

  it.each([
    { what: '100,000 arrays in each other', text: '['.repeat(100_000) },
    { what: '100,000 objects in each other', text: '{"a":'.repeat(100_000) },
    { what: 'text', text: 'text' },
    { what: 'two values', text: '1 2' },
    { what: 'nothing', text: '' },
  ])('does not read $what', ({ text }) => {
    expect(replace(text, { a: '1' })).toEqual({
      parses: false,
      reason: 'It is not well-formed JSON.',
    })
  })
})
