import * as z from 'zod'
import { formatRecord, type LogLevel } from '../../runner/protocol/log-record.ts'
import type { LogNode, LogStatus, TaskDetails } from './log.ts'
import type { TaskRow } from './store.ts'

export const HEALTH = 'Health'

const found = z.object({
  MachineId: z.string(),
  Name: z.string(),
  Status: z.string(),
  Summary: z.string(),
})
/** How one target was, when it was looked at. */
export type Found = z.infer<typeof found>

const stored = z.object({ Results: z.array(found).catch([]) }).catch({ Results: [] })

/** What a health check found, as its task keeps it; empty for a task of another kind. */
export const foundBy = (task: Pick<TaskRow, 'name' | 'arguments'>): Found[] =>
  task.name === HEALTH ? stored.parse(task.arguments).Results : []

const isWell = ({ Status }: Found) => Status === 'Healthy' || Status === 'HasWarnings'

/** What the task comes to. */
export const outcomeOf = (results: readonly Found[]) => {
  const unwell = results.filter(each => !isWell(each))
  const [first] = unwell
  const more = unwell.length > 1 ? ` And ${unwell.length - 1} more.` : ''
  const hasWarnings = results.some(({ Status }) => Status === 'HasWarnings')
  if (first)
    return {
      state: 'Failed',
      conclusion: 'failed',
      errorMessage: `${first.Name} is ${spoken(first)}: ${first.Summary}${more}`,
      hasWarnings,
    } as const
  const conclusion = hasWarnings ? 'with-warnings' : 'succeeded'
  return { state: 'Success', conclusion, errorMessage: '', hasWarnings } as const
}

const spoken = ({ Status }: Found) => Status.toLowerCase()

export const descriptionOf = (names: readonly string[]): string => {
  const [first, second, ...others] = names
  if (first === undefined || others.length > 0) return `Check the health of ${names.length} targets`
  return `Check the health of ${[first, ...(second === undefined ? [] : [second])].join(' and ')}`
}

const LOOK: Record<string, { status: LogStatus; level: LogLevel }> = {
  Healthy: { status: 'Success', level: 'info' },
  HasWarnings: { status: 'SuccessWithWarning', level: 'warning' },
}
const lookOf = ({ Status }: Found) => LOOK[Status] ?? { status: 'Failed', level: 'error' }

/** The log of a health check: a line for each target. */
export const healthDetails = (task: TaskRow): TaskDetails => {
  const results = foundBy(task)
  const at = { startedAt: task.startedAt, endedAt: task.completedAt }
  const node = (each: Found): LogNode => ({
    ...at,
    node: each.MachineId,
    name: each.Name,
    status: lookOf(each).status,
    message: null,
    children: [],
  })
  return {
    taskId: task.id,
    state: task.state,
    errorMessage: task.errorMessage,
    hasWarnings: task.hasWarnings,
    conclusion: task.conclusion,
    progress: 100,
    logBytes: 0,
    lastSeq: results.length,
    tree: {
      ...at,
      node: '',
      name: task.description,
      status: outcomeOf(results).state,
      message: task.errorMessage || null,
      children: results.map(node),
    },
    chunks: results.map((each, index) => ({
      seq: index + 1,
      node: each.MachineId,
      firstLine: index + 1,
      lines: 1,
      receivedAt: task.completedAt ?? 0,
      text: formatRecord({
        level: lookOf(each).level,
        at: task.completedAt ?? 0,
        text: `${each.Name} is ${spoken(each)}. ${each.Summary}`,
      }),
    })),
  }
}
