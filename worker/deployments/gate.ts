import { type SQL, sql } from 'drizzle-orm'
import type { Database, Write } from '../database/client.ts'

/**
 * Who may work under a concurrency key: one task at a time. What the partial unique index
 * `one_running` enforces, this decides, and in the same order everywhere: at the gate, for who is
 * next, and for what a waiting task is told.
 */

/** A task's part in the queue of its concurrency key. */
export type QueuedTask = {
  id: string
  number: number
  /** Later ones, moved to the top, stand before earlier ones. */
  priority: number
  state: string
  key: KeyState
  eligibleAt: number
  expiresAt: number | null
}

/** Held from the start on; freed while the task waits for a person; wanted once it has its answer. */
export type KeyState = 'held' | 'freed' | 'wanted'

/** How the column `tasks.holds_key` says it. */
export const keyStateOf = (stored: number): KeyState =>
  stored === 1 ? 'held' : stored === 2 ? 'wanted' : 'freed'

const isUnderWay = ({ state }: QueuedTask) => state === 'Executing' || state === 'Cancelling'

/** At most one of a key's tasks has it. */
export const holdsKey = (task: QueuedTask): boolean => isUnderWay(task) && task.key === 'held'
const wantsKeyBack = (task: QueuedTask) => isUnderWay(task) && task.key === 'wanted'

/** Its time has come and has not passed: it stands in the queue. */
export const isInLine = ({ state, eligibleAt, expiresAt }: QueuedTask, now: number): boolean =>
  state === 'Queued' && eligibleAt <= now && (expiresAt === null || expiresAt > now)

/** Negative when `left` goes first. Who has begun already goes before all that have not. */
export const byTurn = (left: QueuedTask, right: QueuedTask): number =>
  Number(wantsKeyBack(right)) - Number(wantsKeyBack(left)) ||
  right.priority - left.priority ||
  left.number - right.number

/** All that one task must let go first, the next to end or to start first. `tasks` are those of its
 *  key; it itself may be among them. */
export const aheadOf = (task: QueuedTask, tasks: QueuedTask[], now: number): QueuedTask[] => {
  if (task.state !== 'Queued' && !wantsKeyBack(task)) return []
  const others = tasks.filter(({ id }) => id !== task.id)
  const waiting = others
    .filter(other => (isInLine(other, now) || wantsKeyBack(other)) && byTurn(other, task) < 0)
    .sort(byTurn)
  return [...others.filter(holdsKey), ...waiting]
}

/** True when the task may start, or take its key back, at this moment. */
export const mayEnter = (task: QueuedTask, tasks: QueuedTask[], now: number): boolean =>
  (isInLine(task, now) || wantsKeyBack(task)) && aheadOf(task, tasks, now).length === 0

/** Whose turn it is; undefined while somebody has the key, or nobody wants it. */
export const nextOf = (tasks: QueuedTask[], now: number): QueuedTask | undefined =>
  tasks.find(task => mayEnter(task, tasks, now))

// Written out as the partial indexes are, so that they serve: one_running, tasks_wanting, tasks_waiting.
const UNDER_WAY = "state IN ('Executing', 'Cancelling')"
const isHeld = (task: string): SQL => sql.raw(`${task}.${UNDER_WAY} AND ${task}.holds_key = 1`)
const isWanted = (task: string): SQL => sql.raw(`${task}.${UNDER_WAY} AND ${task}.holds_key = 2`)
const inLine = (task: string, now: number): SQL =>
  sql`${sql.raw(`${task}.state`)} = 'Queued' AND ${sql.raw(`${task}.eligible_at`)} <= ${now}
    AND (${sql.raw(`${task}.expires_at`)} IS NULL OR ${sql.raw(`${task}.expires_at`)} > ${now})`
const isBefore = (task: string): SQL =>
  sql.raw(`(other.priority > ${task}.priority
    OR (other.priority = ${task}.priority AND other.number < ${task}.number))`)
const noOther = (task: string, condition: SQL): SQL =>
  sql`NOT EXISTS (SELECT 1 FROM tasks AS other
    WHERE other.concurrency_key = ${sql.raw(task)}.concurrency_key AND ${condition})`

