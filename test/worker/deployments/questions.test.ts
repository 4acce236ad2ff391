import { describe, expect, it } from 'vitest'
import { LEASE_TTL_MS, LOST_AFTER_MS } from '../../../runner/protocol/limits.ts'
import { step } from './process.ts'
import { ADA, BEN, Stage } from './stage.ts'

const guided = (steps: ConstructorParameters<typeof Stage>[0]) =>
  new Stage(steps, undefined, { guidedFailure: true })
const safe = { action: { Properties: { 'Slipway.Action.RetrySafe': 'True' } } }
const manual = (properties: Record<string, string> = {}) => ({
  action: {
    ActionType: 'Octopus.Manual',
    Properties: { 'Octopus.Action.Manual.Instructions': 'Look at it', ...properties },
  },
})

/** One whose runner is silent until it is called unknown. */
const lose = (stage: Stage, number: number) => {
  stage.offer()
  stage.claim(number)
  stage.pass(LEASE_TTL_MS)
  stage.pass(LOST_AFTER_MS)
}

describe('guided failure', () => {
  it('asks before a failure counts, with the choices that make sense', () => {
    const stage = guided([step('One', 'db'), step('Two', 'db')])
    stage.run(1, 'failed')
    expect(stage.pending).toMatchObject([
      {
        kind: 'guided-failure',
        title: 'One failed on db-1',
        instructions: 'exit code 3',
        choices: ['Fail', 'Retry', 'Ignore', 'ExcludeMachine'],
      },
    ])
    expect(stage.state).toMatchObject({ status: 'Executing', error: null })
    expect(stage.records).toEqual(['InterruptionRaised'])
  })

  it.each([
    ['required', 'db', { action: { IsRequired: true } }, ['Fail', 'Retry']],
    ['without a target', '', {}, ['Fail', 'Retry', 'Ignore']],
  ])('offers less for a step that is %s', (_, tags, more, choices) => {
    const stage = guided([step('One', tags, more)])
    stage.run(1, 'failed')
    expect(stage.pending[0]?.choices).toEqual(choices)
  })

  it.each([
    ['Fail', 'Failed', 'aborted', ['Failed', 'Skipped']],
    ['Ignore', 'Success', 'with-warnings', ['Success', 'Success']],
    ['Retry', 'Success', 'succeeded', ['Success', 'Success']],
  ] as const)('on %s ends as %s, %s', (choice, status, conclusion, statuses) => {
    const stage = guided([step('One', 'db'), step('Two', 'db')])
    stage.run(1, 'failed')
    expect(stage.answer(choice)).toEqual({ type: 'done' })
    stage.finishAll()
    expect(stage.state).toMatchObject({ status, conclusion })
    expect(stage.statuses).toEqual(statuses)
  })

  it('drops an excluded target from the rest of the deployment, and warns', () => {
    const stage = guided([step('One', 'web'), step('Two', 'web')])
    stage.offer()
    stage.run(1)
    stage.run(2, 'failed')
    stage.answer('ExcludeMachine')
    stage.finishAll()
    expect(stage.lanes).toEqual([
      ['Success', 'Skipped'],
      ['Success', 'Skipped'],
    ])
    expect(stage.state).toMatchObject({ status: 'Success', conclusion: 'with-warnings' })
    expect(stage.state.excludedTargetIds).toEqual(['Machines-2'])
  })

  it('offers another try ten times, then no more', () => {
    const stage = guided([step('One', 'db')])
    for (let number = 1; number <= 10; number++) {
      stage.run(number, 'failed')
      expect(stage.pending[0]?.choices).toContain('Retry')
      stage.answer('Retry')
    }
    stage.run(11, 'failed')
    expect(stage.pending[0]?.choices).toEqual(['Fail', 'Ignore', 'ExcludeMachine'])
    expect(stage.answer('Retry')).toMatchObject({ type: 'declined', code: 'invalid' })
  })

  it('asks for each target that fails, and the others go on meanwhile', () => {
    const rolling = {
      step: {
        Properties: {
          'Octopus.Action.TargetRoles': 'web,db',
          'Octopus.Action.MaxParallelism': '2',
        },
      },
    }
    const stage = guided([step('Roll', 'web', rolling)])
    stage.offer()
    stage.claim(1)
    stage.claim(2)
    stage.complete(1, 'failed')
    expect(stage.state.attempts).toHaveLength(2)
    stage.complete(2)
    expect(stage.state.attempts).toHaveLength(3)
    stage.run(3, 'failed')
    expect(stage.pending).toHaveLength(2)
    stage.answer('Fail', { number: 1 })
    expect(stage.state.status).toBe('Executing')
    stage.answer('Fail', { number: 2 })
    expect(stage.state.status).toBe('Failed')
  })
})

