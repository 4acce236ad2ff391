import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { open, openKeyring } from '../../../worker/access/envelope.ts'
import { readSteps, targetTags } from '../../../worker/projects/process.ts'
import type { Answer } from '../../support/server.ts'
import { type Shop, scriptStep, shop } from './shop.ts'

let server: Shop
beforeAll(async () => {
  server = await shop()
})
afterAll(() => server.stop())

const path = () => `/api/projects/${server.project.Id}/deploymentprocesses`

describe('a process is saved', () => {
  it('with ids, slugs, defaults and canonical words, and raises its version', async () => {
    const before = await server.json('GET', path())
    const saved = await server.saveSteps(
      scriptStep(
        'Stop it',
        { Name: '' },
        { Condition: 'always', StartTrigger: 'STARTWITHPREVIOUS' },
      ),
    )
    expect(saved.Version).toBe(before.Version + 1)
    const [step] = saved.Steps
    expect(step).toMatchObject({
      Id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      Slug: 'stop-it',
      Condition: 'Always',
      StartTrigger: 'StartWithPrevious',
      PackageRequirement: 'LetOctopusDecide',
    })
    expect(step.Actions[0]).toMatchObject({
      Id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      Name: 'Stop it',
      Slug: 'stop-it',
      Condition: 'Success',
      IsDisabled: false,
      Packages: [],
      WorkerPoolId: null,
    })
    expect(await server.json('GET', `/api/deploymentprocesses/${saved.Id}`)).toEqual(saved)
  })

  it('with ids that stay when it is saved again, and none of a client', async () => {
    const first = await server.saveSteps(scriptStep('One'), scriptStep('Two'))
    const [one, two] = first.Steps
    const again = await server.saveSteps(two, { ...one, Id: 'mine' }, scriptStep('Three'))
    expect(again.Steps[0].Id).toBe(two.Id)
    expect(again.Steps[0].Actions[0].Id).toBe(two.Actions[0].Id)
    expect(again.Steps[1].Id).not.toBe('mine')
    expect(again.Steps[1].Actions[0].Id).toBe(one.Actions[0].Id)
  })

  it('with what we do not know, in steps, actions and packages', async () => {
    const reference = { Name: '', PackageId: 'shop.web', FeedId: 'feeds-builtin', Future: 1 }
    const saved = await server.saveSteps(
      scriptStep(
        'One',
        { ActionType: 'Ocotpus.Script', Packages: [reference], Future: [2] },
        { Future: 'x' },
      ),
    )
    expect(saved.Steps[0]).toMatchObject({
      Future: 'x',
      Actions: [
        {
          ActionType: 'Ocotpus.Script',
          Future: [2],
          Packages: [{ PackageId: 'shop.web', AcquisitionLocation: 'Server', Future: 1 }],
        },
      ],
    })
  })

  it('under the address that has its own id, too', async () => {
    const process = await server.json('GET', path())
    const saved = await server.json('PUT', `/api/Spaces-1/deploymentprocesses/${process.Id}`, {
      body: process,
    })
    expect(saved.Version).toBe(process.Version + 1)
  })
})

