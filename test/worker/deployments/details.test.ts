import { describe, expect, it } from 'vitest'
import { factsOf, treeOf } from '../../../worker/deployments/details.ts'
import { keptOf } from '../../../worker/deployments/kept.ts'
import type { LogNode } from '../../../worker/tasks/log.ts'
import { step } from './process.ts'
import { Stage } from './stage.ts'

const task = { id: 'ServerTasks-1', description: 'Deploy Shop' } as Parameters<
  typeof treeOf
>[1]['task']
const nodeOf = (stage: Stage, node: string): LogNode | undefined => {
  const all = (tree: LogNode): LogNode[] => [tree, ...tree.children.flatMap(all)]
  return all(treeOf(stage.state, { task })).find(each => each.node === node)
}
const tried = (properties: Record<string, string>) => ({ action: { Properties: properties } })

describe('a node of the tree', () => {
  it('says that it waits for a person, and how it goes on', () => {
    const stage = new Stage([step('One', 'db')], undefined, { guidedFailure: true })
    stage.run(1, 'failed')
    expect(nodeOf(stage, '1/Machines-3')).toMatchObject({
      status: 'Running',
      notes: [{ type: 'person', interruption: 'Interruptions-1-1' }],
    })
    stage.answer('Ignore')
    expect(nodeOf(stage, '1/Machines-3')).toMatchObject({
      status: 'SuccessWithWarning',
      message: 'Ada chose to ignore the failure.',
    })
  })

  it('says which try it is, and when the next one comes', () => {
    const stage = new Stage([
      step(
        'One',
        'db',
        tried({
          'Octopus.Action.AutoRetry.MaximumCount': '2',
          'Octopus.Action.AutoRetry.MinimumBackoff': '5',
        }),
      ),
    ])
    stage.run(1, 'failed')
    const retry = { type: 'retry', attempt: 2, of: 3 }
    expect(nodeOf(stage, '1/Machines-3')?.notes).toEqual([{ ...retry, at: stage.now + 5_000 }])
    stage.wait()
    expect(nodeOf(stage, '1/Machines-3')?.notes).toEqual([{ ...retry, at: null }])
  })

  it('calls what is unknown unknown, until somebody says what became of it', () => {
    const stage = new Stage([step('One', 'db')])
    stage.run(1, 'unknown')
    expect(nodeOf(stage, '1/Machines-3')?.notes).toContainEqual({ type: 'unknown' })
    stage.answer('MarkSucceeded')
    expect(nodeOf(stage, '1/Machines-3')).toMatchObject({
      status: 'SuccessWithWarning',
      message: 'Ada marked it as succeeded.',
    })
  })

  it('has a place of its own for what came after the end', () => {
    const stage = new Stage([step('One', 'db')])
    stage.run(1, 'unknown')
    expect(nodeOf(stage, '1/Machines-3/late')).toBeUndefined()
    stage.happen({ type: 'late-log', isNew: true, ...stage.reporter(1) })
    expect(nodeOf(stage, '1/Machines-3/late')).toMatchObject({ name: 'Came after the end' })
  })

  it('tells finalizers, time-outs, what was handled and what was kept', () => {
    const finalizer = {
      step: {
        Properties: { 'Octopus.Action.TargetRoles': 'db', 'Slipway.Step.IsFinalizer': 'True' },
      },
    }
    const steps = [
      step('Zero', 'db'),
      step('One', 'db', tried({ 'Octopus.Action.ExecutionTimeout.Minutes': '2' })),
      step('Mourn', 'db', { step: { Condition: 'Failure' } }),
      step('Clean up', 'db', finalizer),
    ]
    const stage = new Stage(steps)
    stage.run(1)
    stage.run(2, 'timed-out')
    stage.run(3)
    stage.run(4)
    expect(nodeOf(stage, '2')?.notes).toEqual([{ type: 'handled' }])
    expect(nodeOf(stage, '2/Machines-3')?.notes).toEqual([{ type: 'timed-out', afterMs: 120_000 }])
    expect(nodeOf(stage, '4')?.notes).toEqual([{ type: 'finalizer' }])
    const again = new Stage(steps, undefined, {
      id: 'Deployments-2',
      kept: keptOf(stage.state, [], null),
    })
    expect(nodeOf(again, '1/Machines-3')).toMatchObject({
      status: 'Success',
      notes: [{ type: 'kept', deploymentId: 'Deployments-1' }],
    })
  })
})

describe('an interruption', () => {
  it('is shown with its place, who has it and what was answered', () => {
    const stage = new Stage([step('One', 'db')], undefined, { guidedFailure: true })
    stage.run(1, 'failed')
    stage.answer('Fail', { notes: 'enough' })
    const [asked] = stage.asked
    expect(asked && factsOf(stage.state, asked)).toMatchObject({
      id: 'Interruptions-1-1',
      kind: 'guided-failure',
      stepName: 'One',
      placeName: 'db-1',
      responsibleUserName: 'Ada',
      state: 'Submitted',
      answer: 'Fail',
      notes: 'enough',
      answeredById: 'Users-1',
    })
  })
})
