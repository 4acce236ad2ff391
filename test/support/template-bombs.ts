/** A template that takes as much work as its kind can be made to take. */
export type Bomb = {
  kind: string
  what: string
  template: string
  variables: Record<string, string>
}

const MIB = 1024 * 1024
const LOOPS = ','.repeat(500)
const twice = (body: string) => `#{each i in L}#{each j in L}${body}#{/each}#{/each}`
/** Does it again and again without making any text. */
const again = (condition: string) => twice(`#{if ${condition} == "never"}#{/if}`)
const names = (count: number, name: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => name(index))
const fill = (piece: string, length: number) =>
  piece.repeat(Math.ceil(length / piece.length)).slice(0, length)

/** Texts that are quick for some and slow for others. */
const TEXTS: Readonly<Record<string, string>> = {
  letters: 'a',
  symbols: '&<>"\'/\\',
  'line feeds': '\n',
  faces: '😀',
  sigmas: 'Σß',
  base64: 'QUJD',
  mixed: 'a\n b"c&d=1:2_*[x](y)~z^',
}

const FILTERS: readonly (readonly [filter: string, options: readonly string[]])[] = [
  ...[
    ...['ToUpper', 'ToLower', 'HtmlEscape', 'XmlEscape', 'JsonEscape', 'YamlSingleQuoteEscape'],
    ...['YamlDoubleQuoteEscape', 'PropertiesKeyEscape', 'PropertiesValueEscape', 'Markdown'],
    ...['UriEscape', 'UriDataEscape', 'Md5', 'Sha1', 'Sha256', 'Sha384', 'Sha512', 'VersionMajor'],
    ...['NoSuchFilter', 'NowDateUtc'],
  ].map(filter => [filter, ['']] as const),
  ['ToBase64', ['', 'unicode']],
  ['FromBase64', ['', 'unicode']],
  ['AddDays', ['1', '"x"']],
  ['Format', ['N', '"yyyy-MM-dd"', `Double \\"${fill("#,0.00'x';", 490)}\\"`, 'N100']],
  ['Substring', ['3', '1 50000']],
  ['Truncate', ['3', '50000 #{x}']],
  ['Trim', ['', 'start', 'end']],
  ['Indent', ['', '/', '255', '#{x}']],
  ['UriPart', ['Host', 'Path', 'Query']],
  ['StartsWith', ['#{x}']],
  ['EndsWith', ['#{x}']],
  ['Contains', ['b', '#{half}']],
  ['Append', ['#{x}']],
  ['Prepend', ['#{x}']],
]

const filterBombs = (): Bomb[] =>
  FILTERS.flatMap(([filter, optionLists]) =>
    optionLists.flatMap(options =>
      Object.entries(TEXTS).flatMap(([text, piece]) =>
        [10, 1_000, 60_000].map(length => ({
          kind: `filter ${filter}`,
          what: `${options} on ${length} ${text}`,
          template: again(`x | ${filter} ${options}`),
          variables: {
            L: LOOPS,
            x: filter === 'UriPart' ? `http://shop/${fill(piece, length)}` : fill(piece, length),
            half: `${fill(piece, length >> 1)}!`,
          },
        })),
      ),
    ),
  )

