import { type LogLevel, type LogRecord, parseRecord } from '../../runner/protocol/log-record.ts'
import { isoTime, isoTimeOrNull } from '../http/values.ts'
import type { InterruptionFacts } from '../interruptions/interruption.ts'

/** A stretch of a task's log that belongs to one node of its tree, as it was stored. */
export type LogChunk = {
  /** Ascends over the whole task; a reader goes on after the last one it has. */
  seq: number
  /** Empty for the task itself; `2/Machines-3` for step 2 on that target. */
  node: string
  /** The number of its first line within the task, from 1. */
  firstLine: number
  lines: number
  /** When the server got it, epoch milliseconds. */
  receivedAt: number
  /** Records as `formatRecord` writes them, a line each. */
  text: string
}

export type LogStatus =
  | 'Pending'
  | 'Running'
  | 'Success'
  | 'SuccessWithWarning'
  | 'Failed'
  | 'Skipped'
  | 'Canceled'

/** A task and its deployment, by their ids. */
export type TaskName = { taskId: string; deploymentId: string }

/** What the status of a node alone does not tell. */
export type NodeNote =
  /** It waits for the answer to this interruption. */
  | { type: 'person'; interruption: string }
  /** It waits for a target that another task works on; null: not known, or not for the reader. */
  | { type: 'target'; name: string; heldBy: TaskName | null }
  /** The second try of at most four: attempt 2 of 4; `at`: when it starts, while it waits to. */
  | { type: 'retry'; attempt: number; of: number; at: number | null }
  | { type: 'timed-out'; afterMs: number }
  /** Nobody knows whether it ran to its end. */
  | { type: 'unknown' }
  /** It failed, and a later step dealt with that. */
  | { type: 'handled' }
  /** Done by an earlier deployment of the same release, whose outcome it keeps. */
  | { type: 'kept'; deploymentId: string }
  /** It runs whatever becomes of the others. */
  | { type: 'finalizer' }

/** A node of the tree: task, step, target, action. */
export type LogNode = {
  node: string
  name: string
  status: LogStatus
  startedAt: number | null
  endedAt: number | null
  /** Why it was skipped, or what went wrong. */
  message: string | null
  notes?: NodeNote[]
  children: LogNode[]
}

/** A task in progress or ended: what its page and the API's details are made of. */
export type TaskDetails = {
  taskId: string
  state: string
  errorMessage: string
  hasWarnings: boolean
  /** What the deployment made of how it ended; empty before. */
  conclusion?: string
  /** Why it does not go on, in words, and behind which deployment. */
  waitingFor?: { text: string; deploymentId: string | null } | null
  /** All that were asked, the oldest first. */
  interruptions?: InterruptionFacts[]
  /** 0 to 100. */
  progress: number
  logBytes: number
  /** The last `seq` there is; 0 for none. */
  lastSeq: number
  tree: LogNode
  /** The newest chunks of each node, bounded; in order. */
  chunks: LogChunk[]
}

export type LogEntry = LogRecord & { line: number; node: string }

/** The records of a chunk, continued ones joined with what they continue. */
export const entriesOf = (chunk: LogChunk): LogEntry[] => {
  const entries: LogEntry[] = []
  let line = chunk.firstLine
  for (const text of chunk.text.split('\n')) {
    if (text === '') continue
    const record = parseRecord(text)
    const before = entries.at(-1)
    if (record.continued && before) before.text += record.text
    else entries.push({ ...record, line, node: chunk.node })
    line++
  }
  return entries
}

/** In the raw text, and as the API's categories. */
const LEVEL_WORD: Record<LogLevel, string> = {
  verbose: 'Verbose',
  info: 'Info',
  highlight: 'Highlight',
  wait: 'Wait',
  warning: 'Warning',
  error: 'Error',
  fatal: 'Fatal',
}

const time = (at: number) => new Date(at).toISOString().slice(11, 19)
const MARGIN = ' '.repeat(20)

