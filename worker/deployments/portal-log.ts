import type { LogLevel } from '../../runner/protocol/log-record.ts'
import type { LogFilter, LogLine } from '../../ui/deployments/log.tsx'
import { entriesOf, type LogChunk, type LogNode } from '../tasks/log.ts'

const FILTERS: readonly LogFilter[] = ['all', 'info', 'warning', 'error']

export const filterOf = (text: string | undefined): LogFilter =>
  FILTERS.find(filter => filter === text) ?? 'info'

const LEVELS: Record<LogFilter, LogLevel[]> = {
  all: ['verbose', 'info', 'highlight', 'wait', 'warning', 'error', 'fatal'],
  info: ['info', 'highlight', 'wait', 'warning', 'error', 'fatal'],
  warning: ['warning', 'error', 'fatal'],
  error: ['error', 'fatal'],
}

export const levelsOf = (filter: LogFilter): LogLevel[] => LEVELS[filter]

/** What a reader has chosen to see. */
export type LogView = { filter: LogFilter; step: string | undefined }

/** The lines of chunks, in order, that the view asks for. */
export const linesOf = (
  chunks: LogChunk[],
  { filter, step }: LogView,
  sources: ReadonlyMap<string, string>,
): LogLine[] => {
  const levels = LEVELS[filter]
  return chunks
    .filter(({ node }) => step === undefined || node === step || node.startsWith(`${step}/`))
    .flatMap(entriesOf)
    .filter(({ level }) => levels.includes(level))
    .sort((left, right) => left.line - right.line)
    .map(({ line, at, level, text, node }) => ({
      number: line,
      at,
      level,
      text,
      source: sources.get(node),
    }))
}

/** Which target (or worker) speaks in each node of the tree. */
export const sourcesOf = (tree: LogNode | undefined): Map<string, string> => {
  const sources = new Map<string, string>()
  for (const step of tree?.children ?? [])
    for (const lane of step.children) {
      sources.set(lane.node, lane.name)
      for (const action of lane.children) sources.set(action.node, lane.name)
    }
  return sources
}

/** The first shown line of each node. */
export const firstLinesOf = (chunks: LogChunk[]): Map<string, number> => {
  const lines = new Map<string, number>()
  for (const { node, firstLine } of chunks) {
    const known = lines.get(node)
    if (known === undefined || firstLine < known) lines.set(node, firstLine)
  }
  return lines
}