/** {@link mayEnter} of a queued row named `task`; nothing starts while the space's queue is stopped. */
const mayStart = (task: string, now: number): SQL =>
  sql`${inLine(task, now)} AND ${noOther(task, isHeld('other'))} AND ${noOther(task, isWanted('other'))}
    AND NOT EXISTS (SELECT 1 FROM spaces WHERE id = ${sql.raw(task)}.space_id AND task_queue_stopped = 1)
    AND ${noOther(task, sql`${inLine('other', now)} AND ${isBefore(task)}`)}`

/** {@link mayEnter} of a row named `task` that wants its key back. */
const mayReclaim = (task: string): SQL =>
  sql`${isWanted(task)} AND ${noOther(task, isHeld('other'))}
    AND ${noOther(task, sql`${isWanted('other')} AND ${isBefore(task)}`)}`

/** Takes the deployment's task from `Queued` to `Executing`, if it may enter now. */
export const passGate = (db: Database, deploymentId: string, now: number) =>
  db.run(sql`UPDATE tasks SET state = 'Executing', started_at = ${now}, updated_at = ${now}, holds_key = 1
    WHERE deployment_id = ${deploymentId} AND ${mayStart('tasks', now)}`)

/** Lets others with the key run while this one waits for a person. Written in one transaction with
 *  the state that waits; then {@link nextQueued} may start. */
export const freeKey = (db: Database, taskId: string): Write =>
  db.run(sql`UPDATE tasks SET holds_key = 0 WHERE id = ${taskId} AND ${isHeld('tasks')}`)

/**
 * Takes a freed key back, once the person has answered. Who cannot have it yet stands before all
 * that have not started, and asks again when {@link nextQueued} names it. Safe to do twice.
 * @returns who has it or goes first, in words
 */
export const reclaimKey = async (
  db: Database,
  deploymentId: string,
  now: number,
): Promise<'held' | { waitsFor: string }> => {
  const [, , rows] = await db.batch([
    db.run(sql`UPDATE tasks SET holds_key = 2 WHERE deployment_id = ${deploymentId}
      AND ${sql.raw(UNDER_WAY)} AND holds_key = 0`),
    db.run(sql`UPDATE tasks SET holds_key = 1, updated_at = ${now}
      WHERE deployment_id = ${deploymentId} AND ${mayReclaim('tasks')}`),
    db.all<{ id: string; description: string }>(sql`
      SELECT other.id, other.description FROM tasks AS own
        JOIN tasks AS other ON other.concurrency_key = own.concurrency_key AND other.id <> own.id
      WHERE own.deployment_id = ${deploymentId} AND ${isWanted('own')}
        AND other.state IN ('Executing', 'Cancelling') AND other.holds_key IN (1, 2)
      ORDER BY other.holds_key, other.priority DESC, other.number LIMIT 1`),
  ])
  const [ahead] = rows
  return ahead ? { waitsFor: `${ahead.id} (${ahead.description})` } : 'held'
}

/** The deployments whose turn it is: those that want their key back, and the next to start.
 *  @param ofKey of one queue; undefined: of all */
const turns = (now: number, ofKey?: string): SQL => {
  const own = ofKey === undefined ? sql`` : sql`AND t.concurrency_key = ${ofKey}`
  return sql`SELECT t.deployment_id AS id FROM tasks AS t
      WHERE ${mayReclaim('t')} AND t.deployment_id IS NOT NULL ${own}
    UNION ALL SELECT t.deployment_id FROM tasks AS t
      WHERE ${mayStart('t', now)} AND t.deployment_id IS NOT NULL ${own}`
}

/** The deployment whose turn it is now that a task with this key has ended or freed it: one that
 *  wants its key back, or the next to start. Undefined while somebody has the key. */
export const nextQueued = async (
  db: Database,
  concurrencyKey: string,
  now: number,
): Promise<string | undefined> => {
  const [row] = await db.all<{ id: string }>(sql`${turns(now, concurrencyKey)} LIMIT 1`)
  return row?.id
}

/** As {@link nextQueued}, for every queue there is. */
export const allNext = (now: number): SQL => turns(now)
