import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openKeyring } from '../../../worker/access/envelope.ts'
import { commit } from '../../../worker/database/client.ts'
import { indexByName, resolve, type ScopedVariable } from '../../../worker/variables/precedence.ts'
import { type Prompt, promptOf, readAnswers } from '../../../worker/variables/prompt.ts'
import { formOf } from '../../../worker/variables/prompt-form.ts'
import {
  openAnswers,
  promptedVariables,
  storeAnswers,
  withAnswers,
} from '../../../worker/variables/prompts.ts'
import { snapshotVariables } from '../../../worker/variables/snapshot.ts'
import { type Shop, shop } from '../projects/shop.ts'

const prompt = (id: string, more: Partial<Prompt> = {}): Prompt => ({
  id,
  name: `${id}.Name`,
  label: `The ${id}`,
  description: '',
  isRequired: false,
  control: 'SingleLineText',
  options: [],
  isSensitive: false,
  defaultValue: null,
  hasDefault: false,
  ...more,
})

const ab = [
  { value: 'a', label: 'Alpha' },
  { value: 'b', label: 'Beta' },
]

describe('an answer', () => {
  it.each(['Host', 'host.name', 'THE HOST'])('is known by %s', key => {
    expect(readAnswers([prompt('Host')], { [key]: 'db-1' }, 'Staging')).toEqual({ Host: 'db-1' })
  })

  it.each<[what: string, prompt: Partial<Prompt>, given: string, answer: string | undefined]>([
    ['any text, also an empty one', {}, '', ''],
    ['one of the options by its value', { control: 'Select', options: ab }, 'a', 'a'],
    ['one of the options by its label', { control: 'Select', options: ab }, 'Beta', 'b'],
    ['a ticked box', { control: 'Checkbox' }, 'true', 'True'],
    ['a box that is not ticked', { control: 'Checkbox' }, '', 'False'],
    ['a secret', { isSensitive: true }, 'canary-1', 'canary-1'],
    [
      'no secret, so that the stored one holds',
      { isSensitive: true, hasDefault: true },
      '',
      undefined,
    ],
  ])('may be %s', (_what, more, given, answer) => {
    const answers = readAnswers([prompt('Host', more)], { Host: given }, 'Staging')
    expect(answers.Host).toBe(answer)
  })

  it.each<[what: string, prompts: Prompt[], given: Record<string, string>, says: string]>([
    [
      'to nothing that is asked',
      [prompt('Host')],
      { Port: '1' },
      "There is no prompted variable 'Port' for Staging. There are: The Host (Host.Name).",
    ],
    [
      'where nothing is asked',
      [],
      { Port: '1' },
      "There is no prompted variable 'Port' for Staging. Nothing is asked for there.",
    ],
    [
      'that is missing',
      [prompt('Host', { isRequired: true })],
      {},
      'Deploying to Staging needs a value for The Host (Host.Name); none was given.',
    ],
    [
      'that is empty',
      [prompt('Host', { isRequired: true, hasDefault: true, defaultValue: 'x' })],
      { Host: '' },
      'Deploying to Staging needs a value for The Host (Host.Name); none was given.',
    ],
    [
      'that is none of the options',
      [prompt('Host', { control: 'Select', options: ab })],
      { Host: 'c' },
      "The Host (Host.Name) is one of a, b; found 'c'.",
    ],
    [
      'that is neither yes nor no',
      [prompt('Host', { control: 'Checkbox' })],
      { Host: 'maybe' },
      "The Host (Host.Name) is True or False; found 'maybe'.",
    ],
    [
      'too short to be masked',
      [prompt('Host', { isSensitive: true })],
      { Host: 'abc' },
      'The answer to The Host (Host.Name) has fewer than 4 characters, too few to be masked in logs.',
    ],
  ])('%s is refused', (_what, prompts, given, says) => {
    expect(() => readAnswers(prompts, given, 'Staging')).toThrow(says)
  })

  it('is not needed where the stored value will do', () => {
    const asked = prompt('Host', { isRequired: true, hasDefault: true })
    expect(readAnswers([asked], {}, 'Staging')).toEqual({})
  })
})

