import { inArray } from 'drizzle-orm'
import type { PageCall } from '../http/page.tsx'
import { shownWaits } from '../tasks/portal-wait.ts'
import { tasks } from '../tasks/schema.ts'
import type { listDashboard } from './store.ts'

/** What a cell's task tells beyond its state. */
export type CellTask = {
  conclusion: string
  pendingInterruptions: number
  /** Why it waits, and behind what; empty while it does not. */
  wait: string
}

type Cell = Awaited<ReturnType<typeof listDashboard>>[number]

const UNUSUAL = ['Queued', 'Executing', 'Cancelling', 'Failed']

/** Cells with their tasks. Most have succeeded and are not looked at. */
export const withTasks = async (
  call: Pick<PageCall, 'db' | 'now' | 'principal'>,
  cells: Cell[],
): Promise<(Cell & CellTask)[]> => {
  const ids = cells.filter(({ state }) => UNUSUAL.includes(state)).map(({ taskId }) => taskId)
  const rows =
    ids.length === 0
      ? []
      : await call.db
          .select()
          .from(tasks)
          .where(inArray(tasks.id, ids.slice(0, 500)))
  const waits = await shownWaits(call, rows)
  const byId = new Map(rows.map(row => [row.id, row] as const))
  return cells.map(cell => {
    const row = byId.get(cell.taskId)
    return {
      ...cell,
      conclusion: row?.conclusion ?? '',
      pendingInterruptions: row?.pendingInterruptions ?? 0,
      wait: waits.get(cell.taskId)?.text ?? '',
    }
  })
}