/** Patterns that hang, or swell, where they are not matched in linear time. */
export const PATTERNS: readonly string[] = [
  '(a+)+$',
  '(a|aa)+$',
  '(a|a?)+$',
  '(.*a){20}',
  '(a*)*b',
  '([a-z]+)*1',
  '^(a+)+$',
  '(x+x+)+y',
  '(.*)*x',
  '((a{1,10}){1,10}){1,10}$',
  '(a{1,100}){1,9}b',
  'a{0,1000}a{0,1000}b',
  '.{0,500}x.{0,400}y',
  '[^b]*[^c]*[^d]*[^e]*[^f]*z',
  '(?i)(a|b|ab)*c',
  '(\\w+\\s?)*$',
  '^(([a-z])+.)+[A-Z]([a-z])+$',
  '(?:a?){30}a{30}',
  '\\p{L}{1,200}\\d',
  '([\\p{L}\\p{N}]{1,30}){1,30}!',
  '(a|b|c|d|e|f|g|h|i|j)*k',
  '(?<=a)b|(?<=b)a|(?<=aa)c',
  '(?<=a{1,50})b',
  '(?<!x)a',
  '^(?!.*b.*b)a*',
  '^(?=.*a)(?=.*b).*$',
  '',
  'a',
  '.',
  '(((((((((((((((((((a)))))))))))))))))))',
  '(?:a|(?:a|(?:a|(?:a|(?:a|b)))))*c',
  'a.{900}b',
]

const patternBombs = (): Bomb[] =>
  ['Match', 'Replace'].flatMap(filter =>
    PATTERNS.flatMap(pattern =>
      ['a', 'ab ', 'é'].flatMap(piece =>
        [10, 1_000, 60_000].map(length => ({
          kind: `filter ${filter}`,
          what: `'${pattern}' on ${length} of ${JSON.stringify(piece)}`,
          template: again(`x | ${filter} #{p}`),
          variables: { L: LOOPS, x: fill(piece, length), p: pattern },
        })),
      ),
    ),
  )

/** Each pattern is another, so that none is known. */
const freshPatternBombs = (): Bomb[] =>
  [
    ...[
      '(a{1,30}){1,30}',
      '[\\p{L}\\p{N}]{500}',
      '(?i)\\p{L}{300}',
      fill('(a|b)*', 900),
      'x{1000}',
    ],
    ...[fill('x{1000}', 980), `(?i)${fill('[\\p{L}]', 980)}`, fill('\\P{L}', 980)],
  ].map(pattern => ({
    kind: 'pattern to compile',
    what: pattern.slice(0, 40),
    template: names(300, i => `#{if y | Match #{p${i}} == "never"}#{/if}`).join(''),
    variables: {
      y: 'y',
      ...Object.fromEntries(names(300, i => `${pattern}${i}`).map((p, i) => [`p${i}`, p])),
    },
  }))

const deepJson = (depth: number, inner: string) =>
  `${'{"a":'.repeat(depth)}${inner}${'}'.repeat(depth)}`

const jsonBombs = (): Bomb[] => {
  const documents: Readonly<Record<string, string>> = {
    'a long list': `[${fill('1,', 999_999)}1]`,
    'lists in lists': `[${fill('[[[]]],', 699_999)}[]]`,
    'short members': `{${names(60_000, i => `"k${i}":${i}`).join()}}`,
    'a deep one': deepJson(60, `"${'x'.repeat(15_000)}"`),
    'a deep one of faces': deepJson(60, `"${'\\n'.repeat(7_000)}"`),
    'a number of many digits': `[${'9'.repeat(1_000_000)}]`,
    'long texts': `[${names(100, () => `"${'\\u0041'.repeat(1_000)}"`).join()}]`,
    comments: `${'/**/ '.repeat(100_000)}[1]`,
    'no end': `[${fill('{"a":', 500_000)}`,
  }
  return Object.entries(documents).flatMap(([what, text]) => [
    {
      kind: 'JSON',
      what: `${what}, a member`,
      template: `#{x[0]}#{x.a${'.a'.repeat(60)}}`,
      variables: { x: text },
    },
    {
      kind: 'JSON',
      what: `${what}, read anew each time`,
      template: '#{each i in L}#{each j in y[0]}#{if j.a.a.a == "never"}#{/if}#{/each}#{/each}',
      variables: { L: LOOPS, y: `[${JSON.stringify([text.slice(0, 100_000)])}]` },
    },
    {
      kind: 'JSON',
      what: `${what}, in a loop`,
      template: twice('#{if x[#{Octopus.Template.Each.Index}] == "never"}#{/if}'),
      variables: { L: LOOPS, x: text },
    },
    {
      kind: 'JSON',
      what: `${what}, as items`,
      template: '#{each i in x}#{/each}',
      variables: { x: text },
    },
  ])
}