describe('a process is refused, and stays as it was', () => {
  const two = (change: object) => () => [scriptStep('One'), scriptStep('Two', {}, change)]
  it.each<[when: string, steps: () => unknown, says: string]>([
    [
      'two steps share a name but for its case',
      () => [scriptStep('Deploy'), scriptStep('DEPLOY')],
      "Two steps are named 'DEPLOY'. Rename one",
    ],
    [
      'two actions share a name',
      () => [scriptStep('One', { Name: 'Run' }), scriptStep('Two', { Name: 'run' })],
      "Two actions are named 'run'. Rename one",
    ],
    [
      'a step has no action',
      () => [{ ...scriptStep('One'), Actions: [] }],
      'a step needs at least one action.',
    ],
    ['a step has no name', two({ Name: ' ' }), 'a step needs a name.'],
    [
      'a condition is unknown',
      two({ Condition: 'Sometimes' }),
      "must be Success, Failure, Always, Variable, Cancelled; found 'Sometimes'.",
    ],
    [
      'an environment does not exist',
      () => [scriptStep('One', { Environments: ['Environments-99'] })],
      "Action 'One' names the environment 'Environments-99', which does not exist here. Choose from Staging (Environments-1), Production (Environments-2).",
    ],
    [
      'a channel does not exist',
      () => [scriptStep('One', { Channels: ['Channels-99'] })],
      "Action 'One' names the channel 'Channels-99', which does not exist here.",
    ],
    [
      'a worker pool does not exist',
      () => [scriptStep('One', { WorkerPoolId: 'WorkerPools-99' })],
      "Action 'One' names the worker pool 'WorkerPools-99', which does not exist here.",
    ],
    [
      'an action has two primary packages',
      () => [scriptStep('One', { Packages: [{ PackageId: 'a' }, { PackageId: 'b' }] })],
      "Action 'One' has two primary packages; give one of them a name.",
    ],
    [
      'a secret is too short to be masked',
      () => [scriptStep('One', { Properties: { Key: { HasValue: true, NewValue: 'abc' } } })],
      "The sensitive property Key of 'One' has fewer than 4 characters",
    ],
    ['the steps are no list', () => 'none', 'Steps: must be the list of steps'],
    [
      'there are too many steps',
      () => Array.from({ length: 201 }, (_, index) => scriptStep(`Step ${index}`)),
      'a process may hold 200 steps.',
    ],
  ])('when %s', async (_when, steps, says) => {
    const before = await server.json('GET', path())
    const answer = await server.json('PUT', path(), { body: { Steps: steps() }, status: 400 })
    expect(JSON.stringify(answer)).toContain(says)
    expect(await server.json('GET', path())).toEqual(before)
  })

  it('but not for an environment that was deleted after a step named it', async () => {
    await server.rows(
      `INSERT INTO environments (id, space_id, name, slug, sort_order, created_at) VALUES ('Environments-7', 'Spaces-1', 'Old', 'old', 9, 0)`,
    )
    const saved = await server.saveSteps(scriptStep('One', { Environments: ['environments-7'] }))
    await server.rows(`DELETE FROM environments WHERE id = 'Environments-7'`)
    const again = await server.saveSteps(...saved.Steps, scriptStep('Two'))
    expect(again.Steps[0]).toEqual(saved.Steps[0])
    expect(again.Steps[0].Actions[0].Environments).toEqual(['Environments-7'])
  })

  it('when somebody else has saved since it was read', async () => {
    const read = await server.json('GET', path())
    await server.json('PUT', path(), { body: { ...read, Steps: [scriptStep('Theirs')] } })
    const answer = await server.json('PUT', path(), { body: read, status: 400 })
    expect(answer.ErrorMessage).toBe(
      `Someone else has changed the process of Shop: you have version ${read.Version}, it is at ` +
        `version ${read.Version + 1}. Read it again and repeat your change.`,
    )
    expect((await server.json('GET', path())).Steps[0].Name).toBe('Theirs')
  })

  it('when two save the same version at once: one of them', async () => {
    const read = await server.json('GET', path())
    const both = await Promise.all(
      ['A', 'B'].map(name =>
        server.send('PUT', path(), { body: { ...read, Steps: [scriptStep(name)] } }),
      ),
    )
    expect(both.map(response => response.status).sort()).toEqual([200, 400])
  })

  it.each(['deploymentprocess-Projects-999', 'deploymentprocess-', 'Projects-1', 'x'])(
    'when there is none: %s',
    id => server.json('GET', `/api/deploymentprocesses/${id}`, { status: 404 }),
  )
})

