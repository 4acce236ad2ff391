import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LEASE_TTL_MS, LOST_AFTER_MS } from '../../../runner/protocol/limits.ts'
import { treeOf } from '../../../worker/deployments/details.ts'
import { isActive, isFinalStatus } from '../../../worker/deployments/execution-state.ts'
import { holderOf } from '../../../worker/deployments/key.ts'
import { wakeAt } from '../../../worker/deployments/passing.ts'
import { CHOICES, type Choice } from '../../../worker/interruptions/interruption.ts'
import { step } from './process.ts'
import { ADA, BEN, holds, Stage } from './stage.ts'

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
  const TRIED_AGAIN = {
    'Octopus.Action.AutoRetry.MaximumCount': '1',
    'Slipway.Action.RetrySafe': 'True',
    'Octopus.Action.ExecutionTimeout.Minutes': '1',
  }
  const APPROVAL = {
    ActionType: 'Octopus.Manual',
    Properties: { 'Octopus.Action.Manual.Instructions': 'Look' },
  }
  const FINALIZER = { 'Octopus.Action.TargetRoles': 'db', 'Slipway.Step.IsFinalizer': 'True' }
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
    fc.record({ kind: fc.constant('late-log'), number, epoch }),
    fc.record({ kind: fc.constant('run'), number, epoch, outcome }),
    fc.record({
      kind: fc.constant('answer'),
      number,
      choice: fc.constantFrom(...CHOICES),
      person: fc.constantFrom(ADA, BEN),
    }),
    fc.record({ kind: fc.constant('key'), waits: fc.boolean() }),
    fc.record({ kind: fc.constant('cancel'), really: fc.integer({ min: 0, max: 9 }) }),
  )
  type Anything = typeof anything extends fc.Arbitrary<infer T> ? T : never

  const happen = (stage: Stage, each: Anything): void => {
    const at = 'number' in each ? each.number : 1
    if (each.kind === 'answer' && 'choice' in each) {
      const { choice, person: by } = each as { choice: Choice; person: typeof ADA }
      return void stage.answer(choice, { by, number: at })
    }
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
      case 'late-log':
        return void stage.happen({ type: 'late-log', isNew: true, ...reporter })
      case 'run':
        stage.hold()
        return void stage.run(at, 'outcome' in each ? (each.outcome as 'failed') : 'failed')
      case 'key':
        return void stage.happen({
          type: 'key',
          waitsFor: 'waits' in each && each.waits ? 'ServerTasks-9' : null,
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
      for (const { number, kind } of stage.pending)
        stage.answer(kind === 'manual' ? 'Proceed' : kind === 'unknown' ? 'MarkFailed' : 'Retry', {
          number,
        })
      for (const { number } of stage.pending) stage.answer('Fail', { number })
      stage.hold()
      stage.offer()
      for (const { number } of stage.state.attempts.filter(isActive)) {
        stage.happen({ type: 'claim', ...stage.reporter(number), epoch: 3 })
        stage.happen({
          type: 'complete',
          ...stage.reporter(number),
          epoch: 3,
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
      fc.property(fc.array(anything, { maxLength: 40 }), fc.boolean(), (events, guidedFailure) => {
        const stage = new Stage(
          [
            step('One', 'web', { action: { Properties: TRIED_AGAIN } }),
            step('Two', 'db', { step: { Condition: 'Always', StartTrigger: 'StartWithPrevious' } }),
            step('Approve', '', { action: APPROVAL }),
            step('Three', 'web', { step: { Condition: 'Always' } }),
            step('Four', 'db', { step: { Condition: 'Cancelled' } }),
            step('Five', 'db', { step: { Properties: FINALIZER } }),
          ],
          holds,
          { guidedFailure },
        )
        const settled = new Map<number, string>()
        const ended = new Map<number, string>()
        const check = () => {
          const lanes = new Set<string>()
          for (const { number, state, answer } of stage.asked) {
            const before = settled.get(number)
            expect(before === undefined || before === `${state} ${answer}`).toBe(true)
            if (state !== 'Pending') settled.set(number, `${state} ${answer}`)
          }
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
        expect(stage.pending).toEqual([])
        // Each place ends well by a success, or because a person said so.
        if (stage.state.status === 'Success')
          for (const [index, { lanes }] of stage.state.steps.entries())
            for (const [at, { status, attempts, hasWarnings }] of lanes.entries()) {
              const last = stage.state.attempts[(attempts.at(-1) ?? 0) - 1]
              const isWell = last === undefined || last.state === 'Succeeded' || hasWarnings
              expect([index, at, status !== 'Success' || isWell]).toEqual([index, at, true])
            }
        expect(stage.state.conclusion).not.toBeNull()
        const kinds = stage.records.filter(each => each.startsWith('Deployment'))
        expect(kinds.filter(each => each !== 'DeploymentCancelling')).toHaveLength(1)
      }),
      { numRuns: 1_000 },
    )
  })
})
