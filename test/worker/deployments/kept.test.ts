import { describe, expect, it } from 'vitest'
import { keptOf } from '../../../worker/deployments/kept.ts'
import { step } from './process.ts'
import { ADA, Stage } from './stage.ts'

const cleanUp = {
  step: { Properties: { 'Octopus.Action.TargetRoles': 'db', 'Slipway.Step.IsFinalizer': 'True' } },
}
const approve = {
  action: {
    ActionType: 'Octopus.Manual',
    Properties: { 'Octopus.Action.Manual.Instructions': 'Look' },
  },
}
const steps = [
  step('Approve', '', approve),
  step('Build', 'db'),
  step('Publish', 'web'),
  step('Tell', 'db', { step: { Condition: 'Always' } }),
  step('Clean up', 'db', cleanUp),
]

/** Publish succeeded on web-1 and failed on web-2; Tell and Clean up ran after that. */
const failed = () => {
  const stage = new Stage(steps)
  stage.answer('Proceed', { notes: 'go' })
  stage.hold()
  stage.run(1)
  stage.run(2)
  stage.run(3, 'failed')
  stage.run(4)
  stage.run(5)
  expect(stage.state.status).toBe('Failed')
  return stage.state
}
const sealed = {
  attempt: 'Deployments-1:1',
  actionName: 'Build',
  machine: null,
  sealed: 'iv.bytes',
}

describe('a deployment that goes on from a failed one', () => {
  it('does again only what failed and what comes after', () => {
    const kept = keptOf(failed(), [sealed], null)
    const stage = new Stage(steps, undefined, { id: 'Deployments-2', kept })
    expect(stage.asked).toEqual([])
    expect(stage.lanes.slice(0, 3)).toEqual([['Success'], ['Success'], ['Success', 'Running']])
    stage.finishAll()
    expect(stage.state.attempts.map(({ step, lane }) => `${step}/${lane}`)).toEqual([
      '2/1',
      '3/0',
      '4/0',
    ])
    expect(stage.state).toMatchObject({
      status: 'Success',
      conclusion: 'succeeded',
      resumedFrom: 'Deployments-1',
    })
    expect(stage.state.steps[1]).toMatchObject({
      message: 'Kept from Deployments-1.',
      lanes: [{ isKept: true, message: 'Kept from Deployments-1.' }],
    })
  })

  it('has the sealed outputs and the answers of people, over several generations', () => {
    const first = keptOf(failed(), [sealed], null)
    const stage = new Stage(steps, undefined, { id: 'Deployments-2', kept: first })
    stage.run(1, 'failed')
    stage.run(2)
    stage.run(3)
    const second = keptOf(stage.state, [{ ...sealed, attempt: 'Deployments-2:1' }], first)
    expect(second.outputs.map(({ attempt }) => attempt)).toEqual([
      'Deployments-1:1',
      'Deployments-2:1',
    ])
    expect(second.answers).toMatchObject([{ actionName: 'Approve' }])
    expect(second.answers[0]?.outputs).toContainEqual({
      name: 'Manual.ResponsibleUser.DisplayName',
      value: ADA.displayName,
      sensitive: false,
    })
    expect(second.done.map(({ stepId }) => stepId)).toEqual([
      'step-Approve',
      'step-Build',
      'step-Publish',
    ])
  })

  it.each([
    ['a new target', 'web-2', 'Machines-2'],
    ['a target that failed', 'web-2', 'Machines-2'],
  ])('runs on %s', (_, __, id) => {
    const kept = keptOf(failed(), [], null)
    expect(kept.done.some(({ targetId }) => targetId === id)).toBe(false)
  })

  it('keeps nothing of what was skipped, cancelled or unknown', () => {
    const stage = new Stage([
      step('One', 'db', { step: { Condition: 'Failure' } }),
      step('Two', 'db'),
    ])
    stage.offer()
    stage.claim(1)
    stage.cancel()
    stage.complete(1, 'canceled')
    expect(keptOf(stage.state, [], null).done).toEqual([])
  })
})