describe('a sensitive property', () => {
  const canary = 'canary-7f3a!'
  let step: Answer
  const stored = async () => {
    const [row] = await server.rows(
      'SELECT steps FROM processes WHERE owner_id = ?',
      server.project.Id,
    )
    return String(row?.steps)
  }
  const opened = async () => {
    const [action] = readSteps(JSON.parse(await stored()))[0]?.actions ?? []
    const keyring = await openKeyring(server.env, server.db, 'Spaces-1')
    const texts: Record<string, string> = {}
    for (const [name, { aad, sealed }] of Object.entries(action?.sealedProperties ?? {}))
      texts[name] = await open(keyring, aad, sealed)
    return texts
  }

  beforeAll(async () => {
    const saved = await server.saveSteps(
      scriptStep('Sign', { Properties: { Key: { hasValue: true, newValue: canary } } }),
    )
    step = saved.Steps[0]
  })

  it('is sealed at rest and never answered', async () => {
    expect(step.Actions[0].Properties.Key).toEqual({ HasValue: true, NewValue: null, Hint: null })
    expect(await stored()).not.toContain(canary)
    expect(await opened()).toEqual({ Key: canary })
  })

  it('stays when it is saved as it was read', async () => {
    await server.saveSteps(step)
    expect(await opened()).toEqual({ Key: canary })
  })

  it('does not follow a sealed text that a client sends, nor move to another action', async () => {
    const sealed = JSON.parse(await stored())[0].Actions[0].Properties.Key
    await server.saveSteps(scriptStep('Other', { Properties: { Key: sealed } }))
    expect(await opened()).toEqual({})
  })
})

describe('the planner reads a stored process', () => {
  it('in its own words, with a primary package that only properties name', () => {
    const [step] = readSteps([
      {
        Id: 's',
        Name: 'Deploy web',
        Properties: { 'Octopus.Action.TargetRoles': 'web, db ,' },
        Actions: [
          {
            Id: 'a',
            Name: 'Deploy web',
            ActionType: 'Octopus.TentaclePackage',
            Properties: {
              'Octopus.Action.Package.PackageId': 'shop.web',
              'Octopus.Action.Package.FeedId': 'feeds-builtin',
            },
            Packages: [
              { Id: 'p', Name: 'tools', PackageId: 'tools', Properties: { Extract: 'True' } },
            ],
          },
        ],
      },
    ])
    expect(step).toMatchObject({
      id: 's',
      condition: 'Success',
      startTrigger: 'StartAfterPrevious',
      actions: [
        {
          id: 'a',
          isDisabled: false,
          packages: [
            { name: '', packageId: 'shop.web', feedId: 'feeds-builtin', extract: true },
            { name: 'tools', packageId: 'tools', extract: true, acquisitionLocation: 'Server' },
          ],
        },
      ],
    })
    expect(step && targetTags(step)).toEqual(['web', 'db'])
  })

  it.each([[null], [undefined], ['x'], [[null, 7, { Actions: 'x' }]]])('even out of %j', document =>
    expect(() => readSteps(document)).not.toThrow(),
  )
})

it('tells what a new release needs', async () => {
  await server.saveSteps(
    scriptStep('Deploy web', {
      Packages: [{ Name: '', PackageId: 'shop.web', FeedId: 'feeds-builtin' }],
    }),
    scriptStep('Off', { IsDisabled: true, Packages: [{ Name: '', PackageId: 'unused' }] }),
  )
  const id = `deploymentprocess-${server.project.Id}`
  const template = await server.json('GET', `/api/deploymentprocesses/${id}/template`)
  expect(template).toMatchObject({
    DeploymentProcessId: id,
    LastReleaseVersion: null,
    NextVersionIncrement: '0.0.1',
    VersioningPackageStepName: null,
    Packages: [
      {
        ActionName: 'Deploy web',
        PackageReferenceName: '',
        PackageId: 'shop.web',
        FeedId: 'feeds-builtin',
        IsResolvable: true,
        VersionSelectedLastRelease: null,
      },
    ],
  })
})
