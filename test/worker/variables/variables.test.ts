import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Answer } from '../../support/server.ts'
import { type Shop, scriptStep, shop } from '../projects/shop.ts'

let server: Shop
let setId: string
let stepId: string
beforeAll(async () => {
  server = await shop()
  setId = server.project.VariableSetId
  const process = await server.saveSteps(scriptStep('Deploy web'), scriptStep('Warm up'))
  stepId = process.Steps[0].Actions[0].Id
})
afterAll(() => server.stop())

const path = () => `/api/variables/${setId}`
const save = (variables: unknown[], more: object = {}): Promise<Answer> =>
  server.json('PUT', path(), { body: { Variables: variables, ...more } })
const read = (): Promise<Answer> => server.json('GET', path())
beforeEach(async () => {
  await save([])
})

describe('a variable set', () => {
  it('comes back in order, with ids, types and scopes', async () => {
    const saved = await save([
      {
        Name: 'Url',
        Value: 'https://shop.test',
        Scope: { Environment: [server.production], Role: ['web'] },
      },
      { Name: 'Url', Value: 'http://localhost', Description: 'for trying things' },
      { name: 'Step', value: 'x', scope: { action: [stepId], channel: [server.channelId] } },
    ])
    expect(saved.Variables).toEqual([
      {
        Id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        Name: 'Url',
        Value: 'https://shop.test',
        Description: '',
        Type: 'String',
        IsSensitive: false,
        IsEditable: true,
        Prompt: null,
        Scope: { Environment: [server.production], Role: ['web'] },
      },
      expect.objectContaining({ Description: 'for trying things', Scope: {} }),
      expect.objectContaining({ Scope: { Action: [stepId], Channel: [server.channelId] } }),
    ])
    expect(saved).toMatchObject({
      Id: setId,
      OwnerId: server.project.Id,
      ScopeValues: {
        Environments: [
          { Id: server.staging, Name: 'Staging' },
          { Id: server.production, Name: 'Production' },
        ],
        Machines: [{ Id: 'Machines-1', Name: 'web-1' }],
        Roles: [{ Id: 'web', Name: 'web' }],
        Actions: [
          { Id: stepId, Name: 'Deploy web' },
          { Id: expect.any(String), Name: 'Warm up' },
        ],
        Channels: [{ Id: server.channelId, Name: 'Default' }],
        Processes: [{ Id: server.project.Id, ProcessType: 'Deployment' }],
      },
    })
    expect(await read()).toEqual(saved)
  })

  it('keeps the ids of what it has, and takes none from elsewhere', async () => {
    const first = await save([{ Name: 'A', Value: '1' }])
    const again = await save([
      { ...first.Variables[0], Value: '2' },
      { Id: first.Variables[0].Id, Name: 'B' },
      { Id: 'mine', Name: 'C' },
    ])
    const ids = again.Variables.map((each: { Id: string }) => each.Id)
    expect(ids[0]).toBe(first.Variables[0].Id)
    expect(new Set(ids).size).toBe(3)
    expect(ids).not.toContain('mine')
  })

  it('can be saved as it was read after an environment it names has gone', async () => {
    await server.rows(
      `INSERT INTO environments (id, space_id, name, slug, sort_order, created_at) VALUES ('Environments-7', 'Spaces-1', 'Old', 'old', 9, 0)`,
    )
    const saved = await save([
      { Name: 'A', Value: '1', Scope: { Environment: ['Environments-7'] } },
    ])
    await server.rows(`DELETE FROM environments WHERE id = 'Environments-7'`)
    expect((await save(saved.Variables)).Variables).toEqual(saved.Variables)
  })
})

describe('a variable set warns of values that some place cannot tell apart', () => {
  it('and names them', async () => {
    const saved = await save([
      { Name: 'Url', Value: 'a', Scope: { Environment: [server.staging, server.production] } },
      { Name: 'Url', Value: 'b', Scope: { Environment: [server.production] } },
      { Name: 'Url', Value: 'c', Scope: { Environment: [server.production], Role: ['web'] } },
      { Name: 'Url', Value: 'd', Scope: { Environment: [server.production], Role: ['db'] } },
    ])
    expect(saved.Warnings).toEqual([
      'Url has two values that are just as specific: one for Staging, Production, one for ' +
        'Production. Where both apply, the one that was defined first holds.',
    ])
  })
})