describe('responsibility', () => {
  const asked = () => {
    const stage = guided([step('One', 'db')])
    stage.run(1, 'failed')
    return stage
  }
  const take = (stage: Stage, by = ADA, takeOver = false) =>
    stage.happen({ type: 'take', interruption: 1, by, teamIds: [], takeOver })
  const say = (stage: Stage, by = ADA) =>
    stage.happen({ type: 'answer', interruption: 1, by, teamIds: [], choice: 'Fail', notes: '' })

  it('comes before the answer, and one has it at a time', () => {
    const stage = asked()
    expect(say(stage)).toMatchObject({ code: 'invalid' })
    expect(take(stage)).toEqual({ type: 'done' })
    expect(take(stage)).toEqual({ type: 'done' })
    expect(take(stage, BEN)).toMatchObject({ code: 'conflict' })
    expect(take(stage, BEN, true)).toEqual({ type: 'done' })
    expect(say(stage)).toMatchObject({ code: 'conflict' })
    expect(say(stage, BEN)).toEqual({ type: 'done' })
    expect(stage.records).toEqual([
      'InterruptionRaised',
      'InterruptionTaken',
      'InterruptionTaken',
      'InterruptionSubmitted',
      'DeploymentFailed',
    ])
  })

  it('takes the first answer, again from the same person, and no other', () => {
    const stage = asked()
    take(stage)
    expect(say(stage)).toEqual({ type: 'done' })
    expect(say(stage)).toEqual({ type: 'done' })
    expect(say(stage, BEN)).toMatchObject({ code: 'conflict' })
    expect(take(stage, BEN, true)).toMatchObject({ code: 'conflict' })
    expect(stage.records.filter(each => each === 'InterruptionSubmitted')).toHaveLength(1)
  })

  it.each([
    ['nobody asked for', 7, 'missing'],
    ['no number', Number.NaN, 'missing'],
  ])('cannot be taken for what %s', (_, interruption, code) => {
    const stage = asked()
    expect(
      stage.happen({ type: 'take', interruption, by: ADA, teamIds: [], takeOver: true }),
    ).toMatchObject({ code })
  })

  it('is for the teams of the step, if it has any', () => {
    const teams = { 'Octopus.Action.Manual.ResponsibleTeamIds': 'Teams-1,Teams-2' }
    const stage = new Stage([step('Approve', '', manual(teams)), step('Go', 'db')])
    const request = { type: 'take', interruption: 1, by: ADA, takeOver: true } as const
    expect(stage.happen({ ...request, teamIds: ['Teams-3'] })).toMatchObject({ code: 'forbidden' })
    expect(stage.happen({ ...request, teamIds: ['Teams-2'] })).toEqual({ type: 'done' })
  })
})

