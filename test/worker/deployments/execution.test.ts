import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LEASE_TTL_MS, LOST_AFTER_MS } from '../../../runner/protocol/limits.ts'
import type { Event } from '../../../worker/deployments/event.ts'
import { decide } from '../../../worker/deployments/execution.ts'
import {
  type Attempt,
  beginExecution,
  type Execution,
  isActive,
  isFinalStatus,
  wakeAt,
} from '../../../worker/deployments/execution-state.ts'
import type { Oracle } from '../../../worker/deployments/progress.ts'
import type { Effect } from '../../../worker/deployments/turn.ts'
import { planOf, step } from './process.ts'

const holds: Oracle = () => ({ holds: true, why: null })
const ID = 'Deployments-1'

/** A deployment with a hub and runners that do as they are told. */
class Stage {
  state: Execution
  now = 1_000
  effects: Effect[] = []
  readonly oracle: Oracle
  constructor(steps: Parameters<typeof planOf>[0], oracle = holds) {
    this.state = beginExecution(ID, planOf(steps).plan, this.now)
    this.oracle = oracle
    this.happen({ type: 'start' })
  }

  happen(event: Event) {
    const decision = decide(this.state, event, this.now, this.oracle)
    this.state = decision.state
    this.effects.push(...decision.effects)
    return decision.answer
  }

  pass(ms: number) {
    this.now += ms
    return this.happen({ type: 'tick' })
  }

  attempt(number: number): Attempt {
    const found = this.state.attempts[number - 1]
    if (!found) throw new Error(`no attempt ${number}`)
    return found
  }

  reporter(number: number) {
    const { step, lane } = this.attempt(number)
    const target = this.state.plan.steps[step]?.lanes[lane]?.targetId
    return {
      attempt: number,
      fence: number,
      runnerId: target ? `Runners-${target.slice(-1)}` : 'Runners-9',
      epoch: 1,
    }
  }

  offer({ isConnected = true, lastSeenAt = this.now as number | null } = {}) {
    const offerings = this.state.attempts
      .filter(({ state }) => state === 'Pending' || state === 'Offered')
      .map(({ number }) => ({ ...this.reporter(number), isConnected, lastSeenAt }))
    return this.happen({ type: 'offered', offerings })
  }
  claim(number: number) {
    return this.happen({ type: 'claim', ...this.reporter(number) })
  }
  complete(number: number, outcome: 'succeeded' | 'failed' | 'canceled' | 'unknown' = 'succeeded') {
    const result = {
      outcome,
      exitCode: outcome === 'failed' ? 3 : 0,
      reason: null,
      warnings: false,
    }
    return this.happen({ type: 'complete', ...this.reporter(number), ...result })
  }
  run(number: number, outcome?: Parameters<Stage['complete']>[1]) {
    this.offer()
    this.claim(number)
    return this.complete(number, outcome)
  }

  get statuses() {
    return this.state.steps.map(({ status }) => status)
  }
  get notes() {
    return this.effects.flatMap(effect => (effect.type === 'note' ? [effect.text] : []))
  }
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
    const stage = new Stage([step('One', 'db'), step('Two', 'db', variable('#{x}'))], () => ({
      holds: answer,
      why: null,
    }))
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
})

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
    expect(stage.state.status).toBe('Failed')
    expect(stage.complete(1)).toEqual({ type: 'done' })
    expect(stage.attempt(1)).toMatchObject({ state: 'Unknown', evidence: 'succeeded' })
    expect(stage.state.status).toBe('Failed')
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

