import { describe, expect, it } from 'vitest'
import type { DeploymentHead } from '../../../ui/deployments/header.tsx'
import type { Frame } from '../../../ui/frame.tsx'
import { eventStream } from '../../../worker/deployments/portal-stream.tsx'
import type { LogPage } from '../../../worker/deployments/surface.ts'
import type { TaskDetails } from '../../../worker/tasks/log.ts'

const frame: Frame = { spaceName: 'Default', theme: 'light', csrf: 'token', now: 0, path: '/d' }

const details = (state: string): TaskDetails => ({
  taskId: 'ServerTasks-1',
  state,
  errorMessage: '',
  hasWarnings: false,
  progress: 0,
  logBytes: 0,
  lastSeq: 2,
  chunks: [],
  tree: {
    node: '',
    name: 'Deploy',
    status: 'Running',
    startedAt: 0,
    endedAt: null,
    message: null,
    children: [
      {
        node: '1',
        name: 'Step 1: Say',
        status: 'Running',
        startedAt: 0,
        endedAt: null,
        message: null,
        children: [],
      },
    ],
  },
})

const page = (seq: number, text: string, isComplete: boolean): LogPage => ({
  chunks: [
    {
      seq,
      node: '1',
      firstLine: seq,
      lines: 1,
      receivedAt: 0,
      text: `${JSON.stringify(['i', 0, text])}\n`,
    },
  ],
  next: seq,
  state: 'Executing',
  isComplete,
})

type Asked = { after: number }

/** An object that answers these pages in turn, and tells what it was asked. */
const scripted = (pages: LogPage[]) => {
  const asked: Asked[] = []
  const left = [...pages]
  const object = {
    readLog: async (query: Asked) => {
      asked.push(query)
      const next = left.shift()
      if (!next) throw new Error('The object went away.')
      return next
    },
    details: async () => details(left.length === 0 ? 'Success' : 'Executing'),
  }
  return { asked, object: object as never }
}

const head = (found: TaskDetails | undefined): DeploymentHead => ({
  id: 'Deployments-1',
  status: found?.state === 'Success' ? 'success' : 'running',
  project: { id: 'Projects-1', name: 'Shop' },
  release: { id: 'Releases-1', version: '1.0.0' },
  environment: { id: 'Environments-1', name: 'Test' },
  by: 'Ada',
  createdAt: 0,
  canCancel: true,
  canRepeat: false,
})

const view = { filter: 'info' as const, step: undefined }
const parts = {
  head,
  seen: async (details: TaskDetails | undefined) => details,
  questions: () => ({ pending: [], answered: [] }),
  artifacts: async () => [],
}

const eventsOf = async (response: Response) =>
  (await response.text())
    .split('\n\n')
    .filter(Boolean)
    .map(block => ({
      event: /^event: (.*)$/m.exec(block)?.[1],
      id: /^id: (.*)$/m.exec(block)?.[1],
      data: [...block.matchAll(/^data: (.*)$/gm)].map(match => match[1]).join('\n'),
    }))

describe('the event stream of a deployment', () => {
  it('sends rows with their cursor, tree and header when they change, and its end', async () => {
    const { asked, object } = scripted([page(3, 'one', false), page(4, 'two', true)])
    const response = eventStream({ object, frame, view, after: 2, ...parts })
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const events = await eventsOf(response)
    expect(events.map(({ event, id }) => [event, id])).toEqual([
      [undefined, undefined],
      ['log', '3'],
      ['tree', undefined],
      ['artifacts', undefined],
      ['header', undefined],
      ['log', '4'],
      ['header', undefined],
      ['end', undefined],
    ])
    expect(asked.map(({ after }) => after)).toEqual([2, 3])
    expect(events[1]?.data).toContain('<li id="L3"')
    expect(events[4]?.data).toContain('name="_csrf" value="token"')
  })

  it('cannot be broken out of by a line of the log', async () => {
    const { object } = scripted([page(1, 'a\n\nevent: end\ndata: x\r\n<script>', true)])
    const events = await eventsOf(eventStream({ object, frame, view, after: 0, ...parts }))
    expect(events.filter(({ event }) => event === 'end')).toHaveLength(1)
    expect(events.find(({ event }) => event === 'log')?.data).toContain('&lt;script&gt;')
  })

  it('shows a page that fell behind the newest lines, and tells of the gap', async () => {
    const many = Array.from(
      { length: 1_500 },
      (_, index) => `${JSON.stringify(['i', 0, `n${index}`])}\n`,
    )
    const flood: LogPage = {
      chunks: [
        { seq: 1, node: '1', firstLine: 1, lines: 1_500, receivedAt: 0, text: many.join('') },
      ],
      next: 1,
      state: 'Executing',
      isComplete: false,
    }
    const { asked, object } = scripted([flood, { ...page(2, 'last', true) }])
    const events = await eventsOf(eventStream({ object, frame, view, after: 0, ...parts }))
    const logs = events.filter(({ event }) => event === 'log')
    expect(logs.map(({ id }) => id)).toEqual(['2'])
    expect(logs[0]?.data).toContain('501 lines came too fast to be shown here')
    expect(logs[0]?.data.match(/<li id=/g)).toHaveLength(1_000)
    expect(asked.map(({ after }) => after)).toEqual([0, 1])
  })

  it('ends quietly when the object cannot be asked: the browser comes back by itself', async () => {
    const { object } = scripted([page(1, 'one', false)])
    const events = await eventsOf(eventStream({ object, frame, view, after: 0, ...parts }))
    expect(events.some(({ event }) => event === 'end')).toBe(false)
  })
})
