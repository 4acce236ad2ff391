import { and, sql } from 'drizzle-orm'
import { spaces } from '../access/schema.ts'
import type { Database } from '../database/client.ts'
import { aheadOf, keyStateOf, type QueuedTask } from '../deployments/gate.ts'
import { holdersIn, namedFor } from './holders.ts'
import { tasks } from './schema.ts'
import type { TaskRow } from './store.ts'
import { isCompleted } from './task.ts'
import { type Wait, whyWaiting } from './wait.ts'

const queued = (task: TaskRow): QueuedTask => ({
  id: task.id,
  number: task.number,
  priority: task.priority,
  state: task.state,
  key: keyStateOf(task.holdsKey),
  eligibleAt: task.eligibleAt,
  expiresAt: task.expiresAt,
})

/** So many tasks with one key are looked at. */
const MAX_AHEAD = 5_000

/** Everything that is before each of the tasks, the next to end or to start first. */
export const tasksAhead = async (
  db: Database,
  of: readonly TaskRow[],
  now: number,
): Promise<{ ahead: Map<string, TaskRow[]>; stopped: Set<string> }> => {
  const waiting = of.filter(({ state }) => !isCompleted(state))
  if (waiting.length === 0) return { ahead: new Map(), stopped: new Set() }
  const keys = JSON.stringify([...new Set(waiting.map(task => task.concurrencyKey))])
  const [rows, stopped] = await db.batch([
    db
      .select()
      .from(tasks)
      .where(
        and(
          sql`${tasks.concurrencyKey} IN (SELECT value FROM json_each(${keys}))`,
          // Written out as the partial index is, so that it serves: tasks_live.
          sql`${tasks.state} IN ('Queued', 'Executing', 'Cancelling')`,
        ),
      )
      .orderBy(tasks.number)
      .limit(MAX_AHEAD),
    db.select({ id: spaces.id }).from(spaces).where(sql`${spaces.taskQueueStopped} = 1`),
  ])
  const byKey = Map.groupBy(rows, row => row.concurrencyKey)
  const ahead = new Map<string, TaskRow[]>()
  for (const task of waiting) {
    const others = byKey.get(task.concurrencyKey) ?? []
    const found = new Map(others.map(other => [other.id, other]))
    const order = aheadOf(queued(task), others.map(queued), now)
    ahead.set(
      task.id,
      order.flatMap(({ id }) => found.get(id) ?? []),
    )
  }
  return { ahead, stopped: new Set(stopped.map(({ id }) => id)) }
}

/** Why each of the tasks waits, by id; those that do not are left out. One round trip for all, and
 *  another when some wait for targets.
 *  @param maySee whether the reader may know more of a task than that it is there */
export const explainWaits = async (
  db: Database,
  of: readonly TaskRow[],
  now: number,
  maySee: (task: TaskRow) => boolean,
): Promise<Map<string, Wait>> => {
  const { ahead, stopped } = await tasksAhead(db, of, now)
  const waits = of.flatMap(task => {
    const others = (ahead.get(task.id) ?? []).map(other => ({
      ...other,
      isVisible: maySee(other),
    }))
    const wait = whyWaiting(task, others, { now, isQueueStopped: stopped.has(task.spaceId) })
    return wait === null ? [] : [[task.id, wait] as const]
  })
  const holders = await holdersIn(
    db,
    waits.flatMap(([, { kind, text }]) => (kind === 'target' ? [text] : [])),
  )
  return new Map(waits.map(([id, wait]) => [id, named(wait, holders, maySee)]))
}

/** Who holds the target it waits for, as far as the reader may know. */
const named = (
  wait: Wait,
  holders: readonly TaskRow[],
  maySee: (task: TaskRow) => boolean,
): Wait => {
  if (wait.kind !== 'target') return wait
  const { text, holder } = namedFor(wait.text, holders, maySee)
  return { ...wait, text, taskId: holder?.id ?? null, deploymentId: holder?.deploymentId ?? null }
}
