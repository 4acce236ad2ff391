import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  CONCURRENCY_TAG,
  completed,
  type PlanPlace,
  type PlanVariableRow,
  selectPlanVariables,
  settingsOf,
  textOf,
  toPlanVariables,
} from '../../../worker/deployments/plan-variables.ts'
import { readSteps } from '../../../worker/projects/process.ts'
import { type TestDatabase, testDatabase } from '../../support/database.ts'
import { planOf, step } from './process.ts'

const place: PlanPlace = {
  scope: { environmentId: 'Environments-1', channelId: 'Channels-1', processOwnerId: 'Projects-1' },
  known: [['Octopus.Environment.Name', 'Staging']],
}
const variable = (name: string, value: string | null, more: object = {}) => ({
  id: `${name}=${value}`,
  name,
  value,
  isSensitive: false,
  type: 'String',
  description: '',
  scope: {},
  prompt: null,
  ...more,
})
const inStaging = { scope: { Environment: ['Environments-1'] } }
const inProduction = { scope: { Environment: ['Environments-2'] } }

let test: TestDatabase
beforeAll(async () => {
  test = await testDatabase()
  await test.rows(
    "INSERT INTO spaces (id, name, slug, data_key, created_at) VALUES ('Spaces-1', 'Default', 'default', '', 0)",
  )
})
afterAll(() => test?.stop())

let count = 0
/** A project's snapshot with these variables, which includes one of a library set with those. */
const frozen = async (own: object[], library: object[] = []): Promise<string> => {
  const [id, included] = [`own-${++count}`, `library-${count}`]
  for (const [snapshot, variables, includes] of [
    [included, library, []],
    [id, own, [included]],
  ])
    await test.rows(
      "INSERT INTO variable_snapshots VALUES (?, 'Spaces-1', 'Projects-1', ?, ?, 0)",
      snapshot as string,
      `${snapshot}`,
      JSON.stringify({ setId: `variableset-${snapshot}`, variables, includes }),
    )
  return id
}
const read = async (snapshot: string, steps: Parameters<typeof readSteps>[0] = []) => {
  const rows = await test.db.all<PlanVariableRow>(selectPlanVariables(sql`SELECT ${snapshot}`))
  return completed(test.db, snapshot, toPlanVariables(rows), readSteps(steps))
}

const smoke = step('Smoke', '', { action: { WorkerPoolVariable: 'Pool' } })
const pool = (value: string, more: object = {}) =>
  variable('Pool', value, { type: 'WorkerPool', ...more })

describe('the variables that a plan depends on', () => {
  it('are read alone, secrets never', async () => {
    const snapshot = await frozen([
      variable('Greeting', 'hello'),
      variable('octopus.action.maxparallelism', '3'),
      variable('OctopusBypassDeploymentMutex', 'sealed', { isSensitive: true }),
      pool('WorkerPools-1'),
    ])
    expect((await read(snapshot)).map(({ name }) => name)).toEqual([
      'octopus.action.maxparallelism',
      'Pool',
    ])
  })

  it('are all read when a value or a window refers to others, but for secrets', async () => {
    const plain = [variable('Width', '4'), variable('Token', 'sealed', { isSensitive: true })]
    const window = step('One', 'web', {
      step: { Properties: { 'Octopus.Action.MaxParallelism': '#{Width}' } },
    })
    const snapshot = await frozen(plain, [variable('Other', '1')])
    expect((await read(snapshot, [window])).map(({ name }) => name)).toEqual(['Width', 'Other'])
    const tagged = await frozen([...plain, variable(CONCURRENCY_TAG, 'lane #{Width}')])
    expect(textOf(await read(tagged), CONCURRENCY_TAG, place)).toBe('lane 4')
  })
})

