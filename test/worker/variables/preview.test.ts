import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  absentOf,
  losersOf,
  resolve,
  type ScopedVariable,
} from '../../../worker/variables/precedence.ts'
import { preview } from '../../../worker/variables/preview.ts'
import { type Shop, scriptStep, shop } from '../projects/shop.ts'

const variable = (name: string, value: string | null, isSensitive = false): ScopedVariable => ({
  id: name,
  name,
  value,
  isSensitive,
  type: 'String',
  scope: {},
  source: 'project',
  setId: 'variableset-Projects-1',
})

const previewed = (variables: ScopedVariable[]) => {
  const all = resolve(variables, {})
  const shown = all.map(each => ({
    ...each,
    behind: losersOf(each, {}),
    elsewhere: absentOf(
      variables.filter(({ name }) => name === each.name),
      {},
    ),
  }))
  return preview({ all, shown, now: 0 })
}

describe('a preview', () => {
  it.each([
    { value: 'plain', evaluated: 'plain' },
    { value: 'http://#{Host}/', evaluated: 'http://shop.test/' },
    { value: '#{Host | ToUpper}', evaluated: 'SHOP.TEST' },
    { value: 'a #{Missing} b', evaluated: 'a #{Missing} b' },
  ])('evaluates $value', ({ value, evaluated }) => {
    const [subject] = previewed([variable('Subject', value), variable('Host', 'shop.test')])
    expect(subject).toMatchObject({ value, evaluated, isSensitive: false })
  })

  it.each([
    '#{Password}',
    'x#{Password | ToBase64}y',
    '#{Indirect}',
    '#{if Password}yes#{/if}',
    '#{if Password == "hunter22"}yes#{/if}',
    '#{unless Indirect}no#{/unless}',
    '#{each letter in Password}#{letter}#{/each}',
    '#{Map[#{Password}]}',
  ])('shows nothing of %s, which comes from a secret', value => {
    const [subject] = previewed([
      variable('Subject', value),
      variable('Indirect', '<#{Deeper}>'),
      variable('Deeper', '#{password | ToUpper}'),
      variable('Map[a]', '1'),
      variable('Password', null, true),
    ])
    expect(subject).toMatchObject({ value: null, evaluated: null, isSensitive: true })
  })

  it('says why a value that refers to itself has no end', () => {
    const [a] = previewed([variable('A', '#{B}'), variable('B', '#{A}')])
    expect(a).toMatchObject({ value: '#{B}', evaluated: null })
    expect(a?.problem).toContain('refers to itself')
  })

  it('takes what refers to itself and to a secret for secret', () => {
    const [a] = previewed([
      variable('A', '#{B} #{Db Password}'),
      variable('B', '#{A}'),
      variable('Db Password', null, true),
    ])
    expect(a).toMatchObject({ value: null, evaluated: null, isSensitive: true })
  })

  it('marks whatever leads to a secret and shows nothing of it, in any of 10,000 graphs', () => {
    fc.assert(
      fc.property(graphs, ({ texts, secret }) => {
        const variables = texts.map((text, at) =>
          at === secret ? variable(`V${at}`, CANARY, true) : variable(`V${at}`, text),
        )
        const shown = previewed(variables)
        expect(JSON.stringify(shown.map(textsOf))).not.toMatch(LEAKED)
        for (const { name, isSensitive } of shown)
          if (leads(texts, Number(name.slice(1)), secret)) expect(isSensitive, name).toBe(true)
      }),
      { numRuns: 10_000 },
    )
  })
})

const CANARY = 'canary-7f3a-secret'
/** In clear, in capitals, in Base64 at each of its three phases, in hexadecimal and reversed. */
const LEAKED = /canary-7f3a|Y2FuYXJ5|NhbmFye|jYW5hcn|63616e617279|yranac/i
const FILTERS = ['', ' | ToUpper', ' | ToBase64', ' | JsonEscape', ' | Trim | UriEscape']

/** Up to a dozen variables that refer to any others, themselves too, by all that the language has. */
const graphs = fc
  .tuple(
    fc.array(
      fc.array(
        fc.tuple(
          fc.nat(11),
          fc.constantFrom(...FILTERS),
          fc.constantFrom('plain', 'if', 'each', 'index'),
        ),
        { maxLength: 3 },
      ),
      { minLength: 1, maxLength: 12 },
    ),
    fc.nat(11),
  )
  .map(([edges, secret]) => ({
    secret,
    texts: edges.map(to =>
      to
        .filter(([each]) => each < edges.length)
        .map(([each, filter, how]) => {
          const name = `V${each}`
          if (how === 'if') return `#{if ${name}${filter}}yes#{/if}`
          if (how === 'each') return `#{each x in ${name}}#{x}#{/each}`
          return how === 'index' ? `#{List[#{${name}}]}` : `#{${name}${filter}}`
        })
        .join('-'),
    ),
  }))

/** Without circles: where there is one, what it leads to is not told by what was looked at. */
const leads = (
  texts: string[],
  from: number,
  secret: number,
  seen = new Set<number>(),
): boolean => {
  if (secret >= texts.length) return false
  if (from === secret) return true
  if (seen.has(from)) return false
  seen.add(from)
  return [...(texts[from] ?? '').matchAll(/V(\d+)/g)].some(([, to]) =>
    leads(texts, Number(to), secret, seen),
  )
}