const heading = (node: LogNode, depth: number): string =>
  `${MARGIN}|${'  '.repeat(depth)} == ${wordOf(node.status)}: ${node.name} ==\n`

const wordOf = (status: LogStatus) =>
  status === 'SuccessWithWarning' ? 'Success with warnings' : status

/** One line of the raw text. */
export const rawLine = (entry: Pick<LogEntry, 'level' | 'at' | 'text'>, depth: number): string => {
  const margin = `${time(entry.at)}   ${LEVEL_WORD[entry.level].padEnd(9)}`.padEnd(MARGIN.length)
  const indent = '  '.repeat(depth)
  return entry.text
    .split('\n')
    .map((text, index) => `${index === 0 ? margin : MARGIN}|${indent}   ${text}\n`)
    .join('')
}

/**
 * The whole log as text, node by node, in pieces small enough to stream.
 * @param read the chunks of one node, in order
 */
export async function* rawText(
  head: string,
  tree: LogNode,
  read: (node: string) => AsyncIterable<LogChunk> | Iterable<LogChunk>,
  depth = 0,
): AsyncGenerator<string> {
  yield `${head}${heading(tree, depth)}`
  for await (const chunk of read(tree.node))
    yield entriesOf(chunk)
      .map(entry => rawLine(entry, depth))
      .join('')
  for (const child of tree.children) yield* rawText(`${MARGIN}|\n`, child, read, depth + 1)
}

export type ActivityLog = {
  Id: string
  Name: string
  Status: LogStatus
  Started: string | null
  Ended: string | null
  ShowAtSummaryLevel: boolean
  ProgressPercentage: number
  ProgressMessage: string
  /** Ours: whose target it waits for. */
  WaitingFor: { Target: string; TaskId: string | null; DeploymentId: string | null } | null
  Children: ActivityLog[]
  LogElements: {
    Category: string
    OccurredAt: string
    MessageText: string
    Detail: null
    Number: number
  }[]
}

/** The tree as the API gives it: one root, each node with the last `tail` of its lines. */
export const activityLogs = (
  details: TaskDetails,
  { tail, verbose }: { tail: number; verbose: boolean },
): ActivityLog[] => {
  const lines = new Map<string, LogEntry[]>()
  for (const chunk of details.chunks) {
    const known = lines.get(chunk.node) ?? []
    lines.set(chunk.node, known)
    for (const entry of entriesOf(chunk))
      if (verbose || entry.level !== 'verbose') known.push(entry)
  }
  const convert = (node: LogNode): ActivityLog => {
    const own = (lines.get(node.node) ?? []).slice(-tail)
    const progress = own.findLast(entry => entry.progress !== undefined)
    const isOver = node.endedAt !== null
    return {
      Id: node.node === '' ? details.taskId : `${details.taskId}/${node.node}`,
      Name: node.name,
      Status: node.status,
      Started: isoTimeOrNull(node.startedAt),
      Ended: isoTimeOrNull(node.endedAt),
      ShowAtSummaryLevel: true,
      ProgressPercentage: isOver ? 100 : (progress?.progress ?? 0),
      ProgressMessage: progress?.text ?? '',
      WaitingFor: heldOf(node),
      Children: node.children.map(convert),
      LogElements: own.map(entry => ({
        Category: LEVEL_WORD[entry.level],
        OccurredAt: isoTime(entry.at),
        MessageText: entry.text,
        Detail: null,
        Number: entry.line,
      })),
    }
  }
  return [convert(details.tree)]
}

const heldOf = ({ notes = [] }: LogNode): ActivityLog['WaitingFor'] => {
  const held = notes.find(note => note.type === 'target')
  return held
    ? {
        Target: held.name,
        TaskId: held.heldBy?.taskId ?? null,
        DeploymentId: held.heldBy?.deploymentId ?? null,
      }
    : null
}