describe('a manual step', () => {
  it('waits for a person instead of a runner, and goes on', () => {
    const stage = new Stage([step('Approve', '', manual()), step('Go', 'db')])
    expect(stage.state.attempts).toEqual([])
    expect(stage.pending).toMatchObject([
      {
        kind: 'manual',
        title: 'Approve',
        instructions: 'Look at it',
        choices: ['Proceed', 'Abort'],
      },
    ])
    stage.answer('Proceed', { notes: 'looks good' })
    expect(stage.notes).toContain('Ada chose to proceed: looks good')
    stage.hold()
    stage.run(1)
    expect(stage.state.conclusion).toBe('succeeded')
  })

  it('fails the deployment when it is aborted, and steps for failures run', () => {
    const stage = new Stage([
      step('Approve', '', manual()),
      step('Go', 'db'),
      step('Mourn', 'db', { step: { Condition: 'Failure' } }),
    ])
    stage.answer('Abort', { notes: 'not today' })
    stage.hold()
    stage.run(1, 'failed')
    expect(stage.statuses).toEqual(['Failed', 'Skipped', 'Failed'])
    expect(stage.state).toMatchObject({
      conclusion: 'aborted',
      error: 'Step 1 (Approve) failed: Ada aborted: not today',
    })
  })

  it('asks on each target when it has tags', () => {
    const stage = new Stage([
      step('Approve', 'web', {
        ...manual(),
        step: { Properties: { 'Octopus.Action.TargetRoles': 'web' } },
      }),
    ])
    expect(stage.pending.map(({ title }) => title)).toEqual([
      'Approve on web-1',
      'Approve on web-2',
    ])
  })

  it('need not be answered once the deployment is cancelled', () => {
    const stage = new Stage([step('Approve', '', manual()), step('Go', 'db')])
    stage.cancel()
    expect(stage.state.status).toBe('Canceled')
    expect(stage.asked[0]?.state).toBe('Canceled')
    expect(stage.answer('Proceed')).toMatchObject({ code: 'conflict' })
  })
})