const textsOf = ({ value, evaluated, problem, behind }: ReturnType<typeof previewed>[number]) => [
  value,
  evaluated,
  problem,
  behind.map(each => [each.value, each.evaluated]),
]

describe('asked over the API', () => {
  let server: Shop
  const canary = 'canary-preview-91'
  beforeAll(async () => {
    server = await shop()
    const process = await server.saveSteps(scriptStep('Deploy web'))
    const step = process.Steps[0].Actions[0].Id
    await server.json('PUT', `/api/variables/${server.project.VariableSetId}`, {
      body: {
        Variables: [
          { Name: 'Url', Value: 'local' },
          { Name: 'Url', Value: 'staging', Scope: { Environment: [server.staging] } },
          { Name: 'Url', Value: 'web', Scope: { Role: ['web'] } },
          { Name: 'Url', Value: 'step', Scope: { Action: [step] } },
          { Name: 'Password', Value: canary, IsSensitive: true },
          { Name: 'Connection', Value: 'user=shop;password=#{Password}' },
          { Name: 'Octopus.Environment.Name', Value: 'Mars' },
          {
            Name: 'Greeting',
            Value:
              '#{Octopus.Project.Name} in #{Octopus.Environment.Name} on #{Octopus.Machine.Name}',
          },
        ],
      },
    })
  })
  afterAll(() => server.stop())

  const ask = (query: object, status = 200) => {
    const search = new URLSearchParams({ project: 'shop', ...query })
    return server.json('GET', `/api/variables/preview?${search}`, { status })
  }

  it.each([
    [{}, 'local'],
    [{ environment: 'Production' }, 'local'],
    [{ environment: 'staging' }, 'staging'],
    [{ environment: 'Environments-1', machine: 'web-1' }, 'web'],
    [{ environment: 'Environments-1', role: 'web' }, 'web'],
    [{ environment: 'Environments-1', machine: 'web-1', action: 'Deploy web' }, 'step'],
  ])('at %j the value is %s', async (query, value) => {
    const { Variables } = await ask(query)
    expect(Variables.find((each: { Name: string }) => each.Name === 'Url').Value).toBe(value)
  })

  it('says what won and what stood behind', async () => {
    const { Variables } = await ask({ environment: 'Staging', machine: 'web-1', filter: 'url' })
    expect(Variables).toMatchObject([
      {
        Name: 'Url',
        Value: 'web',
        Scope: { Role: ['web'] },
        Explanation: {
          Rule: 'It is scoped to a tag of the target that the step targets.',
          IsTie: false,
          Losers: [
            {
              Value: 'staging',
              Scope: { Environment: ['Environments-1'] },
              Source: 'Shop',
              Rule: 'It is scoped to a tag of the target that the step targets.',
            },
            { Value: 'local', Scope: {} },
          ],
          Elsewhere: [{ Value: 'step', Rule: 'It is for a step, and there is none here.' }],
        },
      },
    ])
  })

  it('never holds a secret or what is made of one', async () => {
    const answer = await ask({})
    expect(JSON.stringify(answer)).not.toContain(canary)
    expect(
      answer.Variables.filter((each: { IsSensitive: boolean }) => each.IsSensitive),
    ).toMatchObject([
      { Name: 'Connection', Value: null, EvaluatedValue: null },
      { Name: 'Password', Value: null, EvaluatedValue: null },
    ])
  })

  it.each([
    [{ environment: 'Moon' }, "There is no environment 'Moon' here."],
    [{ machine: 'web-9' }, "There is no target 'web-9' here."],
    [{ channel: 'Hot fix' }, "There is no channel 'Hot fix' here."],
    [{ action: 'Fly' }, "There is no step 'Fly' in this process."],
    [{ tenant: 'Acme' }, "There is no tenant 'Acme' here."],
  ])('refuses %j', async (query, says) => {
    expect((await ask(query, 400)).ErrorMessage).toBe(says)
  })

  it('knows what the system says of the place', async () => {
    const { Variables } = await ask({
      environment: 'Staging',
      machine: 'web-1',
      filter: 'greeting',
    })
    expect(Variables).toMatchObject([{ EvaluatedValue: 'Shop in Staging on web-1' }])
  })

  it('says that nobody overrides what the system says', async () => {
    const { Variables } = await ask({ filter: 'octopus.' })
    expect(Variables).toMatchObject([
      {
        Name: 'Octopus.Environment.Name',
        Problem: 'The system itself gives this name its value; this one never holds.',
      },
    ])
    const set = await server.json('GET', `/api/variables/${server.project.VariableSetId}`)
    expect(set.Warnings).toEqual([
      'Octopus.Environment.Name is given its value by the system; what is set here never holds.',
    ])
  })

  it('wants to know which project', async () => {
    const answer = await server.json('GET', '/api/variables/preview', { status: 400 })
    expect(answer.ErrorMessage).toBe('project must name the project whose variables are asked for.')
  })
})