describe('settings of a plan', () => {
  const settings = async (own: object[], library: object[] = [], steps = [smoke]) =>
    settingsOf(await read(await frozen(own, library), steps), readSteps(steps), place)

  it.each([
    {
      what: 'a value for this place',
      own: [pool('WorkerPools-1'), pool('WorkerPools-2', inStaging)],
      chosen: 'WorkerPools-2',
    },
    { what: 'no value of elsewhere', own: [pool('WorkerPools-2', inProduction)], chosen: null },
    {
      what: 'a value of this very step',
      own: [
        pool('WorkerPools-1', inStaging),
        pool('WorkerPools-2', { scope: { Action: ['action-Smoke'] } }),
      ],
      chosen: 'WorkerPools-2',
    },
    {
      what: "the project's before a library set's",
      own: [pool('WorkerPools-1')],
      library: [pool('WorkerPools-2')],
      chosen: 'WorkerPools-1',
    },
    { what: "a library set's", own: [], library: [pool('WorkerPools-2')], chosen: 'WorkerPools-2' },
    {
      what: 'what it refers to',
      own: [pool('Pool of #{Octopus.Environment.Name}')],
      chosen: 'Pool of Staging',
    },
  ])('take as worker pool $what', async ({ own, library, chosen }) =>
    expect((await settings(own, library)).workerPools).toEqual({ 'action-Smoke': chosen }),
  )

  it.each([
    ['4', 4],
    ['0', null],
    ['many', null],
  ])("with the project's limit of '%s'", async (value, maxParallelism) =>
    expect(await settings([variable('Octopus.Action.MaxParallelism', value)])).toMatchObject({
      maxParallelism,
    }),
  )

  it.each([
    { what: 'the step', scope: { Action: ['step-One'] }, windows: [2, 7] },
    { what: 'its action', scope: { Action: ['action-One'] }, windows: [2, 7] },
    { what: 'its tag', scope: { Role: ['web'] }, windows: [7, 7] },
    { what: 'another environment', scope: { Environment: ['Environments-9'] }, windows: [7, 7] },
  ])('with a limit of $what beside that of the project', async ({ scope, windows }) => {
    const steps = [step('One', 'web'), step('Two', 'web')]
    const limits = [
      variable('Octopus.Action.MaxParallelism', '7'),
      variable('Octopus.Action.MaxParallelism', '2', { scope }),
    ]
    const { plan } = planOf(steps, { settings: await settings(limits, [], steps) })
    const planned = plan.steps.filter(({ name }) => name === 'One' || name === 'Two')
    expect(planned.map(({ window }) => window)).toEqual(windows)
    expect(planned.map(({ isRolling }) => isRolling)).toEqual([false, false])
  })

  it('with how many targets fetch packages at once', async () =>
    expect(await settings([variable('octopus.acquire.maxparallelism', '3')])).toMatchObject({
      acquireParallelism: 3,
      maxParallelism: null,
    }))

  it.each([
    ['True', true],
    ['false', false],
  ])("with OctopusBypassDeploymentMutex '%s'", async (value, bypassesMutex) =>
    expect(await settings([variable('OctopusBypassDeploymentMutex', value)])).toMatchObject({
      bypassesMutex,
    }),
  )

  it.each([
    { what: 'a number', own: [variable('Width', '2')], window: 2, problem: null },
    {
      what: 'something else',
      own: [variable('Width', 'wide')],
      window: 10,
      problem:
        "The window of step One comes to 'wide' in Staging. Let its expression come to a whole number of 1 or more.",
    },
    {
      what: 'nothing',
      own: [],
      window: 10,
      problem:
        "The window of step One comes to '#{Width}' in Staging. Let its expression come to a whole number of 1 or more.",
    },
    {
      what: 'itself',
      own: [variable('Width', '#{Width}')],
      window: 10,
      problem:
        "The window of step One comes to '#{Width}' in Staging. Let its expression come to a whole number of 1 or more.",
    },
  ])('with a window whose expression comes to $what', async ({ own, window, problem }) => {
    const properties = {
      'Octopus.Action.TargetRoles': 'web',
      'Octopus.Action.MaxParallelism': '#{Width}',
    }
    const one = step('One', 'web', { step: { Properties: properties } })
    const planning = planOf([one], { settings: await settings(own, [], [one]) })
    expect(planning.plan.steps[0]?.window).toBe(window)
    expect(planning.problem).toBe(problem)
  })
})