describe('refused, with the set as it was', () => {
  it.each<[when: string, variables: () => unknown, says: string]>([
    [
      'a scope names no environment',
      () => [{ Name: 'A', Scope: { Environment: ['Environments-99'] } }],
      "A is scoped to the environment 'Environments-99', which does not exist here. Choose from Staging (Environments-1), Production (Environments-2).",
    ],
    [
      'a scope names no target',
      () => [{ Name: 'A', Scope: { Machine: ['Machines-99'] } }],
      "A is scoped to the target 'Machines-99'",
    ],
    [
      'a scope names no step',
      () => [{ Name: 'A', Scope: { Action: ['x'] } }],
      "A is scoped to the step 'x'",
    ],
    [
      'a scope names no channel',
      () => [{ Name: 'A', Scope: { Channel: ['Channels-99'] } }],
      "A is scoped to the channel 'Channels-99'",
    ],
    [
      'a scope is of no kind there is',
      () => [{ Name: 'A', Value: '1', Scope: { Environments: [server.staging] } }],
      "has no 'Environments'; a value is scoped by Environment, Machine, Role, Action,",
    ],
    [
      'a scope names no process',
      () => [{ Name: 'A', Scope: { ProcessOwner: ['Projects-99'] } }],
      "A is scoped to the process 'Projects-99'",
    ],
    [
      'one variable has two values for the same places',
      () => [
        { Name: 'A', Value: '1', Scope: { Role: ['web', 'db'] } },
        { Name: 'a', Value: '2', Scope: { Role: ['DB', 'WEB'] } },
      ],
      'a has two values with the same scope. Remove one of them, or scope them differently.',
    ],
    ['a name is blank', () => [{ Name: '  ', Value: '1' }], 'a variable needs a name.'],
    [
      'a name has two lines',
      () => [{ Name: 'A\nB', Value: '1' }],
      'must be one line without control characters.',
    ],
    ['a name is too long', () => [{ Name: 'A'.repeat(1001) }], 'may have 1000 characters.'],
    [
      'a value is too long',
      () => [{ Name: 'A', Value: 'x'.repeat(1_048_577) }],
      'may have 1048576 characters.',
    ],
    [
      'the values are too long together',
      () =>
        Array.from({ length: 5 }, (_, index) => ({
          Name: `A${index}`,
          Value: 'x'.repeat(900_000),
        })),
      'The values of a set may have 4194304 characters in all; these have 4500000.',
    ],
    [
      'there are too many',
      () => Array.from({ length: 10_001 }, (_, index) => ({ Name: `A${index}` })),
      'a variable set may hold 10000 values.',
    ],
    [
      'a secret is too short to be masked',
      () => [{ Name: 'Pin', Value: '123', IsSensitive: true }],
      'The sensitive value of Pin has fewer than 4 characters, too few to be masked in logs.',
    ],
    [
      'a secret is an everyday word',
      () => [{ Name: 'Flag', Value: 'True', Type: 'Sensitive' }],
      'The sensitive value of Flag is a word that every log is full of',
    ],
    ['it is no list', () => ({}), 'must be the list of all variables'],
    ['a value is no text', () => [{ Name: 'A', Value: 7 }], 'Variables.0.Value'],
  ])('when %s', async (_when, variables, says) => {
    const before = await save([{ Name: 'Kept', Value: 'yes' }])
    const body = { Variables: variables() }
    const answer = await server.json('PUT', path(), { body, status: 400 })
    expect(JSON.stringify(answer)).toContain(says)
    expect(await read()).toEqual(before)
  })

  it('when somebody else has saved since it was read', async () => {
    const before = await save([{ Name: 'A', Value: '1' }])
    await save([{ Name: 'B', Value: '2' }])
    const answer = await server.json('PUT', path(), { body: before, status: 400 })
    expect(answer.ErrorMessage).toBe(
      `Someone else has changed the variables of Shop: you have version ${before.Version}, they ` +
        `are at version ${before.Version + 1}. Read them again and repeat your change.`,
    )
    expect((await read()).Variables).toMatchObject([{ Name: 'B' }])
  })

  it('when two save the same version at once: one of them', async () => {
    const { Version } = await read()
    const both = await Promise.all(
      ['A', 'B'].map(Name =>
        server.send('PUT', path(), { body: { Version, Variables: [{ Name, Value: '1' }] } }),
      ),
    )
    expect(both.map(response => response.status).sort()).toEqual([200, 400])
    expect((await read()).Variables).toHaveLength(1)
  })

  it.each(['variableset-Projects-99', 'variableset-', 'x'])('when there is none: %s', id =>
    server.json('GET', `/api/variables/${id}`, { status: 404 }),
  )
})

