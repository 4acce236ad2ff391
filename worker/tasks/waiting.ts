import { and, sql } from 'drizzle-orm'
import { spaces } from '../access/schema.ts'
import type { Database } from '../database/client.ts'
import { aheadOf, keyStateOf, type QueuedTask } from '../deployments/gate.ts'
import { tasks } from './schema.ts'
import type { TaskRow } from './store.ts'
import { isCompleted, spokenDuration } from './task.ts'

/** Why a task does not go on, for the API and for every page. */
export type Wait = {
  kind:
    | 'scheduled'
    | 'expired'
    /** The space's queue is stopped. */
    | 'stopped'
    /** Behind a task with the same concurrency key. */
    | 'task'
    /** Nothing is in its way: it starts within moments. */
    | 'starting'
    | 'person'
    /** A target is in use elsewhere. */
    | 'target'
  /** A sentence or two. */
  text: string
  /** Behind which task; null when behind none, or when the reader may not see it. */
  taskId: string | null
  deploymentId: string | null
  /** Epoch milliseconds. */
  since: number | null
  /** When it ends by itself, as far as that is known. */
  until: number | null
  /** 1: next in line. */
  position: number | null
}

type Waiting = Pick<
  TaskRow,
  | 'id'
  | 'description'
  | 'deploymentId'
  | 'state'
  | 'queuedAt'
  | 'eligibleAt'
  | 'expiresAt'
  | 'startedAt'
  | 'pendingInterruptions'
  | 'waitingFor'
  | 'holdsKey'
>
type Ahead = Pick<
  TaskRow,
  'id' | 'description' | 'deploymentId' | 'state' | 'startedAt' | 'holdsKey'
> & {
  /** False: the reader may know that it is there, and nothing else. */
  isVisible: boolean
}

/** Null for a task that goes on, or has ended.
 *  @param ahead what goes first, as {@link aheadOf} orders it */
export const whyWaiting = (
  task: Waiting,
  ahead: readonly Ahead[],
  { now, isQueueStopped }: { now: number; isQueueStopped: boolean },
): Wait | null => {
  if (isCompleted(task.state)) return null
  return task.state === 'Queued'
    ? beforeStart(task, ahead, now, isQueueStopped)
    : underWay(task, ahead, now)
}

const NOWHERE = { taskId: null, deploymentId: null, until: null, position: null }

const beforeStart = (
  task: Waiting,
  ahead: readonly Ahead[],
  now: number,
  isQueueStopped: boolean,
): Wait => {
  const { eligibleAt, expiresAt, queuedAt } = task
  const since = Math.max(queuedAt, eligibleAt)
  if (eligibleAt > now)
    return {
      ...NOWHERE,
      kind: 'scheduled',
      text: `It is scheduled to start in ${spokenDuration(eligibleAt - now)}.`,
      since: queuedAt,
      until: eligibleAt,
    }
  if (expiresAt !== null && expiresAt <= now)
    return { ...NOWHERE, kind: 'expired', text: 'It expired before it could start.', since }
  const place = { since, until: null, position: ahead.length + 1 }
  if (isQueueStopped)
    return {
      ...NOWHERE,
      ...place,
      kind: 'stopped',
      text: 'The task queue of the space is stopped. Start it again in the settings of the space.',
    }
  const [first] = ahead
  if (!first)
    return { ...NOWHERE, ...place, kind: 'starting', text: 'Nothing is in its way; it starts now.' }
  return {
    ...place,
    ...known(first),
    kind: 'task',
    text: `It waits for ${nameOf(first)}, which ${doing(first, now)}. ${rank(ahead.length)}`,
  }
}

const underWay = (task: Waiting, ahead: readonly Ahead[], now: number): Wait | null => {
  if (task.pendingInterruptions > 0) {
    const count = task.pendingInterruptions
    const text = `It waits for a person: ${count === 1 ? 'one question is' : `${count} questions are`} open.`
    return { ...NOWHERE, kind: 'person', text, since: null }
  }
  const [first] = ahead
  if (keyStateOf(task.holdsKey) === 'wanted' && first)
    return {
      ...known(first),
      kind: 'task',
      text:
        `It has its answer and goes on after ${nameOf(first)}, which ${doing(first, now)}: ` +
        'others could run while it waited for a person.',
      since: null,
      until: null,
      position: ahead.length + 1,
    }
  if (task.waitingFor === '') return null
  const holder = /ServerTasks-\d{1,12}/.exec(task.waitingFor)?.[0] ?? null
  return { ...NOWHERE, kind: 'target', text: task.waitingFor, taskId: holder, since: null }
}

const known = ({ id, deploymentId, isVisible }: Ahead) =>
  isVisible ? { taskId: id, deploymentId } : { taskId: null, deploymentId: null }

const nameOf = ({ id, description, isVisible }: Ahead) =>
  isVisible ? `${id} (${description})` : 'a task that you may not see'

const doing = ({ state, startedAt, holdsKey }: Ahead, now: number): string => {
  if (state === 'Queued') return 'is before it in the queue'
  if (keyStateOf(holdsKey) === 'wanted') return 'has begun already and goes on first'
  const verb = state === 'Cancelling' ? 'is being cancelled, after' : 'has been running for'
  return `${verb} ${spokenDuration(now - (startedAt ?? now))}`
}

const rank = (ahead: number): string => {
  const between = ahead - 1
  if (between === 0) return 'It is next in line.'
  return `${between} more ${between === 1 ? 'comes' : 'come'} before it.`
}

export const queued = (task: TaskRow): QueuedTask => ({
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

/** Why each of the tasks waits, by id; those that do not are left out. One round trip for all.
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
  return new Map(waits)
}
