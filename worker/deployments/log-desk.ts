import { formatRecord, type LogLevel } from '../../runner/protocol/log-record.ts'
import { rawText, type TaskDetails } from '../tasks/log.ts'
import { factsOf, nodesOf, progressOf, treeOf } from './details.ts'
import { type Execution, isFinalStatus } from './execution-state.ts'
import type { Inputs } from './inputs.ts'
import { holderOf, waitingText } from './key.ts'
import { LogReader, logKey } from './log-seal.ts'
import type { LogStore } from './log-store.ts'
import type { LogPage, LogQuery } from './surface.ts'

const PAGE_BYTES = 1_048_576
const PAGE_LINES = 50_000
const MAX_WAIT_MS = 25_000
const MAX_READERS = 200
const DETAIL_LINES = 1_000
const DETAIL_BYTES = 8_388_608
/** How long somebody who waited for news counts as watching, in milliseconds. */
const WATCHING_MS = 10_000

export type Current = { inputs: Inputs; execution: Execution } | undefined

/** Where a deployment's log is read: by pages that may wait for something new, as text, and as the
 *  tree with the newest lines of each node. */
export class LogDesk {
  readonly #store: R2Bucket
  readonly #log: LogStore
  readonly #current: () => Current
  readonly #readers = new Set<() => void>()
  #reader: LogReader | undefined
  #watchedAt = Number.NEGATIVE_INFINITY

  constructor(store: R2Bucket, log: LogStore, current: () => Current) {
    this.#store = store
    this.#log = log
    this.#current = current
  }

  isWatched(now: number): boolean {
    return now - this.#watchedAt < WATCHING_MS
  }

  /** There is something new to read. */
  tell(): void {
    for (const wake of [...this.#readers]) wake()
  }

  async page({ after, limit, waitMs = 0, levels, node }: LogQuery): Promise<LogPage> {
    const deadline = Date.now() + Math.min(Math.max(waitMs, 0), MAX_WAIT_MS)
    const lines = Math.min(Math.max(limit, 1), PAGE_LINES)
    let position = after
    for (;;) {
      const now = Date.now()
      if (waitMs > 0) this.#watchedAt = now
      const rows = this.#log.page(position, lines, PAGE_BYTES, node)
      const current = this.#current()
      const read = current ? await this.#readerOf(current.inputs).read(rows) : []
      const chunks = levels ? read.map(chunk => onlyLevels(chunk, levels)).filter(hasText) : read
      position = rows.at(-1)?.seq ?? position
      const isOver = current !== undefined && isFinalStatus(current.execution.status)
      const isComplete = isOver && (rows.length === 0 || position >= this.#log.lastSeq)
      if (chunks.length > 0 || isComplete || now >= deadline)
        return { chunks, next: position, state: current?.execution.status ?? 'Queued', isComplete }
      if (rows.length === 0) await this.#news(deadline - now)
    }
  }

  async details({ tail = DETAIL_LINES }: { tail?: number }): Promise<TaskDetails | undefined> {
    const current = this.#current()
    if (!current) return undefined
    const { execution, inputs } = current
    const tree = treeOf(execution, inputs)
    const waits = waitingText(execution)
    const nodes = nodesOf(tree)
    const share = Math.max(65_536, Math.floor(DETAIL_BYTES / nodes.length))
    const rows = nodes.flatMap(node => this.#log.tail(node, tail, share))
    return {
      taskId: inputs.task.id,
      state: execution.status,
      errorMessage: execution.error ?? '',
      hasWarnings: execution.hasWarnings,
      conclusion: execution.conclusion ?? '',
      waitingFor: waits === null ? null : { text: waits, deploymentId: holderOf(execution) },
      interruptions: execution.interruptions.map(each => factsOf(execution, each)),
      progress: progressOf(execution),
      logBytes: this.#log.byteCount,
      lastSeq: this.#log.lastSeq,
      tree,
      chunks: await this.#readerOf(inputs).read(rows),
    }
  }

  raw(): ReadableStream<Uint8Array> {
    const current = this.#current()
    const reader = current && this.#readerOf(current.inputs)
    const log = this.#log
    async function* chunksOf(node: string) {
      let after = 0
      for (;;) {
        const rows = log.page(after, Number.POSITIVE_INFINITY, PAGE_BYTES, node)
        if (rows.length === 0 || !reader) return
        after = rows.at(-1)?.seq ?? after
        yield* await reader.read(rows)
      }
    }
    const text = current
      ? rawText(rawHead(current), treeOf(current.execution, current.inputs), chunksOf)
      : nothing()
    const encoder = new TextEncoder()
    return new ReadableStream({
      type: 'bytes',
      async pull(controller) {
        const { value, done } = await text.next()
        if (done) controller.close()
        else controller.enqueue(encoder.encode(value))
      },
    })
  }

  /** A line of the server's own. */
  note(node: string, level: LogLevel, text: string): void {
    const now = Date.now()
    this.#log.note(node, formatRecord({ level, at: now, text }), now)
  }

  #readerOf(inputs: Inputs): LogReader {
    this.#reader ??= new LogReader(this.#store, logKey(inputs.id))
    return this.#reader
  }

  #news(waitMs: number): Promise<void> {
    if (this.#readers.size >= MAX_READERS) this.tell()
    return new Promise(resolve => {
      const end = () => {
        clearTimeout(timer)
        this.#readers.delete(end)
        resolve()
      }
      const timer = setTimeout(end, waitMs)
      this.#readers.add(end)
    })
  }
}

async function* nothing(): AsyncGenerator<string> {}

const rawHead = ({ inputs, execution }: NonNullable<Current>): string => {
  const { id, task, release, project, environment } = inputs
  const time = (at: number | null) => (at === null ? '' : new Date(at).toISOString())
  const rows = [
    ['Task ID:', task.id],
    ['Related IDs:', [id, release.id, project.id, environment.id].join(', ')],
    ['Task status:', execution.status],
    ['Task queued:', time(task.queuedAt)],
    ['Task started:', time(execution.startedAt)],
    ['Task completed:', time(execution.endedAt)],
  ]
  const lines = rows.map(([label = '', value = '']) => `${label.padEnd(20)}${value}`.trimEnd())
  return `${lines.join('\n')}\n\n`
}

const CODE: Record<LogLevel, string> = {
  verbose: 'v',
  info: 'i',
  highlight: 'h',
  wait: 't',
  warning: 'w',
  error: 'e',
  fatal: 'f',
}

/** By the third character of each record, without reading the rest. */
const onlyLevels = <C extends { text: string }>(chunk: C, levels: LogLevel[]): C => {
  const codes = new Set(levels.map(level => CODE[level]))
  const kept = chunk.text.split('\n').filter(line => codes.has(line.charAt(2)))
  return { ...chunk, text: kept.map(line => `${line}\n`).join('') }
}

const hasText = ({ text }: { text: string }) => text !== ''
