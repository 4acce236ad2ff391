import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isActive, isFinalStatus } from '../../../worker/deployments/execution-state.ts'
import { CHOICES, type Choice } from '../../../worker/interruptions/interruption.ts'
import { step } from './process.ts'
import { ADA, BEN, holds, Stage } from './stage.ts'

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