const doubling = (count: number, last: string) =>
  Object.fromEntries(
    names(count, i => (i === count - 1 ? last : `#{d${i + 1}}#{d${i + 1}}`)).map((v, i) => [
      `d${i}`,
      v,
    ]),
  )

const chain = (length: number, last: string) =>
  Object.fromEntries(
    names(length, i => (i === length - 1 ? last : `#{if 1}#{/if}#{c${i + 1}}`)).map((v, i) => [
      `c${i}`,
      v,
    ]),
  )

const evaluationBombs = (): Bomb[] => [
  { kind: 'references', what: 'plain ones', template: fill('#{a}', MIB), variables: { a: '' } },
  {
    kind: 'references',
    what: 'and a block',
    template: `${fill('#{a}', MIB)}#{if a}#{/if}`,
    variables: { a: '' },
  },
  { kind: 'references', what: 'with blanks', template: fill('#{ a }', MIB), variables: { a: '' } },
  {
    kind: 'references',
    what: 'to templates',
    template: fill('#{a}', MIB),
    variables: { a: '#{b}', b: '' },
  },
  {
    kind: 'references',
    what: 'of many parts',
    template: fill(`#{a${'.b'.repeat(200)}}`, MIB),
    variables: { [`a${'.b'.repeat(200)}`]: '#{if x}#{/if}' },
  },
  {
    kind: 'references',
    what: 'to different ones',
    template: names(100_000, i => `#{a${i}}`).join(''),
    variables: {},
  },
  { kind: 'missing', what: 'short names', template: fill('#{a}', MIB), variables: {} },
  {
    kind: 'missing',
    what: 'long names',
    template: names(1_000, i => `#{${'n'.repeat(900)}${i}}`).join(''),
    variables: {},
  },
  {
    kind: 'missing',
    what: 'in options of options',
    template: `${'#{a | F '.repeat(90)}"${'x'.repeat(5_000)}"${'}'.repeat(90)}`,
    variables: {},
  },
  {
    kind: 'missing',
    what: 'many in one variable',
    template: fill('#{x}', MIB),
    variables: { x: names(10_000, i => `#{m${i}}`).join('') },
  },
  {
    kind: 'missing',
    what: 'blocks',
    template: twice(`#{if i | Nope}${fill('#{a | B "c"}', 5_000)}#{/if}`),
    variables: { L: LOOPS },
  },
  {
    kind: 'loops',
    what: 'empty',
    template: '#{each i in L}#{/each}',
    variables: { L: ','.repeat(MIB) },
  },
  {
    kind: 'loops',
    what: 'in each other',
    template: `${'#{each i in L}'.repeat(20)}#{i}${'#{/each}'.repeat(20)}`,
    variables: { L: ','.repeat(9) },
  },
  {
    kind: 'loops',
    what: 'a name from the innermost of fifty',
    template: `#{each z in L}${names(50, i => `#{each v${i} in O}`).join('')}${fill('#{a.b.c.d}', 2_000)}${'#{/each}'.repeat(51)}`,
    variables: { L: LOOPS, O: '1', 'a.b.c.d': '' },
  },
  {
    kind: 'loops',
    what: 'over variables',
    template: '#{each i in L}#{each j in A}#{/each}#{/each}',
    variables: { L: LOOPS, ...Object.fromEntries(names(2_000, i => `A[${i}]`).map(n => [n, ''])) },
  },
  {
    kind: 'loops',
    what: 'over templates',
    template: '#{each i in L}#{each j in T}#{j}#{/each}#{/each}',
    variables: { L: LOOPS, T: JSON.stringify(['#{if a}#{/if}'.repeat(1_000)]) },
  },
  {
    kind: 'loops',
    what: 'over large templates',
    template: '#{each i in L}#{each j in T}#{j}#{/each}#{/each}',
    variables: { L: LOOPS, T: JSON.stringify(['#{if a}#{/if}'.repeat(5_000)]) },
  },
  { kind: 'values', what: 'that double', template: '#{d0}', variables: doubling(30, 'x') },
  {
    kind: 'values',
    what: 'that double to nothing',
    template: '#{d0}',
    variables: doubling(30, '#{if x}#{/if}'),
  },
  {
    kind: 'values',
    what: 'thirty deep',
    template: fill('#{c0}', MIB),
    variables: chain(30, 'x'),
  },
  {
    kind: 'values',
    what: 'a megabyte again and again',
    template: again('x'),
    variables: { L: LOOPS, x: 'y'.repeat(MIB) },
  },
  {
    kind: 'values',
    what: 'of JSON that needs itself',
    template: fill('#{A.x}', MIB),
    variables: { A: '{"x": "#{A.x}"}' },
  },
  {
    kind: 'values',
    what: 'in a circle of JSON',
    template: again('A.x'),
    variables: { L: LOOPS, A: '{"x": "#{B.x}"}', B: '{"x": "#{A.x}"}' },
  },
  {
    kind: 'calculations',
    what: 'of many numbers',
    template: twice(`#{calc ${fill('1+', 1_998)}1}`),
    variables: { L: LOOPS },
  },
  {
    kind: 'calculations',
    what: 'of names',
    template: twice(`#{calc ${fill('{a}*', 1_998)}1}`),
    variables: { L: LOOPS, a: '1.000000001' },
  },
  {
    kind: 'calculations',
    what: 'of long numbers',
    template: twice('#{calc {a}+1}'),
    variables: { L: LOOPS, a: '9'.repeat(100_000) },
  },
  {
    kind: 'conditions',
    what: 'of long texts',
    template: '#{if x == y}#{/if}'.repeat(50_000),
    variables: { x: `${'y'.repeat(MIB - 1)}1`, y: `${'y'.repeat(MIB - 1)}2` },
  },
  {
    kind: 'conditions',
    what: 'in each other',
    template: `${'#{if a}'.repeat(99)}${'#{/if}'.repeat(99)}`.repeat(700),
    variables: { a: '1' },
  },
]

