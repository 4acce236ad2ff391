import { describe, expect, it } from 'vitest'
import { LEASE_TTL_MS, LOST_AFTER_MS } from '../../../runner/protocol/limits.ts'
import { step } from './process.ts'
import { Stage } from './stage.ts'

describe('an attempt', () => {
  it('is refused to an older fence, another runner and an older session', () => {
    const stage = new Stage([step('One', 'db')])
    stage.offer()
    const reporter = { ...stage.reporter(1), epoch: 2 }
    expect(stage.happen({ type: 'claim', ...reporter, fence: 0 })).toMatchObject({ error: 'stale' })
    expect(stage.happen({ type: 'claim', ...reporter, runnerId: 'Runners-7' })).toMatchObject({
      error: 'gone',
    })
    expect(stage.happen({ type: 'claim', ...reporter })).toEqual({ type: 'done' })
    expect(stage.happen({ type: 'claim', ...reporter })).toEqual({ type: 'done' })
    expect(stage.happen({ type: 'claim', ...reporter, epoch: 1 })).toMatchObject({ error: 'stale' })
  })

  it.each([
    { when: 'just before its lease ends', after: LEASE_TTL_MS - 1, state: 'Running' },
    { when: 'as its lease ends', after: LEASE_TTL_MS, state: 'Unreachable' },
    {
      when: 'when it has been silent for too long',
      after: LEASE_TTL_MS + LOST_AFTER_MS,
      state: 'Unknown',
    },
  ])('is $state $when', ({ after, state }) => {
    const stage = new Stage([step('One', 'db')])
    stage.offer()
    stage.claim(1)
    stage.pass(Math.min(after, LEASE_TTL_MS))
    if (after > LEASE_TTL_MS) stage.pass(after - LEASE_TTL_MS)
    expect(stage.attempt(1).state).toBe(state)
  })

  it('goes on when its runner is back, and never after it was called unknown', () => {
    const stage = new Stage([step('One', 'db')])
    stage.offer()
    stage.claim(1)
    stage.pass(LEASE_TTL_MS)
    expect(stage.happen({ type: 'renew', ...stage.reporter(1) })).toEqual({ type: 'done' })
    expect(stage.attempt(1).state).toBe('Running')
    stage.pass(LEASE_TTL_MS)
    stage.pass(LOST_AFTER_MS)
    expect(stage.complete(1)).toEqual({ type: 'done' })
    expect(stage.attempt(1)).toMatchObject({ state: 'Unknown', evidence: 'succeeded' })
    expect(stage.state.status).toBe('Executing')
    expect(stage.asked).toMatchObject([{ kind: 'unknown', state: 'Pending' }])
  })

  it('fails when its target is not there, and says when it was last seen', () => {
    const stage = new Stage([step('One', 'db')])
    stage.offer({ isConnected: false, lastSeenAt: null })
    stage.now += 10_000
    stage.offer({ isConnected: false, lastSeenAt: null })
    expect(stage.state).toMatchObject({
      status: 'Failed',
      error:
        'Step 1 (One) failed on db-1: No connection to db-1: its runner has never connected. Check that the runner is running and can reach the server.',
    })
    expect(stage.effects).toContainEqual({ type: 'withdraw', attempt: 1 })
    expect(stage.claim(1)).toMatchObject({ error: 'gone' })
  })

  it('waits for a runner that is connected but busy', () => {
    const stage = new Stage([step('One', 'db')])
    for (let asked = 0; asked < 10; asked++) {
      stage.offer()
      stage.now += 20_000
    }
    expect(stage.attempt(1).state).toBe('Offered')
  })

  it('is given time once after the server was away, but not for ever', () => {
    const stage = new Stage([step('One', 'db')])
    stage.offer()
    stage.claim(1)
    stage.now += 2 * LEASE_TTL_MS
    stage.happen({ type: 'restart' })
    stage.pass(LEASE_TTL_MS - 1)
    expect(stage.attempt(1).state).toBe('Running')
    stage.happen({ type: 'restart' })
    stage.pass(1)
    expect(stage.attempt(1).state).toBe('Unreachable')
  })

  it.each([
    ['accepted', 'continue'],
    ['starting', 'continue'],
    ['running', 'continue'],
    ['finished', 'upload-rest'],
    ['unknown', 'upload-rest'],
  ] as const)('that was claimed and is %s in the journal is told to %s', (state, instruction) => {
    const stage = new Stage([step('One', 'db')])
    stage.offer()
    stage.claim(1)
    expect(
      stage.happen({ type: 'reconcile', ...stage.reporter(1), epoch: 2, state, reason: undefined }),
    ).toEqual({ type: 'instruct', instruction })
  })

  it('is claimed again later while its offer is lost', () => {
    const stage = new Stage([step('One', 'db')])
    const early = { type: 'claim', attempt: 1, runnerId: 'Runners-1', epoch: 1, fence: 1 } as const
    expect(stage.happen(early)).toMatchObject({ type: 'refused', error: 'unavailable' })
    expect(stage.attempt(1).state).toBe('Pending')
  })

  it('is not given to a claim of the session before, late on its way', () => {
    const stage = new Stage([step('One', 'db')])
    stage.offer()
    const accepted = { state: 'accepted', reason: undefined } as const
    const now = { ...stage.reporter(1), epoch: 2 }
    expect(stage.happen({ type: 'reconcile', ...now, ...accepted })).toMatchObject({
      instruction: 'continue',
    })
    const late = { ...stage.reporter(1), epoch: 1 }
    expect(stage.happen({ type: 'claim', ...late })).toMatchObject({ error: 'stale' })
    expect(stage.happen({ type: 'claim', ...now }).type).toBe('done')
    expect(stage.attempt(1)).toMatchObject({ state: 'Running', epoch: 2 })
  })

  it.each([
    ['running', 'kill'],
    ['finished', 'forget'],
  ] as const)(
    'that ended without its runner and is %s there is told to %s',
    (state, instruction) => {
      const stage = new Stage([step('One', 'db')])
      stage.offer()
      stage.happen({ type: 'cancel', by: 'Ada', reason: 'Canceled by Ada' })
      expect(
        stage.happen({ type: 'reconcile', ...stage.reporter(1), state, reason: undefined }),
      ).toEqual({ type: 'instruct', instruction })
    },
  )
})
