import { describe, expect, it } from 'vitest'
import { DB_1, POOL, planOf, step, WEB_1, WEB_2 } from './process.ts'

const request = { skipActionIds: [], specificMachineIds: [], excludedMachineIds: [] }
const lanesOf = (planning: ReturnType<typeof planOf>) =>
  planning.plan.steps.map(({ lanes }) => lanes.map(({ targetId }) => targetId))

describe('a plan', () => {
  it('runs each step on the targets that have one of its tags, by name', () => {
    const planning = planOf([step('Publish', 'web'), step('Migrate', 'DB, other')])
    expect(planning.problem).toBeNull()
    expect(lanesOf(planning)).toEqual([['Machines-1', 'Machines-2'], ['Machines-3']])
    expect(planning.plan.steps.map(({ group }) => group)).toEqual([1, 2])
    expect(Object.keys(planning.plan.targets)).toEqual(['Machines-2', 'Machines-1', 'Machines-3'])
  })

  it('runs a step without tags once, on a worker of its pool', () => {
    const planning = planOf([step('Notify', '')])
    expect(planning.problem).toBeNull()
    expect(planning.plan.steps[0]).toMatchObject({
      lanes: [{ targetId: null }],
      actions: [{ poolId: 'WorkerPools-1' }],
    })
  })

  it('runs a step on the server once for each of its targets, when it names tags too', () => {
    const action = { Properties: { 'Octopus.Action.RunOnServer': 'True' } }
    const planning = planOf([step('Register', 'web', { action })])
    expect(lanesOf(planning)).toEqual([['Machines-1', 'Machines-2']])
    expect(planning.plan.steps[0]?.actions[0]?.poolId).toBe('WorkerPools-1')
  })

  it('starts steps of one group together', () => {
    const together = { step: { StartTrigger: 'StartWithPrevious' } }
    const { plan } = planOf([
      step('One', 'web', together),
      step('Two', 'web', together),
      step('Three', 'web'),
    ])
    expect(plan.steps.map(({ group }) => group)).toEqual([1, 1, 2])
  })

  it.each([
    ['is disabled', { action: { IsDisabled: true } }, {}, 'It is disabled.'],
    [
      'is for other environments',
      { action: { Environments: ['Environments-2'] } },
      {},
      'It does not run in Staging.',
    ],
    [
      'is not for this environment',
      { action: { ExcludedEnvironments: ['Environments-1'] } },
      {},
      'It does not run in Staging.',
    ],
    [
      'is for other channels',
      { action: { Channels: ['Channels-2'] } },
      {},
      'It does not run for releases of this channel.',
    ],
    [
      'was left out',
      {},
      { request: { ...request, skipActionIds: ['action-Two'] } },
      'It was left out of this deployment.',
    ],
    [
      'has no targets left',
      {},
      { request: { ...request, excludedMachineIds: ['Machines-3'] } },
      'All of its targets were left out of this deployment.',
    ],
    [
      'has only disabled targets',
      {},
      { targets: [WEB_1, { ...DB_1, isDisabled: true }] },
      'No enabled target in Staging has the tag db.',
    ],
    [
      'names no tags',
      { step: { Properties: {} } },
      {},
      'It names no target tags and is not set to run on a worker: give it the tags of the targets it is for.',
    ],
  ])('skips a step that %s, and says so', (_when, change, more, skip) => {
    const planning = planOf([step('One', 'web'), step('Two', 'db', change)], more)
    expect(planning.problem).toBeNull()
    expect(planning.plan.steps.map(each => each.skip)).toEqual([null, skip])
  })

  it('does not leave out a required step', () => {
    const planning = planOf([step('One', 'web', { action: { IsRequired: true } })], {
      request: { ...request, skipActionIds: ['action-One'] },
    })
    expect(planning.plan.steps[0]?.skip).toBeNull()
  })

  it('takes only the targets that were asked for, and remembers the others', () => {
    const { plan } = planOf([step('One', 'web')], {
      request: { ...request, specificMachineIds: ['Machines-2'] },
    })
    expect(plan.steps[0]).toMatchObject({
      lanes: [{ targetId: WEB_2.id }],
      excludedTargetIds: [WEB_1.id],
    })
  })

  it.each([
    ['without steps', [], {}, 'The process has no steps. Add one and create a new release.'],
    [
      'without targets for any step',
      [step('One', 'cache'), step('Two', 'queue,bus')],
      {},
      'There is nothing to deploy to. No enabled target in Staging has the tag cache. No enabled target in Staging has the tags queue or bus.',
    ],
    [
      'with every step disabled',
      [step('One', 'web', { action: { IsDisabled: true } })],
      {},
      'Nothing would run in Staging: every step is disabled, left out, or meant for elsewhere.',
    ],
    [
      'for a pool without workers',
      [step('One', '')],
      { pools: [{ ...POOL, workers: [] }] },
      'Step One runs on a worker of Default Worker Pool, which has no enabled worker. Add a worker to the pool, or let the step run on its targets.',
    ],
    [
      'with a kind of step that cannot run',
      [step('Approve', '', { action: { ActionType: 'Octopus.Email' } })],
      {},
      'Step Approve is of type Octopus.Email, which cannot run here. Disable or replace it.',
    ],
  ])('%s cannot be carried out', (_what, steps, more, problem) => {
    expect(planOf(steps, more).problem).toBe(problem)
  })

  it('takes windows and child steps', () => {
    const properties = { 'Octopus.Action.TargetRoles': 'web', 'Octopus.Action.MaxParallelism': '1' }
    const child = (name: string) => ({ Id: name, Name: name, ActionType: 'Octopus.Script' })
    const { plan } = planOf([
      { Id: 'r', Name: 'Roll', Properties: properties, Actions: [child('a'), child('b')] },
    ])
    expect(plan.steps[0]).toMatchObject({ window: 1, isRolling: true })
    expect(plan.steps[0]?.actions.map(({ number }) => number)).toEqual(['1.1', '1.2'])
  })
})