describe('an unknown outcome', () => {
  it('asks, guided failure or not, and never ends the deployment by itself', () => {
    const stage = new Stage([step('One', 'db')])
    lose(stage, 1)
    expect(stage.pending).toMatchObject([
      { kind: 'unknown', choices: ['MarkSucceeded', 'MarkFailed', 'RunAgain'], attempt: 1 },
    ])
    stage.pass(10 * LOST_AFTER_MS)
    expect(stage.state.status).toBe('Executing')
  })

  it.each([
    ['MarkSucceeded', 'Success', 'with-warnings'],
    ['MarkFailed', 'Failed', 'failed'],
  ] as const)('is what a person says: %s', (choice, status, conclusion) => {
    const stage = new Stage([step('One', 'db')])
    lose(stage, 1)
    stage.answer(choice)
    expect(stage.state).toMatchObject({ status, conclusion })
    expect(stage.states).toEqual(['Unknown'])
  })

  it('lets nothing else begin there until the runner says that it is not running', () => {
    const stage = new Stage([step('One', 'db')])
    lose(stage, 1)
    stage.answer('RunAgain')
    stage.offer()
    expect(stage.claim(2)).toMatchObject({ type: 'refused', error: 'unavailable' })
    expect(stage.reconcile(1, 'running')).toEqual({ type: 'instruct', instruction: 'continue' })
    expect(stage.effects).toContainEqual(expect.objectContaining({ type: 'cancel', attempt: 1 }))
    expect(stage.claim(2, 2)).toMatchObject({ error: 'unavailable' })
    expect(stage.complete(1, 'canceled', 2)).toEqual({ type: 'done' })
    expect(stage.claim(2, 2)).toEqual({ type: 'done' })
    stage.complete(2, 'succeeded', 2)
    expect(stage.state).toMatchObject({ status: 'Success', conclusion: 'succeeded' })
    expect(stage.attempt(1)).toMatchObject({ state: 'Unknown', evidence: 'canceled' })
  })

  it('is asked about again when it cannot be run again, since its runner is not there', () => {
    const stage = new Stage([step('One', 'db')])
    lose(stage, 1)
    stage.answer('RunAgain')
    stage.offer({ isConnected: false, lastSeenAt: null })
    stage.now += 10_000
    stage.offer({ isConnected: false, lastSeenAt: null })
    expect(stage.states).toEqual(['Unknown', 'Failed'])
    expect(stage.state).toMatchObject({ status: 'Executing', error: null })
    expect(stage.pending).toMatchObject([{ kind: 'unknown', attempt: 1 }])
    expect(stage.pending[0]?.instructions).toMatch(/^It could not be run again\. No connection to/)
    stage.answer('MarkFailed')
    expect(stage.state).toMatchObject({ status: 'Failed', conclusion: 'failed' })
  })

  it('takes a new session whose journal does not name it for the same word', () => {
    const stage = new Stage([step('One', 'db')])
    lose(stage, 1)
    stage.answer('MarkSucceeded')
    const next = new Stage([step('One', 'db'), step('Two', 'db')])
    lose(next, 1)
    next.answer('MarkSucceeded')
    next.offer()
    expect(next.claim(2)).toMatchObject({ error: 'unavailable' })
    expect(next.claim(2, 2)).toEqual({ type: 'done' })
  })

  it.each(['finished', 'unknown', 'accepted'] as const)(
    'runs again by itself when that does no harm, once the journal says %s',
    state => {
      const stage = new Stage([step('One', 'db', safe)])
      lose(stage, 1)
      expect(stage.states).toEqual(['Unknown'])
      stage.reconcile(1, state)
      expect(stage.pending).toEqual([])
      expect(stage.states).toEqual(['Unknown', 'Pending'])
      stage.run(2)
      expect(stage.state.conclusion).toBe('succeeded')
    },
  )

  it('takes a claim for the word that it has not begun, also after the end', () => {
    const stage = new Stage([step('One', 'db', safe)])
    lose(stage, 1)
    expect(stage.claim(1)).toMatchObject({ error: 'gone' })
    expect(stage.states).toEqual(['Unknown', 'Pending'])
    const over = new Stage([step('One', 'db')])
    lose(over, 1)
    over.cancel()
    expect(over.effects).not.toContainEqual({ type: 'lift', attempt: 1 })
    expect(over.claim(1)).toMatchObject({ error: 'gone' })
    expect(over.effects).toContainEqual({ type: 'lift', attempt: 1 })
  })

  it('says in its log what a restart of the host may have cost', () => {
    const stage = new Stage([step('One', 'db')])
    stage.offer()
    stage.claim(1)
    const result = { outcome: 'unknown', exitCode: null, warnings: true } as const
    const report = { type: 'complete', ...stage.reporter(1), ...result } as const
    stage.happen({ ...report, reason: 'host-restarted' })
    expect(stage.effects).toContainEqual(
      expect.objectContaining({ type: 'note', text: expect.stringContaining('may be missing') }),
    )
    expect(stage.pending).toMatchObject([{ kind: 'unknown' }])
  })

  it('runs again by itself as soon as its runner has ended it, on order', () => {
    const stage = new Stage([step('One', 'db', safe)])
    lose(stage, 1)
    stage.happen({ type: 'absent', ...stage.reporter(1), fence: 9 })
    expect(stage.attempt(1).isGone).toBe(false)
    expect(stage.happen({ type: 'absent', ...stage.reporter(1, 2) })).toEqual({ type: 'done' })
    expect(stage.attempt(1)).toMatchObject({ state: 'Unknown', isGone: true })
    stage.run(2)
    expect(stage.state.status).toBe('Success')
  })

  it('does not run again by itself unless the action is declared safe, nor more than three times', () => {
    const plain = new Stage([step('One', 'db')])
    plain.run(1, 'unknown')
    expect(plain.states).toEqual(['Unknown'])
    const stage = new Stage([step('One', 'db', safe)])
    for (let number = 1; number <= 4; number++) stage.run(number, 'unknown')
    expect(stage.states).toEqual(['Unknown', 'Unknown', 'Unknown', 'Unknown'])
    expect(stage.pending).toMatchObject([{ kind: 'unknown' }])
  })

  it('keeps late output apart and takes a late outcome as evidence', () => {
    const stage = new Stage([step('One', 'db')])
    lose(stage, 1)
    expect(stage.happen({ type: 'late-log', isNew: true, ...stage.reporter(1) })).toEqual({
      type: 'done',
    })
    expect(stage.complete(1)).toEqual({ type: 'done' })
    expect(stage.attempt(1)).toMatchObject({
      state: 'Unknown',
      hasLateLog: true,
      evidence: 'succeeded',
    })
    expect(stage.state.status).toBe('Executing')
  })

  it('stays unknown when the deployment is cancelled meanwhile, and is ended when its runner is back', () => {
    const stage = new Stage([step('One', 'db')])
    lose(stage, 1)
    stage.cancel()
    expect(stage.state).toMatchObject({ status: 'Canceled', conclusion: 'unknown' })
    expect(stage.lanes).toEqual([['Abandoned']])
    expect(stage.reconcile(1, 'running')).toEqual({ type: 'instruct', instruction: 'continue' })
    expect(stage.effects.at(-1)).toMatchObject({ type: 'cancel', attempt: 1 })
    stage.complete(1, 'canceled', 2)
    expect(stage.attempt(1)).toMatchObject({ state: 'Unknown', isGone: true, hasLateLog: false })
    expect(stage.state).toMatchObject({ status: 'Canceled', conclusion: 'unknown' })
  })
})

