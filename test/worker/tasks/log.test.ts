import { describe, expect, it } from 'vitest'
import { formatRecord, type LogRecord } from '../../../runner/protocol/log-record.ts'
import {
  activityLogs,
  entriesOf,
  type LogChunk,
  type LogNode,
  rawText,
  type TaskDetails,
} from '../../../worker/tasks/log.ts'

const AT = Date.UTC(2026, 0, 1, 12, 0, 0)
const chunk = (seq: number, node: string, ...lines: (string | Partial<LogRecord>)[]): LogChunk => ({
  seq,
  node,
  firstLine: seq * 10,
  lines: lines.length,
  receivedAt: AT,
  text: lines
    .map(line => (typeof line === 'string' ? { text: line } : line))
    .map(line => formatRecord({ level: 'info', at: AT, text: '', ...line }))
    .join(''),
})

const node = (id: string, name: string, children: LogNode[] = []): LogNode => ({
  node: id,
  name,
  status: 'Success',
  startedAt: AT,
  endedAt: AT + 1_000,
  message: null,
  children,
})
const TREE = node('', 'Deploy Shop release 1.0.0 to Staging', [
  node('1', 'Step 1: Publish', [node('1/Machines-1', 'web-1')]),
])
const details = (chunks: LogChunk[]): TaskDetails => ({
  taskId: 'ServerTasks-1',
  state: 'Success',
  errorMessage: '',
  hasWarnings: false,
  progress: 100,
  logBytes: 1,
  lastSeq: 1,
  tree: TREE,
  chunks,
})

describe('the task log', () => {
  it('joins what was cut, and keeps the line numbers', () => {
    const entries = entriesOf(chunk(1, '1', 'long ', { text: 'line', continued: true }, 'next'))
    expect(entries.map(({ line, text }) => [line, text])).toEqual([
      [10, 'long line'],
      [12, 'next'],
    ])
  })

  it('is a text with a heading for each node', async () => {
    const chunks = [
      chunk(1, '', 'Deploying.'),
      chunk(2, '1/Machines-1', { level: 'error', text: 'two\nlines' }),
    ]
    let text = ''
    for await (const piece of rawText('HEAD\n', TREE, id =>
      chunks.filter(each => each.node === id),
    ))
      text += piece
    expect(text).toBe(
      [
        'HEAD',
        '                    | == Success: Deploy Shop release 1.0.0 to Staging ==',
        '12:00:00   Info     |   Deploying.',
        '                    |',
        '                    |   == Success: Step 1: Publish ==',
        '                    |',
        '                    |     == Success: web-1 ==',
        '12:00:00   Error    |       two',
        '                    |       lines',
        '',
      ].join('\n'),
    )
  })

  it('is a tree of activities for the API, with the last lines of each', () => {
    const chunks = [
      chunk(1, '1/Machines-1', 'one', { level: 'verbose', text: 'hidden' }, 'two', 'three'),
      chunk(2, '1/Machines-1', { text: 'Half way', progress: 50 }),
    ]
    const [root] = activityLogs(details(chunks), { tail: 3, verbose: false })
    expect(root).toMatchObject({ Id: 'ServerTasks-1', Status: 'Success', LogElements: [] })
    expect(root?.Children[0]).toMatchObject({ Id: 'ServerTasks-1/1', Name: 'Step 1: Publish' })
    expect(root?.Children[0]?.Children[0]).toMatchObject({
      Id: 'ServerTasks-1/1/Machines-1',
      Started: '2026-01-01T12:00:00.000+00:00',
      ProgressPercentage: 100,
      ProgressMessage: 'Half way',
      LogElements: [
        { Category: 'Info', MessageText: 'two', Number: 12 },
        { MessageText: 'three', Number: 13 },
        { MessageText: 'Half way', Number: 20, OccurredAt: '2026-01-01T12:00:00.000+00:00' },
      ],
    })
    const [verbose] = activityLogs(details(chunks), { tail: 100, verbose: true })
    expect(verbose?.Children[0]?.Children[0]?.LogElements[1]).toMatchObject({
      Category: 'Verbose',
      MessageText: 'hidden',
    })
  })
})
