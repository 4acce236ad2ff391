import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resolve, type ScopedVariable } from '../../../worker/variables/precedence.ts'
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
  return preview(all, all, 0)
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

  it('marks whatever a reference leads from to a secret, in any graph', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.nat(11), { maxLength: 3 }), { minLength: 1, maxLength: 12 }),
        fc.nat(11),
        (edges, secret) => {
          // Only references to later variables, so that there are no circles.
          const targets = edges.map((to, from) =>
            to.filter(each => each > from && each < edges.length),
          )
          const variables = targets.map((to, from) =>
            variable(`V${from}`, to.map(each => `#{V${each}}`).join('-'), from === secret),
          )
          const reaches = (from: number): boolean =>
            from === secret || (targets[from] ?? []).some(reaches)
          for (const { name, isSensitive } of previewed(variables))
            expect(isSensitive).toBe(reaches(Number(name.slice(1))))
        },
      ),
      { numRuns: 500 },
    )
  })
})

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
          Losers: [{ Scope: { Environment: ['Environments-1'] } }, { Scope: {} }],
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
  ])('refuses %j', async (query, says) => {
    expect((await ask(query, 400)).ErrorMessage).toBe(says)
  })

  it('wants to know which project', async () => {
    const answer = await server.json('GET', '/api/variables/preview', { status: 400 })
    expect(answer.ErrorMessage).toBe('project must name the project whose variables are asked for.')
  })
})