describe('the concurrency key', () => {
  it('is free while only people are waited for, and taken back before anything is offered', () => {
    const stage = guided([step('One', 'web')])
    stage.offer()
    stage.claim(1)
    stage.claim(2)
    stage.complete(1, 'failed')
    expect(stage.state.key).toBe('held')
    stage.complete(2)
    expect(stage.state.key).toBe('free')
    stage.effects = []
    stage.answer('Retry')
    expect(stage.state.key).toBe('wanted')
    expect(stage.effects).toContainEqual({ type: 'reclaim' })
    expect(stage.effects).not.toContainEqual({ type: 'dispatch' })
    stage.happen({ type: 'key', waitsFor: 'ServerTasks-9 (Deploy Shop 1.0.1 to Staging)' })
    expect(stage.state.waitingFor).toBe('ServerTasks-9 (Deploy Shop 1.0.1 to Staging) comes first.')
    stage.effects = []
    stage.wait()
    expect(stage.effects).toEqual([{ type: 'reclaim' }])
    stage.hold()
    expect(stage.state).toMatchObject({ key: 'held', waitingFor: null })
    expect(stage.effects).toContainEqual({ type: 'dispatch' })
    stage.run(3)
    expect(stage.state.status).toBe('Success')
  })

  it.each([
    ['a manual step that keeps others out', true],
    ['any other manual step', false],
  ])('while %s waits is kept: %s', (_, blocks) => {
    const stage = new Stage([
      step(
        'Approve',
        '',
        manual({ 'Octopus.Action.Manual.BlockConcurrentDeployments': `${blocks}` }),
      ),
    ])
    expect(stage.state.key).toBe(blocks ? 'held' : 'free')
  })

  it('is kept while a lost attempt may still run, and free once its runner says that it does not', () => {
    const stage = new Stage([step('One', 'db')])
    lose(stage, 1)
    expect(stage.state.key).toBe('held')
    stage.reconcile(1, 'finished')
    expect(stage.state.key).toBe('free')
    stage.answer('MarkFailed')
    expect(stage.state.status).toBe('Failed')
  })

  it('is not taken back when there is nothing more to do', () => {
    const stage = new Stage([step('Approve', '', manual())])
    stage.answer('Proceed')
    expect(stage.state).toMatchObject({ status: 'Success', key: 'free' })
    expect(stage.effects).not.toContainEqual({ type: 'reclaim' })
  })
})
