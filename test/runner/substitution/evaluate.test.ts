import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compileTemplate,
  evaluate,
  SubstitutionError,
  VariableDictionary,
} from '../../../runner/substitution/evaluate.ts'
import { printTemplate } from '../../../runner/substitution/print.ts'
import { templates } from './templates.ts'

const textOf = (template: string, variables: Record<string, string | null> = {}) =>
  evaluate(template, new VariableDictionary(variables)).value

const errorOf = (run: () => unknown): SubstitutionError => {
  try {
    run()
  } catch (error) {
    if (error instanceof SubstitutionError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('evaluating a template', () => {
  it.each([
    { template: '#{calc 2*(A+B)}', value: '24' },
    { template: '#{calc a.b + 1}', value: '2' },
    { template: '#{calc 1/0}', value: 'Infinity' },
    { template: '#{calc 1000000000*1000000000}', value: '1E+18' },
    { template: '#{calc 0.1+0.2}', value: '0.30000000000000004' },
    { template: '#{calc (C*2)-2}', value: '#{C*2-2}' },
    { template: '#{if A}#{each x in L}#{if x == "2"}two#{/if}#{/each}#{/if}', value: 'two' },
    { template: '#{unless A | Nope}x#{/unless}', value: '#{if A | Nope}#{else}x#{/if}' },
    {
      template: '#{if A|Nope=="1"}x#{elseif B}y#{/if}',
      value: '#{if A | Nope == "1" }x#{else}#{if B}y#{/if}#{/if}',
    },
    { template: '#{if A == B}y#{elseif A != B}n#{/if}', value: 'n' },
    { template: '#{List[0].Name}#{List[9].Name}', value: 'web-1#{List[9].Name}' },
    { template: '#{List[-1].Name}', value: '#{List[-1].Name}' },
    {
      template: '#{each t in List}#{t.Name}#{unless Octopus.Template.Each.Last},#{/unless}#{/each}',
      value: 'web-1,web-2',
    },
    { template: '#{Missing | Append "x" | ToUpper}', value: 'X' },
    { template: '#{Set[k]}', value: 'k' },
    { template: '#{Set[*].Name}', value: 'K' },
    { template: '#{X | Replace #{from}#{to}}', value: '#{X | Replace #{from} #{to}}' },
  ])('makes $value of $template', ({ template, value }) => {
    const variables = {
      A: '5',
      B: '7',
      'a.b': '1',
      L: '1,2,3',
      List: '[{"Name": "web-1"}, {Name: \'web-2\'},]',
      'Set[k].Name': 'K',
      from: 'a',
      to: 'b',
    }
    expect(textOf(template, variables)).toBe(value)
  })

  it('finds no member in JSON that needs the member itself', () => {
    const { value, missing } = evaluate('#{A.x}', new VariableDictionary({ A: '{"x": "#{A.x}"}' }))
    expect({ value, missing }).toEqual({ value: '#{A.x}', missing: ['#{A.x}'] })
  })

  it('does not report what is missing beside the member that was asked for', () => {
    const dictionary = new VariableDictionary({ A: '{"x": 1, "y": "#{Nothing}"}' })
    expect(evaluate('#{A.x}', dictionary)).toMatchObject({ value: '1', missing: [] })
    expect(evaluate('#{A.x}#{A.y}', dictionary).missing).toEqual(['#{Nothing}'])
    expect(evaluate('#{A.x}#{A}', dictionary).missing).toEqual(['#{Nothing}'])
  })

  it('tells which variables were looked at, through others too', () => {
    const variables = {
      Url: 'https://#{Host}/#{Missing}',
      Host: '#{Env}.example',
      Env: 'test',
      X: '1',
    }
    const { used } = evaluate('#{url}', new VariableDictionary(variables))
    expect([...used]).toEqual(['Url', 'Host', 'Env'])
  })

  it('says in the problem why a token has no value', () => {
    const { problem } = evaluate('#{a | Match "(x)\\1"} #{b}', new VariableDictionary({ a: 'x' }))
    expect(problem?.message).toBe(
      `The following tokens were unable to be evaluated: '#{a | Match "(x)\\1"}', '#{b}'. Match: A backreference is not supported in regular expressions, because patterns must match in linear time; write the repeated text out.`,
    )
  })

  it('keeps a loop variable apart from a variable of the same name', () => {
    const variables = { item: 'outer', Text: '#{item}', 'L[a].Name': '#{item}-#{Text}' }
    expect(textOf('#{each item in L}#{item.Name}#{/each}', variables)).toBe('a-outer')
  })

  it('takes the filters it is given, but keeps its own', () => {
    const filters = new Map([
      ['shout', (input: string | undefined) => `${input}!`],
      ['toupper', () => 'never'],
    ])
    const dictionary = new VariableDictionary({ a: 'x' })
    expect(evaluate('#{a | ToUpper | Shout}', dictionary, { filters }).value).toBe('X!')
  })
})

describe('the bounds of an evaluation', () => {
  it.each([
    { variables: { A: '#{A}' }, chain: ['A', 'A'] },
    { variables: { A: '#{B}', B: '#{C}', C: 'x#{B | ToUpper}' }, chain: ['A', 'B', 'C', 'B'] },
    { variables: { A: '#{if A}x#{/if}' }, chain: ['A', 'A'] },
    { variables: { A: '#{L[#{A}]}' }, chain: ['A', 'A'] },
  ])('shows the circle $chain', ({ variables, chain }) => {
    const error = errorOf(() => textOf('#{A}', variables))
    expect(error).toMatchObject({ kind: 'recursion', chain })
    expect(error.message).toContain(chain.join(' -> '))
  })

  const chainOf = (length: number) =>
    Object.fromEntries(
      Array.from({ length }, (_, i) => [`v${i}`, i === length - 1 ? 'end' : `#{v${i + 1}}`]),
    )

  it('goes 32 variables deep and no deeper', () => {
    expect(textOf('#{v0}', chainOf(33))).toBe('end')
    expect(errorOf(() => textOf('#{v0}', chainOf(34)))).toMatchObject({ kind: 'limit' })
  })

  const doubling = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [`d${i}`, `#{d${i + 1}}#{d${i + 1}}`]),
  )

  it.each([
    {
      what: 'values that double thirty times',
      template: '#{d0}',
      variables: { ...doubling, d30: 'x' },
    },
    {
      what: 'a million items',
      template: '#{each i in L}#{i}#{/each}',
      variables: { L: ','.repeat(1_000_000) },
    },
    {
      what: 'loops in loops',
      template: '#{each a in L}#{each b in L}#{each c in L}#{/each}#{/each}#{/each}',
      variables: { L: ','.repeat(500) },
    },
    {
      what: 'a megabyte, again and again',
      template: '#{if x == x}#{/if}'.repeat(10_000),
      variables: { x: 'y'.repeat(1_000_000) },
    },
    {
      what: 'a text of two megabytes',
      template: '#{x}#{x}#{x}',
      variables: { x: 'y'.repeat(700_000) },
    },
    {
      what: 'an expensive replacement',
      template:
        '#{x | Replace "((a{1,10}){1,10}){1,10}$" y}#{x | Replace "((a{1,10}){1,10}){1,10}$" y}',
      variables: { x: 'a'.repeat(100_000) },
    },
  ])('refuses $what', ({ template, variables }) => {
    expect(errorOf(() => textOf(template, variables))).toMatchObject({ kind: 'limit' })
  })

  it('takes more where more is allowed', () => {
    const dictionary = new VariableDictionary({ x: 'y'.repeat(700_000) })
    const { value } = evaluate('#{x}#{x}', dictionary, { maxOutputLength: 2_000_000 })
    expect(value).toHaveLength(1_400_000)
  })
})

describe('any template whatever', () => {
  const variables = fc.dictionary(
    fc.constantFrom('Shop', 'Port', 'a', 'web-1', 'x y', 'a[0]', 'a.b', 'Shop[x].a'),
    fc.oneof(
      fc.constantFrom('', '0', '1,2', '{"a": [1, "#{Port}"]}', '[1', '#{', 'text', null),
      templates.map(template => printTemplate(template)),
    ),
    { maxKeys: 6 },
  )

  it('ends, with a value or with a SubstitutionError', () => {
    fc.assert(
      fc.property(templates, variables, (template, values) => {
        try {
          const evaluation = evaluate(printTemplate(template), new VariableDictionary(values))
          expect(evaluation.value === null || typeof evaluation.value === 'string').toBe(true)
          expect(evaluation.problem === undefined).toBe(evaluation.missing.length === 0)
        } catch (error) {
          expect(error).toBeInstanceOf(SubstitutionError)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('is the same, and uses the same variables, whether it is put together or evaluated', () => {
    const simple = fc
      .array(fc.constantFrom('#{a}', '#{Shop.X}', '#{no}', '#{nil}', '#{deep}', 'text ', '##{a}'))
      .map(parts => parts.join(''))
    const dictionary = new VariableDictionary({
      a: '1',
      'shop.x': 'two',
      nil: null,
      deep: '#{a}#{Shop.X}',
    })
    fc.assert(
      fc.property(simple, template => {
        const quick = evaluate(template, dictionary)
        const full = evaluate(`${template}#{if never}#{/if}`, dictionary)
        expect(quick.value).toBe(full.value)
        expect([...quick.used].sort()).toEqual([...full.used].sort())
        expect(quick.missing).toEqual(full.missing)
        expect(compileTemplate(template)(dictionary).value).toBe(quick.value)
      }),
    )
  })

  it('compiled before is what it is evaluated at once, mistakes included', () => {
    const dictionary = new VariableDictionary({ a: '1' })
    for (const template of ['#{a}', '#{a', 'x', '#{a | ToUpper}', '#{b}']) {
      for (const haltOnError of [true, false]) {
        const before = compileTemplate(template, { haltOnError })(dictionary)
        const atOnce = evaluate(template, dictionary, { haltOnError })
        expect([before.value, before.problem]).toEqual([atOnce.value, atOnce.problem])
      }
    }
  })

  it('leaves text without tokens as it is', () => {
    fc.assert(
      fc.property(
        fc.string().filter(text => !text.includes('#{')),
        text => {
          expect(textOf(text)).toBe(text)
        },
      ),
    )
  })

  it('undoes every escape that a token in a text needs', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '{', '}', ' ', '#{x}')), parts => {
        const text = parts.join('')
        expect(textOf(text.replaceAll('#{', '##{'), { x: 'never' })).toBe(text)
      }),
    )
  })
})
