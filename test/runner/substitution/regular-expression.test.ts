import { describe, expect, it } from 'vitest'
import {
  compileExpression,
  type RegularExpression,
} from '../../../runner/substitution/regular-expression.ts'

const compile = (pattern: string): RegularExpression => {
  const compiled = compileExpression(pattern)
  if ('problem' in compiled) throw new Error(compiled.problem)
  return compiled
}

describe('regular expressions as .NET has them', () => {
  it.each([
    { pattern: 'c$', text: 'abc\n', matches: true },
    { pattern: 'c\\Z', text: 'abc\n', matches: true },
    { pattern: 'c\\z', text: 'abc\n', matches: false },
    { pattern: 'c$', text: 'abc\n\n', matches: false },
    { pattern: '(?m)^b$', text: 'a\nb\nc', matches: true },
    { pattern: '^\\w+$', text: 'Größe', matches: true },
    { pattern: '^[\\w-]+$', text: 'Größe-1', matches: true },
    { pattern: '^\\d+$', text: '٣', matches: true },
    { pattern: '\\W', text: 'Größe', matches: false },
    { pattern: '^\\s$', text: '\u00a0', matches: true },
    { pattern: '(?i)ABC', text: 'xabc', matches: true },
    { pattern: '(?<=foo)bar', text: 'foobar', matches: true },
    { pattern: '(?<!foo)bar', text: 'foobar', matches: false },
    { pattern: "(?'n'a)b", text: 'ab', matches: true },
    { pattern: 'a(?#comment)b', text: 'ab', matches: true },
    { pattern: '\\u0041', text: 'A', matches: true },
    { pattern: '[[]', text: '[', matches: true },
    { pattern: '[]a]', text: ']', matches: true },
    { pattern: '^(?!beta).+', text: 'beta', matches: false },
    { pattern: '^(?!beta).+', text: 'rc', matches: true },
    { pattern: '^(?!.*(?:x|y))(?=a)', text: 'abc', matches: true },
    { pattern: '^(?!.*(?:x|y))(?=a)', text: 'aby', matches: false },
    { pattern: '(?i)^(?!BETA)', text: 'beta', matches: false },
    { pattern: '^(?!a$)', text: 'ab', matches: true },
  ])('$pattern in $text: $matches', ({ pattern, text, matches }) => {
    expect(compile(pattern).isMatch(text)).toBe(matches)
  })

  it.each([
    { pattern: 'a*', text: 'baac', replacement: '-', result: '-b--c-' },
    { pattern: 'c$', text: 'abc\n', replacement: 'X', result: 'abX\n' },
    { pattern: '$', text: 'a\n', replacement: '!', result: 'a!\n!' },
    { pattern: '(a)(b)?', text: 'ac', replacement: '[$1$2]', result: '[a]c' },
    { pattern: '(?<first>a)b', text: 'ab', replacement: `\${first}-$0`, result: 'a-ab' },
    { pattern: 'b', text: 'abc', replacement: "$$|$&|$`|$'|$_", result: 'a$|b|a|c|abcc' },
    { pattern: 'a', text: 'a', replacement: `$9\${no}`, result: `$9\${no}` },
    { pattern: '^(?!x)a', text: 'aa', replacement: 'b', result: 'ba' },
    { pattern: '^(?!a)a', text: 'aa', replacement: 'b', result: 'aa' },
  ])('replaces $pattern in $text by $replacement', ({ pattern, text, replacement, result }) => {
    expect(compile(pattern).replace(text, replacement)).toBe(result)
  })

  it.each([
    { pattern: 'a(?=b)', reason: 'A lookahead other than right after a leading ^' },
    { pattern: '^(?!a)b|c', reason: 'A lookahead other than right after a leading ^' },
    { pattern: '^((?!a).)*$', reason: 'A lookahead other than right after a leading ^' },
    { pattern: '(a)\\1', reason: 'A backreference' },
    { pattern: '(?<n>a)\\k<n>', reason: 'A backreference' },
    { pattern: '(?>a)', reason: 'An atomic or conditional group' },
    { pattern: '(?x) a', reason: 'The option n or x' },
    { pattern: '[a-z-[aeiou]]', reason: 'Character class subtraction' },
    { pattern: '(', reason: "'(' is no regular expression that can be used" },
    { pattern: '(a{1000}){1000}', reason: 'A pattern may have 5000 parts' },
    { pattern: 'x{1000}'.repeat(6), reason: 'A pattern may have 5000 parts' },
    { pattern: '((a?){9,}b){700}', reason: 'A pattern may have 5000 parts' },
    { pattern: 'a'.repeat(1_001), reason: 'A pattern may have 1000 characters, not 1001.' },
  ])('refuses $pattern with a reason', ({ pattern, reason }) => {
    expect(compileExpression(pattern)).toMatchObject({ problem: expect.stringContaining(reason) })
  })

  // Each of these takes a backtracking engine longer than anyone waits.
  it.each([
    ...['(a+)+$', '(a|a)*b', '(a|aa)+$', '([a-zA-Z]+)*$', '^(([a-z])+.)+[A-Z]([a-z])+$'],
    ...['(x+x+)+y', '(a*)*b', '((a{1,10}){1,10}){1,10}c', '(?:a?){50}a{50}b', '.*.*.*.*=.*'],
    ...['(\\w+\\s?)*$', '^(\\d+)*$', '(a|b|ab)*c', '(a{0,30}){0,30}b', '\\s+$', '^.*(.*)*x$'],
    ...['(0|[1-9]\\d*)*x', '(?i)(A+)+B', '(?<=a+)b', '(\\p{L}+)*1', '(((((a*)*)*)*)*)*b'],
    ...['^(a?){30}a{30}b', '(.+)+\\n$', '(aa|aab?)*c', '(.|\\n)*?z', '([^"]*"){20}', '(.*a){12}b'],
    ...['[\\w.-]+@[\\w.-]+\\.\\w+$', '^(?!(a+)+b)(a+)+c', '(?:(?:a+)+)+b'],
  ])('is through with %s at once', pattern => {
    const text = `${'a'.repeat(200_000)}!`
    expect(compile(pattern).isMatch(text)).toBeTypeOf('boolean')
  })
})