const reading = (what: string, piece: string): Bomb => ({
  kind: 'reading',
  what,
  template: fill(piece, MIB),
  variables: { a: '' },
})

const readingBombs = (): Bomb[] => [
  reading('unclosed ifs', '#{if a}'),
  reading('unclosed loops', '#{each a in b}'),
  reading('unclosed filters', '#{a | F '),
  reading('unclosed indexes', '#{a['),
  reading('indexes closed late', `${'#{a['.repeat(240)}]`),
  reading('computed indexes', '#{a[#{b[#{c[#{d}]}]}]}'),
  reading('calculations', '#{calc ('),
  reading('long calculations', `#{calc ${'1+'.repeat(900)}1}`),
  reading('unclosed names', '#{a b '),
  reading('names of blanks', `#{a${' '.repeat(900)}`),
  reading('quotes', '#{a | F \\"'),
  reading('unclosed conditions', '#{if a == '),
  reading('braces', '#{'),
  reading('hashes', '#a'),
  reading('many hashes', `${'#'.repeat(999)} `),
  reading('escapes', '##{a}'),
  reading('else ifs', '#{if a}#{elseif b}#{else}#{/if}'),
  reading('filters with options', '#{a|F b c d e f g h}'),
  reading('blocks', '#{if a}#{/if}'),
]

/** All of them; some need a megabyte each, so they are made one after the other. */
export const templateBombs = function* (): Generator<Bomb> {
  yield* evaluationBombs()
  yield* readingBombs()
  yield* jsonBombs()
  yield* freshPatternBombs()
  yield* patternBombs()
  yield* filterBombs()
}
