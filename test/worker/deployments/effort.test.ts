import { describe, expect, it } from 'vitest'
import { wakeAt } from '../../../worker/deployments/passing.ts'
import { BUSY_MS, TIME_OUT_SLACK_MS } from '../../../worker/deployments/patience.ts'
import { step } from './process.ts'
import { Stage } from './stage.ts'

const retried = (count: number, seconds: number, more: object = {}) => ({
  action: {
    Properties: {
      'Octopus.Action.AutoRetry.MaximumCount': `${count}`,
      'Octopus.Action.AutoRetry.MinimumBackoff': `${seconds}`,
    },
  },
  ...more,
})
const timed = { action: { Properties: { 'Octopus.Action.ExecutionTimeout.Minutes': '2' } } }

describe('an action that is tried again', () => {
  it('waits longer each time, then fails', () => {
    const stage = new Stage([step('One', 'db', retried(2, 5))])
    stage.run(1, 'failed')
    expect(stage.states).toEqual(['Failed'])
    expect(wakeAt(stage.state)).toBe(stage.now + 5_000)
    stage.pass(4_999)
    expect(stage.states).toEqual(['Failed'])
    stage.pass(1)
    stage.run(2, 'failed')
    expect(wakeAt(stage.state)).toBe(stage.now + 10_000)
    stage.wait()
    stage.run(3, 'failed')
    expect(stage.state.status).toBe('Failed')
    expect(stage.notes).toContain('exit code 3. It is tried again in 5 seconds (1 of 2).')
  })

  it('leaves no trace of a failure once it has succeeded', () => {
    const stage = new Stage([step('One', 'db', retried(1, 0)), step('Two', 'db')])
    stage.run(1, 'failed')
    stage.run(2)
    stage.run(3)
    expect(stage.state).toMatchObject({ status: 'Success', error: null, conclusion: 'succeeded' })
  })

  it('asks a person only when its tries are used up, and has them again after the answer', () => {
    const stage = new Stage([step('One', 'db', retried(1, 0))], undefined, { guidedFailure: true })
    stage.run(1, 'failed')
    expect(stage.pending).toEqual([])
    stage.run(2, 'failed')
    expect(stage.pending).toHaveLength(1)
    stage.answer('Retry')
    stage.hold()
    stage.run(3, 'failed')
    expect(stage.pending).toEqual([])
    stage.run(4)
    expect(stage.state.status).toBe('Success')
  })

  it('is not tried again after a cancellation, nor after an unknown outcome', () => {
    const waiting = new Stage([step('One', 'db', retried(1, 60))])
    waiting.run(1, 'failed')
    waiting.cancel()
    expect(waiting.state.status).toBe('Canceled')
    const unknown = new Stage([step('One', 'db', retried(1, 0))])
    unknown.run(1, 'unknown')
    expect(unknown.states).toEqual(['Unknown'])
  })
})

describe('a time-out', () => {
  const late = () => {
    const stage = new Stage([step('One', 'db', timed)])
    stage.offer()
    stage.now += 19_000
    stage.claim(1)
    // Its runner renews: it is not silent, only slow.
    for (let beat = 0; beat < 6; beat++) {
      stage.now += 20_000
      stage.happen({ type: 'renew', ...stage.reporter(1) })
      stage.happen({ type: 'tick' })
    }
    return stage
  }

  it('counts from the claim, and this side tells the runner a little later', () => {
    const stage = late()
    expect(stage.attempt(1).stop).toBeNull()
    stage.pass(TIME_OUT_SLACK_MS)
    expect(stage.effects.filter(({ type }) => type === 'cancel')).toEqual([
      { type: 'cancel', attempt: 1, reason: 'It did not end within 2 minutes' },
    ])
  })

  it.each([
    ['timed-out', 'TimedOut', 'Failed', 'timed-out'],
    ['canceled', 'TimedOut', 'Failed', 'timed-out'],
    ['failed', 'Failed', 'Failed', 'failed'],
    ['succeeded', 'Succeeded', 'Success', 'succeeded'],
  ] as const)('ends as its runner then says: %s', (outcome, state, status, conclusion) => {
    const stage = late()
    stage.pass(TIME_OUT_SLACK_MS)
    stage.complete(1, outcome)
    expect(stage.attempt(1).state).toBe(state)
    expect(stage.state).toMatchObject({ status, conclusion })
    if (state === 'TimedOut')
      expect(stage.state.error).toBe('Step 1 (One) failed on db-1: It did not end within 2 minutes')
  })

  it('is unknown when the runner is told, and neither ends it nor falls silent', () => {
    const stage = late()
    stage.pass(TIME_OUT_SLACK_MS)
    for (let beat = 0; beat <= BUSY_MS / 20_000; beat++) {
      stage.happen({ type: 'renew', ...stage.reporter(1) })
      stage.pass(20_000)
    }
    expect(stage.attempt(1).state).toBe('Unknown')
    expect(stage.pending).toMatchObject([{ kind: 'unknown' }])
  })
})
