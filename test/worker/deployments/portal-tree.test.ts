import { describe, expect, it } from 'vitest'
import { shownSteps } from '../../../worker/deployments/portal-tree.ts'
import type { LogNode, NodeNote } from '../../../worker/tasks/log.ts'

const node = (id: string, name: string, more: Partial<LogNode> = {}): LogNode => ({
  node: id,
  name,
  status: 'Running',
  startedAt: 1_000,
  endedAt: null,
  message: null,
  children: [],
  ...more,
})

const lane = (notes: NodeNote[], more: Partial<LogNode> = {}, now = 10_000) => {
  const target = node('1/Machines-1', 'web-1', { notes, ...more })
  const tree = node('', 'Deploy', { children: [node('1', 'Step 1: Say', { children: [target] })] })
  return shownSteps(tree, new Map(), now)[0]?.targets[0]
}

describe('the tree of steps says', () => {
  it.each<[string, NodeNote, object]>([
    [
      'that somebody is asked, with the way there',
      { type: 'person', interruption: 'Interruptions-1-1' },
      {
        status: 'waiting',
        word: 'Waiting for a person',
        notes: [
          {
            kind: 'wait',
            text: 'Waiting for a person',
            href: '#question-Interruptions-1-1',
          },
        ],
      },
    ],
    [
      'which task holds a target',
      {
        type: 'target',
        name: 'web-1',
        heldBy: { taskId: 'ServerTasks-9', deploymentId: 'Deployments-7' },
      },
      {
        status: 'running',
        notes: [
          {
            kind: 'wait',
            text: 'Waiting for web-1, held by ServerTasks-9',
            href: '/deployments/Deployments-7',
          },
        ],
      },
    ],
    [
      'that a target is held by what the reader may not see',
      { type: 'target', name: 'web-1', heldBy: null },
      {
        notes: [
          {
            kind: 'wait',
            text: 'Waiting for web-1, held by a task that you may not see',
            href: undefined,
          },
        ],
      },
    ],
    [
      'when the next try is',
      { type: 'retry', attempt: 2, of: 4, at: 40_000 },
      { notes: [{ kind: 'wait', text: 'Attempt 2 of 4, in 30 s' }] },
    ],
    [
      'which try runs',
      { type: 'retry', attempt: 3, of: 4, at: 5_000 },
      { notes: [{ kind: 'plain', text: 'Attempt 3 of 4' }] },
    ],
    [
      'what came from an earlier deployment',
      { type: 'kept', deploymentId: 'Deployments-3' },
      {
        notes: [
          {
            kind: 'plain',
            text: 'Done by an earlier deployment, and kept',
            href: '/deployments/Deployments-3',
          },
        ],
      },
    ],
  ])('%s', (_, note, expected) => expect(lane([note])).toMatchObject(expected))

  it.each<[string, NodeNote, object]>([
    [
      'what was stopped for its time',
      { type: 'timed-out', afterMs: 300_000 },
      { status: 'failed', word: 'Timed out', notes: [{ text: 'Timed out after 5 min' }] },
    ],
    [
      'what is unknown, and never that it succeeded',
      { type: 'unknown' },
      { status: 'unknown', notes: [{ text: 'Nobody knows whether it ran to its end.' }] },
    ],
    ['what was handled', { type: 'handled' }, { status: 'handled', notes: [] }],
  ])('%s', (_, note, expected) =>
    expect(lane([note], { status: 'Failed', endedAt: 2_000 })).toMatchObject(expected),
  )

  it('from the top that a person is waited for somewhere', () => {
    const action = node('1/Machines-1/2', 'Swap', {
      notes: [{ type: 'person', interruption: 'Interruptions-1-1' }],
    })
    const target = node('1/Machines-1', 'web-1', { children: [action] })
    const tree = node('', 'Deploy', {
      children: [node('1', 'Step 1: Say', { children: [target] })],
    })
    const [step] = shownSteps(tree, new Map(), 0)
    expect(step).toMatchObject({ status: 'waiting', targets: [{ status: 'waiting' }] })
  })

  it('that what had not begun when its step was over did not run', () => {
    const action = node('1/Machines-1/1', 'Swap', { status: 'Pending', startedAt: null })
    const target = node('1/Machines-1', 'web-1', { status: 'Pending', children: [action] })
    const step = node('1', 'Step 1: Say', {
      status: 'Skipped',
      endedAt: 1_000,
      message: 'A step before it failed.',
      children: [target],
    })
    expect(shownSteps(node('', 'Deploy', { children: [step] }), new Map(), 0)).toEqual([
      expect.objectContaining({
        status: 'skipped',
        reason: 'A step before it failed.',
        targets: [
          expect.objectContaining({
            status: 'skipped',
            actions: [expect.objectContaining({ status: 'skipped' })],
          }),
        ],
      }),
    ])
  })

  it('what runs whatever happens, and the actions of a place one by one', () => {
    const action = node('1/Machines-1/1', 'Drain', { status: 'Success', endedAt: 2_000 })
    expect(lane([{ type: 'finalizer' }], { children: [action] })).toMatchObject({
      notes: [{ text: 'Runs whatever becomes of the others' }],
      actions: [{ name: 'Drain', status: 'success' }],
    })
  })
})