describe('events in any order, late and repeated', () => {
  const number = fc.integer({ min: 1, max: 6 })
  const epoch = fc.integer({ min: 1, max: 2 })
  const outcome = fc.constantFrom('succeeded', 'failed', 'canceled', 'unknown', 'timed-out')
  const anything = fc.oneof(
    fc.record({ kind: fc.constant('offered'), isConnected: fc.boolean() }),
    fc.record({ kind: fc.constant('claim'), number, epoch }),
    fc.record({ kind: fc.constant('renew'), number, epoch }),
    fc.record({ kind: fc.constant('complete'), number, epoch, outcome }),
    fc.record({
      kind: fc.constant('reconcile'),
      number,
      epoch,
      journal: fc.constantFrom('accepted', 'running', 'finished'),
    }),
    fc.record({ kind: fc.constant('pass'), ms: fc.constantFrom(1, 6_000, 61_000, 700_000) }),
    fc.record({ kind: fc.constant('restart') }),
    fc.record({ kind: fc.constant('locked') }),
    fc.record({ kind: fc.constant('undispatched') }),
    fc.record({ kind: fc.constant('cancel'), really: fc.integer({ min: 0, max: 9 }) }),
  )
  type Anything = typeof anything extends fc.Arbitrary<infer T> ? T : never

  const happen = (stage: Stage, each: Anything): void => {
    const at = 'number' in each ? each.number : 1
    if (at > stage.state.attempts.length) return
    const reporter = { ...stage.reporter(at), ...('epoch' in each && { epoch: each.epoch }) }
    switch (each.kind) {
      case 'offered': {
        // As late as can be: of attempts that have long ended too.
        const isConnected = 'isConnected' in each && each.isConnected
        const offerings = stage.state.attempts.map(({ number }) => ({
          ...stage.reporter(number),
          isConnected,
          lastSeenAt: null,
        }))
        return void stage.happen({ type: 'offered', offerings })
      }
      case 'claim':
      case 'renew':
        return void stage.happen({ type: each.kind, ...reporter })
      case 'complete':
        return void stage.happen({
          type: 'complete',
          ...reporter,
          outcome: 'outcome' in each ? (each.outcome as 'failed') : 'failed',
          exitCode: null,
          reason: null,
          warnings: false,
        })
      case 'reconcile':
        return void stage.happen({
          type: 'reconcile',
          ...reporter,
          state: 'journal' in each ? (each.journal as 'running') : 'running',
          reason: undefined,
        })
      case 'pass':
        return void stage.pass('ms' in each ? each.ms : 1)
      case 'locked':
        return void stage.happen({ type: 'locked', holders: 'somebody' })
      case 'cancel':
        if ('really' in each && each.really > 0) return
        return void stage.happen({ type: 'cancel', by: 'Ada', reason: 'Canceled by Ada' })
      default:
        return void stage.happen({ type: each.kind as 'restart' | 'undispatched' })
    }
  }

  /** Everybody works again: it must come to its end by itself. */
  const heal = (stage: Stage): void => {
    for (let round = 0; round < 50 && !isFinalStatus(stage.state.status); round++) {
      stage.offer()
      for (const { number } of stage.state.attempts.filter(isActive)) {
        stage.happen({ type: 'claim', ...stage.reporter(number), epoch: 2 })
        stage.happen({
          type: 'complete',
          ...stage.reporter(number),
          epoch: 2,
          outcome: 'succeeded',
          exitCode: 0,
          reason: null,
          warnings: false,
        })
      }
      stage.pass(1_000)
    }
  }

  it('end every assignment once, and the deployment with them', () => {
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 40 }), events => {
        const stage = new Stage([
          step('One', 'web'),
          step('Two', 'db', { step: { Condition: 'Always', StartTrigger: 'StartWithPrevious' } }),
          step('Three', 'web', { step: { Condition: 'Always' } }),
        ])
        const ended = new Map<number, string>()
        const check = () => {
          const lanes = new Set<string>()
          for (const attempt of stage.state.attempts) {
            const { number, step, lane, state } = attempt
            const before = ended.get(number)
            expect(before === undefined || before === state).toBe(true)
            if (!isActive(attempt)) ended.set(number, state)
            else {
              expect(lanes.has(`${step}/${lane}`)).toBe(false)
              lanes.add(`${step}/${lane}`)
            }
          }
        }
        for (const event of events) {
          const status = stage.state.status
          happen(stage, event)
          check()
          if (isFinalStatus(status)) expect(stage.state.status).toBe(status)
          expect(JSON.parse(JSON.stringify(stage.state))).toEqual(stage.state)
        }
        heal(stage)
        check()
        expect(isFinalStatus(stage.state.status)).toBe(true)
        expect(stage.effects.filter(({ type }) => type === 'finished')).toHaveLength(1)
        expect(stage.state.attempts.some(isActive)).toBe(false)
        const failed = stage.state.attempts.some(
          ({ state }) => !['Succeeded', 'Withdrawn', 'Canceled'].includes(state),
        )
        if (stage.state.status === 'Success') expect(failed).toBe(false)
      }),
      { numRuns: 1_000 },
    )
  })
})
