import { beforeEach, describe, expect, it } from 'vitest'
import { GIVE_UP_MS, isGivenUp, isUnopenable, WAITING } from '../../../worker/deployments/delay.ts'
import type { Event } from '../../../worker/deployments/event.ts'
import { decide } from '../../../worker/deployments/execution.ts'
import { beginExecution, type Execution } from '../../../worker/deployments/execution-state.ts'
import { waitingText } from '../../../worker/deployments/key.ts'
import { wakeAt } from '../../../worker/deployments/passing.ts'
import type { Effect } from '../../../worker/deployments/turn.ts'
import { planOf, step } from './process.ts'
import { holds } from './stage.ts'

const unlock = step('Unlock', 'web', {
  step: {
    Properties: { 'Octopus.Action.TargetRoles': 'web', 'Slipway.Step.IsFinalizer': 'True' },
  },
})

let state: Execution
let now: number
let effects: Effect[]
beforeEach(() => {
  state = beginExecution('Deployments-1', planOf([step('One', 'db'), unlock]).plan, 0)
  now = 0
  effects = []
})
const happen = (event: Event) => {
  const decision = decide(state, event, now, holds)
  state = decision.state
  effects = decision.effects
}
const notes = () => effects.flatMap(effect => (effect.type === 'note' ? [effect.text] : []))

describe('a deployment whose variables cannot be read', () => {
  it('says that it waits for the database, once, and tries again after growing pauses', () => {
    const pauses: number[] = []
    const said: string[] = []
    for (let tries = 0; tries < 8; tries++) {
      happen({ type: 'unread' })
      said.push(...notes())
      const at = wakeAt(state) ?? 0
      pauses.push((at - now) / 1_000)
      now = at
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60])
    expect(said).toEqual([WAITING])
    expect(waitingText(state)).toBe(WAITING)
    expect(state).toMatchObject({ status: 'Executing', attempts: [] })
  })

  it('begins nothing while time passes', () => {
    happen({ type: 'unread' })
    now = 10_000
    happen({ type: 'tick' })
    happen({ type: 'restart' })
    expect(state.attempts).toEqual([])
  })

  it('goes on when they can', () => {
    happen({ type: 'unread' })
    happen({ type: 'start' })
    expect(state).toMatchObject({ status: 'Executing', delay: null, waitingFor: null })
    expect(state.attempts).toHaveLength(1)
    expect(notes()).toEqual(['The database is back.'])
  })

  it('is given up after a quarter of an hour, with the reason', () => {
    happen({ type: 'unread' })
    expect(isGivenUp(state, GIVE_UP_MS - 1)).toBe(false)
    expect(isGivenUp(state, GIVE_UP_MS)).toBe(true)
    now = GIVE_UP_MS
    happen({ type: 'abort', reason: 'The database did not answer.' })
    expect(state).toMatchObject({
      status: 'Failed',
      error: 'The database did not answer.',
      waitingFor: null,
      delay: null,
    })
  })

  it('is cancelled at once, with nothing to put right again', () => {
    happen({ type: 'unread' })
    happen({ type: 'cancel', by: 'Ada', reason: 'Canceled by Ada' })
    expect(state).toMatchObject({ status: 'Canceled', attempts: [] })
    happen({ type: 'start' })
    happen({ type: 'unread' })
    expect(state).toMatchObject({ status: 'Canceled', delay: null })
  })
})

it.each([
  { error: new DOMException('', 'OperationError'), isFinal: true },
  { error: new Error('MASTER_KEY must be 32 bytes in base64; it is 3'), isFinal: true },
  { error: new Error('failed', { cause: new Error('no data key for Spaces-1') }), isFinal: true },
  { error: new Error('Failed query', { cause: new Error('fetch failed') }), isFinal: false },
  { error: new TypeError('Network connection lost.'), isFinal: false },
])('waiting is of no use when a key is wrong: $error, $isFinal', ({ error, isFinal }) =>
  expect(isUnopenable(error)).toBe(isFinal),
)
