import { describe, expect, it } from 'vitest'
import { formatRecord, type LogLevel } from '../../../runner/protocol/log-record.ts'
import {
  filterOf,
  firstLinesOf,
  linesOf,
  sourcesOf,
} from '../../../worker/deployments/portal-log.ts'
import { shownSteps } from '../../../worker/deployments/portal-tree.ts'
import type { LogChunk, LogNode } from '../../../worker/tasks/log.ts'

const chunk = (
  seq: number,
  node: string,
  firstLine: number,
  said: [LogLevel, string][],
): LogChunk => ({
  seq,
  node,
  firstLine,
  lines: said.length,
  receivedAt: 0,
  text: said.map(([level, text]) => formatRecord({ level, at: 0, text })).join(''),
})

const node = (id: string, name: string, more: Partial<LogNode> = {}): LogNode => ({
  node: id,
  name,
  status: 'Success',
  startedAt: 1_000,
  endedAt: 2_000,
  message: null,
  children: [],
  ...more,
})

const tree = node('', 'Deploy Shop', {
  children: [
    node('1', 'Step 1: Migrate the database', { children: [node('1/Workers-1', 'local')] }),
    node('2', 'Step 2: Deploy the shop', {
      status: 'Failed',
      message: 'The script ended with exit code 3.',
      children: [
        node('2/Machines-1', 'web-1'),
        node('2/Machines-2', 'web-2', {
          status: 'Failed',
          message: 'The script ended with exit code 3.',
          children: [node('2/Machines-2/1', '2.1: Extract')],
        }),
      ],
    }),
  ],
})

const chunks = [
  chunk(1, '', 1, [['highlight', 'Deploying']]),
  chunk(2, '1/Workers-1', 2, [
    ['info', 'Migrating'],
    ['verbose', 'pool: 4'],
  ]),
  chunk(3, '2/Machines-2/1', 4, [['error', 'no space']]),
  chunk(4, '2/Machines-1', 5, [['warning', 'slow']]),
]

const texts = (filter: string | undefined, step?: string) =>
  linesOf(chunks, { filter: filterOf(filter), step }, sourcesOf(tree)).map(({ text }) => text)

describe('the log of a deployment', () => {
  it.each([
    { filter: undefined, shown: ['Deploying', 'Migrating', 'no space', 'slow'] },
    { filter: 'all', shown: ['Deploying', 'Migrating', 'pool: 4', 'no space', 'slow'] },
    { filter: 'warning', shown: ['no space', 'slow'] },
    { filter: 'error', shown: ['no space'] },
    { filter: 'nonsense', shown: ['Deploying', 'Migrating', 'no space', 'slow'] },
  ])('shows the lines that the filter $filter lets through', ({ filter, shown }) =>
    expect(texts(filter)).toEqual(shown),
  )

  it('shows one step with all its targets and actions, and no step whose number begins alike', () => {
    expect(texts('all', '2')).toEqual(['no space', 'slow'])
    expect(texts('all', '1')).toEqual(['Migrating', 'pool: 4'])
  })

  it('numbers its lines over all of it, whatever is left out, and names who speaks', () => {
    expect(
      linesOf(chunks, { filter: 'info', step: undefined }, sourcesOf(tree)).map(
        ({ number, source }) => [number, source],
      ),
    ).toEqual([
      [1, undefined],
      [2, 'local'],
      [4, 'web-2'],
      [5, 'web-1'],
    ])
  })

  it('puts chunks that were read node by node in order', () => {
    const lines = linesOf(chunks.toReversed(), { filter: 'all', step: undefined }, new Map())
    expect(lines.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5])
  })
})

describe('the tree of a deployment', () => {
  it('shows steps with their targets, times and reasons, each reason once', () => {
    expect(shownSteps(tree, firstLinesOf(chunks), 0)).toMatchObject([
      {
        id: '1',
        name: 'Migrate the database',
        status: 'success',
        targets: [{ name: 'local', firstLine: 2 }],
      },
      {
        id: '2',
        name: 'Deploy the shop',
        status: 'failed',
        reason: 'The script ended with exit code 3.',
        startedAt: 1_000,
        endedAt: 2_000,
        targets: [
          { targetId: 'Machines-1', name: 'web-1', status: 'success', firstLine: 5 },
          { targetId: 'Machines-2', name: 'web-2', status: 'failed', reason: undefined },
        ],
      },
    ])
  })

  it('is empty before the deployment has started', () =>
    expect(shownSteps(undefined, new Map(), 0)).toEqual([]))
})