it('asks in the words of the variable, a secret never with its value', () => {
  const asked = promptOf(
    { id: 'v', name: 'Token', value: 'v1.sealed', isSensitive: true },
    { Label: ' ', Required: true },
  )
  expect(asked).toMatchObject({
    label: 'Token',
    control: 'Sensitive',
    isSensitive: true,
    defaultValue: null,
    hasDefault: true,
  })
  expect(JSON.stringify(formOf(asked ? [asked] : []))).not.toContain('v1.sealed')
})

describe('a deployment', () => {
  let server: Shop
  const canary = 'canary-answer-55'
  beforeAll(async () => {
    server = await shop()
    const library = await server.json('POST', '/api/libraryvariablesets', {
      body: { Name: 'Mail' },
    })
    await server.json('PUT', `/api/projects/${server.project.Id}`, {
      body: { ...server.project, IncludedLibraryVariableSetIds: [library.Id] },
    })
    const save = (setId: string, Variables: unknown[]) =>
      server.json('PUT', `/api/variables/${setId}`, { body: { Variables } })
    await save(library.VariableSetId, [{ Name: 'Mail.Host', Prompt: { Label: 'Mail host' } }])
    const only = (Environment: string[]) => ({ Scope: { Environment } })
    await save(server.project.VariableSetId, [
      { Name: 'Zone', Value: 'eu', Prompt: { Label: 'Zone', Required: true } },
      { Name: 'Plain', Value: 'x' },
      { Name: 'Token', IsSensitive: true, Prompt: { Label: 'api token' } },
      { Name: 'Notes', Prompt: {}, ...only([server.production]) },
      { Name: 'Size', Prompt: {}, ...only([server.staging]) },
    ])
  })
  afterAll(() => server.stop())

  const asked = async (): Promise<Prompt[]> => {
    const snapshot = await snapshotVariables(server.db, server.project.Id, 1)
    await commit(server.db, snapshot.writes)
    return promptedVariables(
      server.db,
      {
        variableSnapshotId: snapshot.id,
        channelId: server.channelId,
        projectId: server.project.Id,
      },
      { id: server.staging, name: 'Staging' },
    )
  }

  it('asks what its environment needs, library sets too, by label', async () => {
    expect((await asked()).map(({ label }) => label)).toEqual([
      'api token',
      'Mail host',
      'Size',
      'Zone',
    ])
  })

  it('keeps answers with itself, secret ones sealed for it alone', async () => {
    const prompts = await asked()
    const deployment = { id: 'Deployments-1', spaceId: 'Spaces-1', environment: 'Staging' }
    const given = { Zone: 'us', 'api token': canary }
    const stored = await storeAnswers(server, prompts, given, deployment)
    expect(Object.values(stored.formValues)).toEqual(['us'])
    expect(JSON.stringify(stored)).not.toContain(canary)
    const keyring = () => openKeyring(server.env, server.db, 'Spaces-1')
    const answers = await openAnswers(keyring(), 'Deployments-1', stored)
    expect([...answers.values()]).toEqual([
      { value: 'us', isSensitive: false },
      { value: canary, isSensitive: true },
    ])
    await expect(openAnswers(keyring(), 'Deployments-2', stored)).rejects.toThrow()
  })
})

it('holds before whatever is stored, however specific that is', () => {
  const value = (id: string, more: Partial<ScopedVariable> = {}): ScopedVariable => ({
    id,
    name: 'Zone',
    value: id,
    isSensitive: false,
    type: 'String',
    scope: {},
    source: 'project',
    setId: 's',
    ...more,
  })
  const variables = [value('stored', { scope: { action: ['a'] } }), value('asked')]
  const answered = withAnswers(variables, new Map([['asked', { value: 'us', isSensitive: true }]]))
  expect(resolve(indexByName(answered), { actionId: 'a' })).toMatchObject([
    {
      winner: { value: 'us', isSensitive: true },
      rule: 'It is the answer that was given for this deployment.',
    },
  ])
})
