import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTemplate } from '../../../runner/substitution/parse.ts'
import { printTemplate } from '../../../runner/substitution/print.ts'
import { templates } from './templates.ts'

describe('reading and printing templates', () => {
  it('reads what it printed as the same tree', () => {
    fc.assert(
      fc.property(templates, template => {
        expect(parseTemplate(printTemplate(template))).toEqual(template)
      }),
      { numRuns: 1_000 },
    )
  })

  it('reads a short template once', () => {
    const text = `#{Once | ToUpper} and ${Math.PI}`
    expect(parseTemplate(text)).toBe(parseTemplate(text))
    expect(parseTemplate(text, 'lenient')).toBe(parseTemplate(text, 'lenient'))
  })

  it('reads the commonest tokens as it reads all others', () => {
    fc.assert(
      fc.property(names, name => {
        const [quick, long] = [`x#{${name}}y`, `x#{ ${name} }y`].map(text => parseTemplate(text))
        if (quick && 'message' in quick) expect(long).toHaveProperty('message')
        else expect(quick).toEqual(long)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    { text: '#{a|b x  "y"}', printed: '#{a | b "x" "y"}' },
    { text: '#{ a . b [ c] }', printed: '#{a.b[c]}' },
    { text: '#{UNLESS a}x#{else}y#{/unless}', printed: '#{unless a}x#{else}y#{/unless}' },
    { text: '#{IF  a==b }x#{else}y#{/if}', printed: '#{if a == b}x#{else}y#{/if}' },
    {
      text: '#{if a}1#{elseif b}2#{else}3#{/if}',
      printed: '#{if a}1#{else}#{if b}2#{else}3#{/if}#{/if}',
    },
    { text: '#{f | Append #{a}#{b}| ToUpper}', printed: '#{f | Append #{a}#{b}| ToUpper}' },
    { text: '##{x} ###{y} ####{z}', printed: '##{x} ###{y} ####{z}' },
    { text: '#{calc (a+{b-c})*2}', printed: '#{calc (a+{b-c})*2}' },
    { text: '#{x | Append \\"a#b\\"}', printed: '#{x | Append \\"a#b\\"}' },
  ])('prints $text in its usual form', ({ text, printed }) => {
    const template = parseTemplate(text, 'lenient')
    expect('message' in template ? template : printTemplate(template)).toBe(printed)
  })
})

describe('mistakes in templates', () => {
  it.each([
    {
      text: 'http://#{Server',
      message: "Line 1, column 16: expected '|' or '}', found the end of the text.",
    },
    {
      text: 'a\nb #{x | }',
      message: "Line 2, column 9: expected a filter, found '}'.",
    },
    {
      text: '#{each item in Items}x',
      message: "Line 1, column 23: expected '#{/each}', found the end of the text.",
    },
    { text: '#{}', message: "Line 1, column 3: expected a name, found '}'." },
    { text: 'x#{/if}', message: "Line 1, column 4: expected a name, found '/if}'." },
  ])('shows where $text goes wrong', ({ text, message }) => {
    expect(parseTemplate(text)).toMatchObject({ message })
  })

  it('never has a problem with a file that was not written for it', () => {
    fc.assert(
      fc.property(noise, text => {
        expect(Array.isArray(parseTemplate(text, 'lenient'))).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  it('keeps all of the text where there is no template in it', () => {
    const script = 'var a = "#{"; b = {x}; if (y) { z("#{}") } // #{ #{'
    expect(parseTemplate(script, 'lenient')).toEqual([{ kind: 'text', text: script }])
  })

  it.each([
    { what: 'unclosed ifs', piece: '#{if a}' },
    { what: 'unclosed loops', piece: '#{each a in b}' },
    { what: 'nested filters', piece: '#{a | F ' },
    { what: 'nested indexes', piece: '#{a[' },
    { what: 'nested blocks as options', piece: '#{if a | F ' },
    { what: 'brackets', piece: '#{calc (' },
    { what: 'opening quotes', piece: '#{a | F \\"' },
    { what: 'names', piece: '#{a b ' },
    { what: 'braces', piece: '#{' },
  ])('is done with 20,000 $what in one go', ({ piece }) => {
    for (const text of [piece.repeat(20_000), `${piece.repeat(20_000)}#{/if}#{/each}`]) {
      expect(parseTemplate(text)).toBeTypeOf('object')
      expect(parseTemplate(text, 'lenient')).toBeInstanceOf(Array)
    }
  })
})

const names = fc
  .array(
    fc.constantFrom('a', 'B', '0', '_', '.', '-', ':', '/', '~', '(', '@', '[', ']', ' ', 'é', '!'),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map(parts => parts.join(''))
  .filter(name => !name.startsWith('/') && name.trim() === name)

const noise = fc
  .array(
    fc.constantFrom(
      ...['#{', '}', '#', 'if ', 'each ', ' in ', 'a', '.', '[', ']', '|', ' ', '"', '\\"'],
      ...['#{/if}', '#{else}', '#{elseif ', '#{/each}', 'calc ', '(', ')', '+', '==', '/', '{'],
    ),
    { maxLength: 60 },
  )
  .map(parts => parts.join(''))
