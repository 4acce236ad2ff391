import fc from 'fast-check'
import type {
  Expression,
  Formula,
  Operand,
  Quoted,
  SymbolPath,
  Template,
  Token,
} from '../../../runner/substitution/template.ts'

const word = fc.constantFrom('Shop', 'Port', 'a', 'web-1', 'Über', 'A:B:0', 'x y', 'calc', '(x)')

const symbol: fc.Arbitrary<SymbolPath> = fc
  .tuple(
    word,
    fc.array(
      fc.oneof(
        word.map(name => ({ kind: 'name' as const, name })),
        fc
          .constantFrom('', '*', '0', 'Deploy web', 'a[b]', 'x.y')
          .map(index => ({ kind: 'index' as const, index })),
        word.map(name => ({
          kind: 'computed-index' as const,
          symbol: { kind: 'symbol' as const, steps: [{ kind: 'name' as const, name }] },
        })),
      ),
      { maxLength: 3 },
    ),
  )
  .map(([name, rest]) => ({ kind: 'symbol', steps: [{ kind: 'name', name }, ...rest] }))

const text = fc
  .array(fc.constantFrom('a', ' ', '#', '#', '{', '}', '\n', '"', 'if', '|', '\\', '#{', 'é'), {
    minLength: 1,
    maxLength: 6,
  })
  .map(parts => parts.join(''))
  // Of hashes before a brace only an odd number can be written.
  .filter(value => !/(?:^|[^#])(?:##)+\{/.test(value))

const quoted: fc.Arbitrary<Quoted> = fc
  .constantFrom('', 'a b', 'x#y', 'with "quotes"', '#{no}', '0')
  .map(value => ({ kind: 'quoted', text: value }))

const formula: fc.Arbitrary<Formula> = fc.letrec<{
  sum: Formula
  factor: Formula
  product: Formula
}>(tie => ({
  factor: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('0', '1.50', '12').map(value => ({ kind: 'number' as const, text: value })),
    fc.record({
      kind: fc.constant('variable' as const),
      symbol,
      braced: fc.constant(true),
    }),
    tie('sum').map(inner => ({ kind: 'group' as const, formula: inner })),
  ),
  product: fc.oneof(
    { depthSize: 'small' },
    tie('factor'),
    operation(tie('product'), fc.constantFrom('*' as const, '/' as const), tie('factor')),
  ),
  sum: fc.oneof(
    { depthSize: 'small' },
    tie('product'),
    operation(tie('sum'), fc.constantFrom('+' as const, '-' as const), tie('product')),
  ),
})).sum

function operation(
  left: fc.Arbitrary<Formula>,
  operator: fc.Arbitrary<'+' | '-' | '*' | '/'>,
  right: fc.Arbitrary<Formula>,
): fc.Arbitrary<Formula> {
  return fc.record({ kind: fc.constant('operation' as const), operator, left, right })
}

const textToken = text.map(value => ({ kind: 'text' as const, text: value }))
const optionText = quoted.map(({ text: value }) => ({ kind: 'text' as const, text: value }))

type Shapes = { template: Template; token: Token; expression: Expression; operand: Operand }

/** Trees that can be written: adjacent texts are one. */
export const templates: fc.Arbitrary<Template> = fc.letrec<Shapes>(tie => ({
  expression: fc.oneof(
    { depthSize: 'small' },
    symbol,
    fc.record({
      kind: fc.constant('filter' as const),
      name: fc.constantFrom('ToUpper', 'Append', 'NoSuch'),
      input: fc.option(tie('expression'), { nil: undefined }),
      options: fc.array(fc.oneof(optionText, tie('token')), { maxLength: 3 }),
    }),
  ),
  operand: tie('expression'),
  token: fc.oneof(
    { depthSize: 'small' },
    tie('expression').map(expression => ({ kind: 'substitution' as const, expression })),
    formula.map(value => ({ kind: 'calculation' as const, formula: value })),
    fc.record({
      kind: fc.constant('repetition' as const),
      item: word,
      collection: symbol,
      body: tie('template'),
    }),
    fc.record({
      kind: fc.constant('conditional' as const),
      unless: fc.boolean(),
      condition: fc.oneof(
        tie('operand').map(left => ({ left })),
        fc
          .tuple(tie('operand'), fc.boolean(), fc.oneof(quoted, tie('operand')))
          .map(([left, equals, right]) => ({ left, comparison: { equals, right } })),
        fc
          .tuple(quoted, fc.boolean(), tie('operand'))
          .map(([left, equals, right]) => ({ left, comparison: { equals, right } })),
      ),
      body: tie('template'),
      otherwise: tie('template'),
    }),
  ),
  template: fc
    .array(fc.oneof(textToken, tie('token')), { maxLength: 4 })
    .map(joinTexts)
    .filter(isWritable),
})).template

function joinTexts(tokens: Template): Template {
  const joined: Token[] = []
  for (const token of tokens) {
    const previous = joined.at(-1)
    if (token.kind === 'text' && previous?.kind === 'text') {
      joined[joined.length - 1] = { kind: 'text', text: previous.text + token.text }
    } else joined.push(token)
  }
  return joined
}

/** An even number of hashes before a brace, be it of the text or of a token, has no spelling. */
function isWritable(template: Template): boolean {
  return template.every(
    token => token.kind !== 'text' || !/(?:^|[^#])(?:##)+(?:\{|$)/.test(token.text),
  )
}
