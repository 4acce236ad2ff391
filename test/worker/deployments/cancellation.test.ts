import { describe, expect, it } from 'vitest'
import { LEASE_TTL_MS } from '../../../runner/protocol/limits.ts'
import { BUSY_MS } from '../../../worker/deployments/patience.ts'
import { step } from './process.ts'
import { Stage } from './stage.ts'

const cleanUp = {
  step: { Properties: { 'Octopus.Action.TargetRoles': 'db', 'Slipway.Step.IsFinalizer': 'True' } },
}
const onCancel = { step: { Condition: 'Cancelled' } }
const always = { step: { Condition: 'Always' } }

describe('after a cancellation', () => {
  const steps = [
    step('One', 'db'),
    step('Two', 'db', always),
    step('Tell', 'db', onCancel),
    step('Clean up', 'db', cleanUp),
  ]

  it('only steps for it and finalizers run', () => {
    const stage = new Stage(steps)
    stage.offer()
    stage.claim(1)
    stage.cancel()
    stage.complete(1, 'canceled')
    expect(stage.statuses).toEqual(['Canceled', 'Canceled', 'Running', 'Pending'])
    stage.run(2)
    stage.run(3)
    expect(stage.statuses).toEqual(['Canceled', 'Canceled', 'Success', 'Success'])
    expect(stage.state).toMatchObject({ status: 'Canceled', conclusion: 'canceled', error: null })
  })

  it('finalizers run also without one, whatever became of the rest', () => {
    const stage = new Stage(steps)
    stage.run(1, 'failed')
    stage.run(2)
    stage.run(3)
    expect(stage.statuses).toEqual(['Failed', 'Success', 'Skipped', 'Success'])
    expect(stage.state).toMatchObject({ status: 'Failed', conclusion: 'failed' })
  })

  it('a finalizer at work goes on, and a second cancellation ends it', () => {
    const stage = new Stage(steps)
    stage.run(1)
    stage.run(2)
    stage.offer()
    stage.claim(3)
    stage.cancel()
    expect(stage.effects.some(({ type }) => type === 'cancel')).toBe(false)
    stage.now += 1_000
    stage.cancel()
    expect(stage.effects.some(({ type }) => type === 'cancel')).toBe(false)
    stage.now += 1_000
    stage.cancel()
    expect(stage.effects).toContainEqual(expect.objectContaining({ type: 'cancel', attempt: 3 }))
    stage.complete(3, 'canceled')
    expect(stage.state.status).toBe('Canceled')
    expect(stage.statuses).toEqual(['Success', 'Success', 'Skipped', 'Canceled'])
  })

  it('what fails then is neither asked about nor tried again for ever', () => {
    const stage = new Stage(steps, undefined, { guidedFailure: true })
    stage.offer()
    stage.claim(1)
    stage.cancel()
    stage.complete(1, 'failed')
    stage.run(2, 'failed')
    stage.run(3, 'failed')
    expect(stage.asked).toEqual([])
    expect(stage.state).toMatchObject({ status: 'Canceled', conclusion: 'canceled' })
    expect(stage.statuses).toEqual(['Failed', 'Canceled', 'Failed', 'Failed'])
  })

  it('a runner that does not end its step is given up, and late word is only evidence', () => {
    const stage = new Stage(steps)
    stage.offer()
    stage.claim(1)
    stage.cancel()
    for (let beat = 0; beat <= BUSY_MS / 20_000; beat++) {
      stage.happen({ type: 'renew', ...stage.reporter(1) })
      stage.pass(20_000)
    }
    expect(stage.attempt(1).state).toBe('Unknown')
    stage.offer()
    expect(stage.claim(2)).toMatchObject({ error: 'unavailable' })
    stage.cancel()
    expect(stage.state).toMatchObject({ status: 'Canceled', conclusion: 'unknown' })
    expect(stage.complete(1)).toEqual({ type: 'done' })
    expect(stage.attempt(1)).toMatchObject({ state: 'Unknown', evidence: 'succeeded' })
    expect(stage.state.conclusion).toBe('unknown')
  })
})

describe('a cancellation', () => {
  it.each([
    ['before the claim', (stage: Stage) => void stage.offer(), 'Withdrawn'],
    ['before the offer', () => undefined, 'Withdrawn'],
    [
      'while its runner is silent',
      (stage: Stage) => {
        stage.offer()
        stage.claim(1)
        stage.pass(LEASE_TTL_MS)
      },
      'Unknown',
    ],
  ])('%s waits for nobody', (_, before, state) => {
    const stage = new Stage([step('One', 'db')])
    before(stage)
    stage.cancel()
    expect(stage.attempt(1).state).toBe(state)
    expect(stage.state.status).toBe('Canceled')
  })

  it('that overtakes a claim takes the work back', () => {
    const stage = new Stage([step('One', 'db')])
    stage.offer()
    stage.cancel()
    expect(stage.claim(1)).toMatchObject({ type: 'refused', error: 'gone' })
  })

  it('that a success overtakes does not undo it', () => {
    const stage = new Stage([step('One', 'db'), step('Two', 'db')])
    stage.offer()
    stage.claim(1)
    stage.cancel()
    stage.complete(1)
    expect(stage.states).toEqual(['Succeeded'])
    expect(stage.statuses).toEqual(['Success', 'Canceled'])
  })

  it('is one change of state with one record each', () => {
    const stage = new Stage([step('One', 'db')])
    stage.offer()
    stage.claim(1)
    stage.cancel()
    stage.cancel()
    stage.complete(1, 'canceled')
    expect(stage.records).toEqual(['DeploymentCancelling', 'DeploymentCanceled'])
  })
})

describe('the conclusion', () => {
  const mourn = { step: { Condition: 'Failure' } }
  it.each([
    ['handled', [step('One', 'db'), step('Mourn', 'db', mourn)], ['failed', 'succeeded']],
    ['failed', [step('One', 'db'), step('Mourn', 'db', mourn)], ['failed', 'failed']],
    [
      'failed',
      [step('One', 'db'), step('Mourn', 'db', mourn), step('Two', 'db', always)],
      ['failed', 'succeeded', 'failed'],
    ],
    ['succeeded', [step('One', 'db'), step('Mourn', 'db', mourn)], ['succeeded']],
  ] as const)('is %s', (conclusion, steps, outcomes) => {
    const stage = new Stage([...steps])
    for (const [index, outcome] of outcomes.entries()) stage.run(index + 1, outcome)
    expect(stage.state).toMatchObject({
      conclusion,
      status: conclusion === 'succeeded' ? 'Success' : 'Failed',
    })
  })
})
