import { describe, expect, it } from 'vitest'
import { LEASE_TTL_MS } from '../../../runner/protocol/limits.ts'
import { treeOf } from '../../../worker/deployments/details.ts'
import { holderOf } from '../../../worker/deployments/key.ts'
import { wakeAt } from '../../../worker/deployments/passing.ts'
import { step } from './process.ts'
import { holds, Stage } from './stage.ts'

const TASK = {
  id: 'ServerTasks-1',
  description: 'Deploy Shop',
  queuedAt: 0,
  concurrencyKey: 'k',
}

const variable = (expression: string) => ({
  step: {
    Condition: 'Variable',
    Properties: {
      'Octopus.Action.TargetRoles': 'db',
      'Octopus.Step.ConditionVariableExpression': expression,
    },
  },
})

describe('an execution', () => {
  it('goes through its steps, one group after the other', () => {
    const stage = new Stage([step('Publish', 'web'), step('Migrate', 'db')])
    expect(stage.effects).toEqual([{ type: 'dispatch' }])
    stage.run(1)
    expect(stage.statuses).toEqual(['Running', 'Pending'])
    stage.run(2)
    expect(stage.statuses).toEqual(['Success', 'Running'])
    stage.run(3)
    expect(stage.state.status).toBe('Success')
    expect(stage.effects.at(-1)).toEqual({ type: 'finished' })
  })

  it.each([
    ['Success', ['Failed', 'Skipped']],
    ['Failure', ['Failed', 'Success']],
    ['Always', ['Failed', 'Success']],
  ])('runs a step on %s after a failure as it should', (Condition, statuses) => {
    const stage = new Stage([step('One', 'db'), step('Two', 'db', { step: { Condition } })])
    stage.run(1, 'failed')
    if (stage.state.attempts.length > 1) stage.run(2)
    expect(stage.statuses).toEqual(statuses)
    expect(stage.state).toMatchObject({
      status: 'Failed',
      error: 'Step 1 (One) failed on db-1: exit code 3',
    })
  })

  it.each([
    [true, ['Success', 'Running']],
    [false, ['Success', 'Skipped']],
  ])('asks the condition of a step when its turn has come: %s', (answer, statuses) => {
    const stage = new Stage([step('One', 'db'), step('Two', 'db', variable('#{x}'))], {
      ...holds,
      holds: () => ({ holds: answer, why: null }),
    })
    stage.run(1)
    expect(stage.statuses).toEqual(statuses)
  })

  it('runs at most as many targets at once as the window lets it, and none after a failure', () => {
    const rolling = {
      step: {
        Properties: {
          'Octopus.Action.TargetRoles': 'web,db',
          'Octopus.Action.MaxParallelism': '1',
        },
      },
    }
    const stage = new Stage([step('Roll', 'web', rolling)])
    expect(stage.state.attempts).toHaveLength(1)
    stage.run(1)
    expect(stage.state.attempts).toHaveLength(2)
    stage.run(2, 'failed')
    expect(stage.state.attempts).toHaveLength(2)
    expect(stage.state.steps[0]?.lanes.map(({ status }) => status)).toEqual([
      'Success',
      'Failed',
      'Skipped',
    ])
  })

  it('goes through the child steps of a target in order, and leaves out the rest after a failure', () => {
    const child = (name: string) => ({ Id: name, Name: name, ActionType: 'Octopus.Script' })
    const stage = new Stage([
      {
        Id: 'r',
        Name: 'Roll',
        Properties: { 'Octopus.Action.TargetRoles': 'db' },
        Actions: [child('a'), child('b'), child('c')],
      },
    ])
    stage.run(1)
    stage.run(2, 'failed')
    expect(stage.state.attempts.map(({ action }) => action)).toEqual([0, 1])
    expect(stage.state.status).toBe('Failed')
  })

  it('says whom it waits for once, and asks again', () => {
    const stage = new Stage([step('One', 'db')])
    stage.happen({ type: 'locked', holders: 'db-1 is in use by ServerTasks-9' })
    stage.happen({ type: 'locked', holders: 'db-1 is in use by ServerTasks-9' })
    expect(stage.notes).toEqual(['Waiting: db-1 is in use by ServerTasks-9'])
    stage.effects = []
    stage.pass((wakeAt(stage.state) ?? 0) - stage.now)
    expect(stage.effects).toEqual([{ type: 'dispatch' }])
  })

  it('names the task that holds a target where the step waits for it, until it has it', () => {
    const stage = new Stage([step('One', 'db'), step('Two', 'web')])
    const notesOfOne = () => treeOf(stage.state, { task: TASK }).children[0]?.children[0]?.notes
    const label = 'ServerTasks-9 (Deploy Shop release 1.0.1 to Staging)'
    const held = [{ target: 'Machines-1', name: 'web-1', deployment: 'Deployments-7', label }]
    const own = { target: 'Machines-3', name: 'db-1', deployment: 'Deployments-8', label: 'db job' }
    const heldBy = { taskId: 'ServerTasks-9', deploymentId: 'Deployments-7' }
    expect(notesOfOne()).toBeUndefined()
    stage.happen({ type: 'locked', holders: 'web-1 is in use', held })
    expect(notesOfOne()).toEqual([{ type: 'target', name: 'web-1', heldBy }])
    expect(holderOf(stage.state)).toBe('Deployments-7')
    stage.happen({ type: 'locked', holders: 'both are in use', held: [...held, own] })
    expect(notesOfOne()).toEqual([{ type: 'target', name: 'db-1', heldBy: null }])
    stage.offer()
    expect(notesOfOne()).toBeUndefined()
    expect(holderOf(stage.state)).toBeNull()
  })
})

describe('a cancellation', () => {
  it('withdraws what was not begun, stops what runs, and runs nothing after', () => {
    const always = { step: { Condition: 'Always' } }
    const stage = new Stage([step('One', 'web'), step('Two', 'db', always)])
    stage.offer()
    stage.claim(1)
    stage.happen({ type: 'cancel', by: 'Ada', reason: 'Canceled by Ada' })
    expect(stage.state.status).toBe('Cancelling')
    expect(stage.effects).toContainEqual({ type: 'withdraw', attempt: 2 })
    expect(stage.effects).toContainEqual({ type: 'cancel', attempt: 1, reason: 'Canceled by Ada' })
    stage.complete(1, 'canceled')
    expect(stage.state.status).toBe('Canceled')
    expect(stage.statuses).toEqual(['Canceled', 'Canceled'])
  })

  it('that comes after the end changes nothing', () => {
    const stage = new Stage([step('One', 'db')])
    stage.run(1)
    const before = stage.state
    expect(stage.happen({ type: 'cancel', by: 'Ada', reason: 'x' })).toMatchObject({
      error: 'gone',
    })
    expect(stage.state.status).toBe(before.status)
  })

  it('does not wait for a runner that is silent', () => {
    const stage = new Stage([step('One', 'db')])
    stage.offer()
    stage.claim(1)
    stage.happen({ type: 'cancel', by: 'Ada', reason: 'Canceled by Ada' })
    stage.pass(LEASE_TTL_MS)
    expect(stage.state.status).toBe('Canceled')
    expect(stage.attempt(1).state).toBe('Unknown')
  })
})
