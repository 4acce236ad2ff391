import { describe, expect, it } from 'vitest'
import type { Oracle } from '../../../worker/deployments/oracle.ts'
import { step } from './process.ts'
import { holds, Stage } from './stage.ts'

const child = (name: string, more: object = {}) => ({
  Id: name,
  Name: name,
  ActionType: 'Octopus.Script',
  ...more,
})
const roll = (window: number, ...children: object[]) => ({
  Id: 'roll',
  Name: 'Roll',
  Properties: {
    'Octopus.Action.TargetRoles': 'web,db',
    'Octopus.Action.MaxParallelism': `${window}`,
  },
  Actions: children,
})
const placeOf = (stage: Stage) =>
  stage.state.attempts.map(({ lane, action }) => `${'db,web-1,web-2'.split(',')[lane]} ${action}`)

describe('a rolling step', () => {
  it('slides: the next target starts as soon as any slot is free', () => {
    const stage = new Stage([roll(2, child('a'), child('b'))])
    expect(placeOf(stage)).toEqual(['db 0', 'web-1 0'])
    stage.run(2)
    stage.run(3)
    expect(placeOf(stage)).toEqual(['db 0', 'web-1 0', 'web-1 1', 'web-2 0'])
    stage.finishAll()
    expect(stage.state.status).toBe('Success')
    expect(stage.lanes).toEqual([['Success', 'Success', 'Success']])
  })

  it('ends a failed target’s own children, lets the others end, and starts no further target', () => {
    const stage = new Stage([roll(2, child('a'), child('b'))])
    stage.run(1, 'failed')
    stage.run(2)
    expect(placeOf(stage)).toEqual(['db 0', 'web-1 0', 'web-1 1'])
    stage.run(3)
    expect(stage.lanes).toEqual([['Failed', 'Success', 'Skipped']])
    expect(stage.state.status).toBe('Failed')
  })

  it('asks a child’s condition on each target', () => {
    const conditional = child('b', {
      Condition: 'Variable',
      Properties: { 'Octopus.Action.ConditionVariableExpression': '#{x}' },
    })
    const onWeb: Oracle = {
      ...holds,
      holds: (_, { lane }) =>
        lane === 0
          ? { holds: false, why: '#{x} could not be resolved.' }
          : { holds: true, why: null },
    }
    const stage = new Stage([roll(1, child('a'), conditional, child('c'))], onWeb)
    stage.finishAll()
    expect(placeOf(stage)).toEqual([
      'db 0',
      'db 2',
      ...['web-1', 'web-2'].flatMap(name => [0, 1, 2].map(action => `${name} ${action}`)),
    ])
    expect(stage.notes).toContain(
      'Skipped: Its condition does not hold: #{x} could not be resolved.',
    )
  })

  it('waits for a person on one target while the next slots slide on', () => {
    const stage = new Stage([roll(2, child('a'))], undefined, { guidedFailure: true })
    stage.run(1, 'failed')
    stage.run(2)
    stage.run(3)
    expect(stage.lanes).toEqual([['Running', 'Success', 'Success']])
    stage.answer('ExcludeMachine')
    expect(stage.state).toMatchObject({ status: 'Success', conclusion: 'with-warnings' })
  })

  it('goes on with a target that is taken out, and leaves no window unused', () => {
    const stage = new Stage([roll(1, child('a')), step('After', 'db')], undefined, {
      guidedFailure: true,
    })
    stage.run(1, 'failed')
    expect(placeOf(stage)).toEqual(['db 0'])
    stage.answer('ExcludeMachine')
    stage.hold()
    stage.finishAll()
    expect(stage.lanes).toEqual([['Skipped', 'Success', 'Success'], ['Skipped']])
  })
})

describe('a group of steps', () => {
  it('asks all its conditions before any of its members runs, and members at work end', () => {
    const together = { StartTrigger: 'StartWithPrevious' }
    const stage = new Stage([
      step('One', 'db'),
      step('Two', 'web', { step: { ...together } }),
      step('Mourn', 'web', { step: { ...together, Condition: 'Failure' } }),
      step('After', 'web', { step: { Condition: 'Failure' } }),
    ])
    stage.offer()
    for (const number of [1, 2, 3]) stage.claim(number)
    stage.complete(1, 'failed')
    stage.complete(2)
    stage.complete(3)
    expect(stage.statuses).toEqual(['Failed', 'Success', 'Skipped', 'Running'])
  })
})