describe('a sensitive value', () => {
  const canary = 'canary-55aa-secret'
  const stored = async (id: string) =>
    (await server.rows('SELECT value FROM variables WHERE id = ?', id))[0]?.value

  it('is sealed at rest, and in no answer', async () => {
    const saved = await save([{ Name: 'Password', Value: canary, Type: 'Sensitive' }])
    expect(saved.Variables).toMatchObject([{ Value: null, IsSensitive: true, Type: 'Sensitive' }])
    expect(JSON.stringify(saved)).not.toContain(canary)
    const dump = JSON.stringify([
      await server.rows('SELECT * FROM variables'),
      await server.rows('SELECT * FROM events'),
    ])
    expect(dump).not.toContain(canary)
  })

  it('stays while its value is null, also under another name', async () => {
    const saved = await save([{ Name: 'Password', Value: canary, IsSensitive: true }])
    const before = await stored(saved.Variables[0].Id)
    const renamed = await save([{ ...saved.Variables[0], Name: 'Secret' }])
    expect(await stored(renamed.Variables[0].Id)).toBe(before)
  })

  it('is lost, not shown, when the mark is taken off without a new value', async () => {
    const saved = await save([{ Name: 'Password', Value: canary, IsSensitive: true }])
    const plain = await save([{ ...saved.Variables[0], IsSensitive: false, Type: 'String' }])
    expect(plain.Variables).toMatchObject([{ Value: null, IsSensitive: false, Type: 'String' }])
    expect(await stored(plain.Variables[0].Id)).toBeNull()
  })

  it('is made of a plain one by the mark alone', async () => {
    const saved = await save([{ Name: 'Password', Value: canary }])
    await save([{ ...saved.Variables[0], Value: null, IsSensitive: true }])
    expect(await stored(saved.Variables[0].Id)).toMatch(/^v1\./)
  })

  it('is not looked through by a search', async () => {
    const { listValues } = await import('../../../worker/variables/value-store.ts')
    await save([
      { Name: 'Password', Value: canary, IsSensitive: true },
      { Name: 'Plain', Value: 'v1.x' },
    ])
    const page = { skip: 0, take: 30 }
    const found = await listValues(server.db, setId, page, { text: 'V1.' })
    expect(found).toMatchObject({ total: 1, rows: [{ name: 'Plain' }] })
  })
})

describe('library variable sets', () => {
  it('are made, used and only then deleted when nobody includes them', async () => {
    const { json, project } = server
    const set = await json('POST', '/api/libraryvariablesets', { body: { Name: 'Mail' } })
    expect(set).toMatchObject({ ContentType: 'Variables', VariableSetId: `variableset-${set.Id}` })
    const setPath = `/api/variables/${set.VariableSetId}`
    const saved = await json('PUT', setPath, {
      body: {
        Variables: [{ Name: 'Mail.Host', Value: 'mx', Scope: { Environment: [server.staging] } }],
      },
    })
    expect(saved).toMatchObject({ OwnerId: set.Id, ScopeValues: { Actions: [], Channels: [] } })
    const answer = await json('PUT', setPath, {
      body: { Variables: [{ Name: 'A', Scope: { Action: [stepId] } }] },
      status: 400,
    })
    expect(answer.ErrorMessage).toContain('A is scoped to a step; values of a library variable set')

    const include = (ids: string[]) =>
      json('PUT', `/api/projects/${project.Id}`, {
        body: { ...project, IncludedLibraryVariableSetIds: ids },
      })
    await include([set.Id])
    expect(await json('GET', `/api/variables/names?project=${project.Id}`)).toEqual(['Mail.Host'])
    expect(await json('GET', `/api/libraryvariablesets/${set.Id}/usages`)).toMatchObject({
      Projects: [{ ProjectName: 'Shop' }],
    })
    const refused = await json('DELETE', `/api/libraryvariablesets/${set.Id}`, { status: 409 })
    expect(refused.ErrorMessage).toBe(
      'Library variable set Mail is included in Shop. Take it out there first.',
    )
    await include([])
    await json('DELETE', `/api/libraryvariablesets/${set.Id}`)
    await json('GET', setPath, { status: 404 })
  })

  it('have names of their own', async () => {
    const { Id } = await server.json('POST', '/api/libraryvariablesets', { body: { Name: 'Dns' } })
    await server.json('POST', '/api/libraryvariablesets', { body: { Name: 'DNS' }, status: 409 })
    const list = await server.json('GET', '/api/libraryvariablesets?partialName=dn')
    expect(list.Items).toMatchObject([{ Id, Name: 'Dns' }])
  })
})

it('is found by its id in any case', async () => {
  expect((await server.json('GET', `/api/variables/${setId.toUpperCase()}`)).Id).toBe(setId)
})

it('answers several sets at once, unknown ones left out', async () => {
  const all = await server.json('GET', `/api/variables/all?ids=${setId},variableset-Projects-99`)
  expect(all).toMatchObject([{ Id: setId }])
})
