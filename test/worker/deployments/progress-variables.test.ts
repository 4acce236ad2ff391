import { describe, expect, it } from 'vitest'
import { progressVariables } from '../../../worker/deployments/progress-variables.ts'
import { step } from './process.ts'
import { Stage } from './stage.ts'

const child = (name: string, more: object = {}) => ({
  Id: name,
  Name: name,
  ActionType: 'Octopus.Script',
  ...more,
})
const EVERYWHERE = { specificMachineIds: [], excludedMachineIds: [] }
const entriesOf = (stage: Stage, of: string) =>
  Object.fromEntries(
    progressVariables(stage.state, EVERYWHERE).filter(
      ([name]) => name.startsWith(of) && name.includes('Status'),
    ),
  )

describe('the state of steps and actions, as variables', () => {
  it('tells of each step how it stands, with its own error', () => {
    const stage = new Stage([
      step('One', 'db'),
      step('Two', 'db'),
      step('Three', 'db', { step: { Condition: 'Always' } }),
    ])
    expect(entriesOf(stage, 'Octopus.Step')).toEqual({
      'Octopus.Step[One].Status.Code': 'Running',
      'Octopus.Step[Two].Status.Code': 'Pending',
      'Octopus.Step[Three].Status.Code': 'Pending',
    })
    stage.run(1, 'failed')
    expect(entriesOf(stage, 'Octopus.Step')).toEqual({
      'Octopus.Step[One].Status.Code': 'Failed',
      'Octopus.Step[One].Status.Error': 'exit code 3',
      'Octopus.Step[One].Status.ErrorDetail': 'exit code 3',
      'Octopus.Step[Two].Status.Code': 'Skipped',
      'Octopus.Step[Three].Status.Code': 'Running',
    })
    expect(Object.fromEntries(progressVariables(stage.state, EVERYWHERE))).toMatchObject({
      'Octopus.Deployment.Error': 'Step 1 (One) failed on db-1: exit code 3',
      'Octopus.Action[Two].IsSkipped': 'True',
      'Octopus.Action[Three].IsSkipped': 'False',
    })
  })

  it('tells of each action of a rolling step the worst of its places', () => {
    const stage = new Stage([
      {
        Id: 'roll',
        Name: 'Roll',
        Properties: { 'Octopus.Action.TargetRoles': 'web', 'Octopus.Action.MaxParallelism': '2' },
        Actions: [child('a'), child('b'), child('c', { IsDisabled: true })],
      },
    ])
    const codes = () => Object.values(entriesOf(stage, 'Octopus.Action'))
    expect(codes()).toEqual(['Running', 'Pending', 'Skipped'])
    stage.run(1)
    stage.run(2)
    expect(codes()).toEqual(['Succeeded', 'Running', 'Skipped'])
    stage.run(3)
    stage.run(4, 'failed')
    expect(codes()).toEqual(['Succeeded', 'Failed', 'exit code 3', 'exit code 3', 'Skipped'])
  })

  const claimed = (stage: Stage) => {
    stage.offer()
    stage.claim(1)
  }
  it.each([
    { code: 'Running', of: 'One', after: () => undefined },
    { code: 'Pending', of: 'Two', after: () => undefined },
    { code: 'Succeeded', of: 'One', after: (stage: Stage) => stage.run(1) },
    { code: 'Failed', of: 'One', after: (stage: Stage) => stage.run(1, 'failed') },
    { code: 'Failed', of: 'One', after: (stage: Stage) => stage.run(1, 'timed-out') },
    { code: 'Skipped', of: 'Two', after: (stage: Stage) => stage.run(1, 'failed') },
    { code: 'Canceled', of: 'One', after: (stage: Stage) => stage.cancel() },
    { code: 'Canceled', of: 'Two', after: (stage: Stage) => stage.cancel() },
    {
      code: 'Canceled',
      of: 'One',
      after: (stage: Stage) => {
        claimed(stage)
        stage.cancel()
        stage.complete(1, 'canceled')
      },
    },
    {
      code: 'Abandoned',
      of: 'One',
      after: (stage: Stage) => {
        claimed(stage)
        stage.cancel()
        stage.complete(1, 'unknown')
      },
    },
    {
      code: 'Abandoned',
      of: 'One',
      after: (stage: Stage) => {
        stage.run(1, 'unknown')
        stage.cancel()
      },
    },
  ])('has for step and action the code $code of $of', ({ code, of, after }) => {
    const stage = new Stage([
      step('One', 'db'),
      step('Two', 'db'),
      step('Tell', 'db', { step: { Condition: 'Cancelled' } }),
    ])
    after(stage)
    expect(entriesOf(stage, 'Octopus')).toMatchObject({
      [`Octopus.Step[${of}].Status.Code`]: code,
      [`Octopus.Action[${of}].Status.Code`]: code,
    })
  })

  it('counts a failure that a person ignored as none', () => {
    const stage = new Stage([step('One', 'db'), step('Two', 'db')], undefined, {
      guidedFailure: true,
    })
    stage.run(1, 'failed')
    expect(entriesOf(stage, 'Octopus.Step[One]')).toEqual({
      'Octopus.Step[One].Status.Code': 'Running',
    })
    stage.answer('Ignore')
    expect(entriesOf(stage, 'Octopus.Step[One]')).toEqual({
      'Octopus.Step[One].Status.Code': 'Succeeded',
    })
  })
})
