import { describe, expect, it } from 'vitest'
import {
  evaluate,
  fileLimits,
  SubstitutionError,
  VariableDictionary,
} from '../../../runner/substitution/evaluate.ts'
import { type Bomb, templateBombs } from '../../support/template-bombs.ts'

const outcome = (work: () => unknown): string => {
  try {
    work()
    return 'done'
  } catch (error) {
    if (!(error instanceof SubstitutionError)) throw error
    return error.message
  }
}

/** Takes long enough for several looks at a clock. */
const LOOP = '#{each i in L}#{if i == "never"}#{/if}#{/each}'
const LIST = { L: ','.repeat(6_000) }

/** A clock that shows the next of these times at each look, and the last one from then on. */
const clockOf = (...times: number[]) => {
  let look = 0
  return () => times[Math.min(look++, times.length - 1)] ?? 0
}

describe('the time of an evaluation', () => {
  it('is bounded where there is a clock', () => {
    const dictionary = new VariableDictionary(LIST)
    expect(outcome(() => evaluate(LOOP, dictionary, { clock: clockOf(1_000, 1_051) }))).toBe(
      'The template takes more than 50 ms to evaluate; make it smaller.',
    )
    expect(outcome(() => evaluate(LOOP, dictionary, { clock: clockOf(1_000, 1_050) }))).toBe('done')
    expect(outcome(() => evaluate(LOOP, dictionary))).toBe('done')
  })

  it('is bounded by the clock of the variables, however they are asked', () => {
    const dictionary = new VariableDictionary({ ...LIST, A: LOOP }, clockOf(0, 60))
    expect(outcome(() => dictionary.get('A'))).toMatch(/takes more than 50 ms to evaluate/)
  })

  it('is not looked at for what is short', () => {
    const clock = () => {
      throw new Error('looked')
    }
    const dictionary = new VariableDictionary({ a: '#{b}', b: 'x' }, clock)
    expect(evaluate('#{a | ToUpper}', dictionary).value).toBe('X')
  })

  it('grows with the file', () => {
    const dictionary = new VariableDictionary(LIST)
    const late = { clock: clockOf(0, 1_000), ...fileLimits(1024 * 1024) }
    expect(outcome(() => evaluate(LOOP, dictionary, late))).toBe('done')
    const tooLate = { clock: clockOf(0, 1_200), ...fileLimits(1024 * 1024) }
    expect(outcome(() => evaluate(LOOP, dictionary, tooLate))).toMatch(/takes more than 1099 ms/)
  })
})

describe('the steps of an evaluation', () => {
  /** The fewest it gets by with. */
  const fewest = (template: string, variables: Record<string, string>): number => {
    let [low, high] = [0, 300_000]
    while (low < high) {
      const maxSteps = (low + high) >> 1
      const dictionary = new VariableDictionary(variables)
      if (outcome(() => evaluate(template, dictionary, { maxSteps })) === 'done') high = maxSteps
      else low = maxSteps + 1
    }
    return low
  }

  it('are the same whether texts and patterns are known already or not', () => {
    const variables = { a: '#{b | Replace "[0-9]+" x}#{if b}y#{/if}', b: '{"c":[1,2]}' }
    const template = '#{a}#{b.c[1]}#{each i in b.c}#{calc i+1}#{/each}'
    const first = fewest(`${template}1`, variables)
    expect(first).toBeGreaterThan(100)
    expect(fewest(`${template}1`, variables)).toBe(first)
    expect(fewest(`${template}2`, variables)).toBe(first)
  })

  it('let a file of a megabyte have a token in each line', () => {
    const file = '  "setting": { "value": "#{Name | ToUpper}" }, # as they are\n'.repeat(17_000)
    const dictionary = new VariableDictionary({ Name: 'a#{b}', b: 'c'.repeat(20) })
    const { value } = evaluate(file, dictionary, fileLimits(file.length))
    expect(value).toContain(`"value": "A${'C'.repeat(20)}"`)
  })

  /** One of each kind; `npm run bench -- bombs` measures them all. */
  const oneOfEach = (): Bomb[] => {
    const byKind = new Map<string, Bomb>()
    for (const bomb of templateBombs()) if (!byKind.has(bomb.kind)) byKind.set(bomb.kind, bomb)
    return [...byKind.values()]
  }

  it.each(oneOfEach())('end $kind: $what', ({ template, variables }) => {
    const dictionary = new VariableDictionary(variables)
    expect(outcome(() => evaluate(template, dictionary))).toMatch(/^done$|takes more than \d+/)
  })
})

describe('a text that swells', () => {
  const lines = '\n'.repeat(100_000)
  it.each([
    { what: 'by indenting', template: '#{x | Indent 255}', x: lines },
    { what: 'by indenting with itself', template: '#{x | Indent #{x}}', x: lines },
    { what: 'by replacing nothing', template: '#{x | Replace "" #{x}}', x: 'y'.repeat(5_000) },
    {
      what: 'by all of it for each match',
      template: '#{x | Replace y "$_"}',
      x: 'y'.repeat(5_000),
    },
    { what: 'by what came before', template: '#{x | Replace y "$`"}', x: 'y'.repeat(5_000) },
  ])('$what is refused before it is made', ({ template, x }) => {
    expect(outcome(() => evaluate(template, new VariableDictionary({ x })))).toBe(
      'The template takes more than 1048576 characters to evaluate; make it smaller.',
    )
  })

  it('is read as a number however many digits it has', () => {
    const x = `{"n": ${'9'.repeat(200_000)}, "z": -000}`
    const { value } = evaluate('#{x.n}', new VariableDictionary({ x }))
    expect(value).toBe('9'.repeat(200_000))
    expect(evaluate('#{x.z}', new VariableDictionary({ x })).value).toBe('0')
  })
})
