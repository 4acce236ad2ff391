import { and, count, desc, eq, gt, inArray, type SQL, sql } from 'drizzle-orm'
import type { Database, Write } from '../database/client.ts'
import type { Page } from '../http/paging.ts'
import { notFound } from '../http/problem.ts'
import { spelledAs } from '../projects/store.ts'
import { tasks } from './schema.ts'
import { isCompleted } from './task.ts'
import { type Reach, withinReach } from './visibility.ts'

export type TaskRow = typeof tasks.$inferSelect

export type TaskFilter = {
  ids?: string[]
  states?: string[]
  name?: string
  projectId?: string
  environmentId?: string
  description?: string
  /** Only what is not completed. */
  active?: boolean
  /** Only what waits for a person's answer. */
  needsPeople?: boolean
  /** Only what the caller may see. */
  reach?: Reach
}

/** Newest first. `spaceId` undefined: of all spaces. */
export const listTasks = async (
  db: Database,
  spaceId: string | undefined,
  filter: TaskFilter,
  page: Page,
): Promise<{ rows: TaskRow[]; total: number }> => {
  const where = and(
    ...conditions(spaceId, filter),
    withinReach({ project: tasks.projectId, environment: tasks.environmentId }, filter.reach),
  )
  const [rows, totals] = await db.batch([
    db
      .select()
      .from(tasks)
      .where(where)
      .orderBy(desc(tasks.number))
      .limit(page.take)
      .offset(page.skip),
    db.select({ total: count() }).from(tasks).where(where),
  ])
  return { rows, total: totals[0]?.total ?? 0 }
}

const ACTIVE = ['Queued', 'Executing', 'Cancelling']

const conditions = (spaceId: string | undefined, filter: TaskFilter): SQL[] => [
  ...(spaceId === undefined ? [] : [eq(tasks.spaceId, spaceId)]),
  ...(filter.ids === undefined ? [] : [isAmong(filter.ids)]),
  ...(filter.states === undefined ? [] : [inArray(tasks.state, filter.states)]),
  ...(filter.active ? [inArray(tasks.state, ACTIVE)] : []),
  ...(filter.needsPeople ? [gt(tasks.pendingInterruptions, 0), inArray(tasks.state, ACTIVE)] : []),
  ...(filter.name === undefined ? [] : [eq(tasks.name, filter.name)]),
  ...(filter.projectId === undefined ? [] : [eq(tasks.projectId, filter.projectId)]),
  ...(filter.environmentId === undefined ? [] : [eq(tasks.environmentId, filter.environmentId)]),
  ...(filter.description === undefined
    ? []
    : [sql`instr(lower(${tasks.description}), lower(${filter.description})) > 0`]),
]

const isAmong = (ids: string[]): SQL =>
  sql`${tasks.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`

/** @throws Problem `not_found` */
export const getTask = async (
  db: Database,
  spaceId: string | undefined,
  id: string,
): Promise<TaskRow> => {
  const [task] = await db
    .select()
    .from(tasks)
    .where(
      and(
        eq(tasks.id, spelledAs('ServerTasks', id)),
        spaceId === undefined ? undefined : eq(tasks.spaceId, spaceId),
      ),
    )
    .limit(1)
  if (!task) throw notFound(id)
  return task
}

/** Guarded by the caller: only a task that is still queued may be cancelled here. */
export const cancelQueued = (db: Database, taskId: string, now: number): Write =>
  db
    .update(tasks)
    .set({
      state: 'Canceled',
      conclusion: 'canceled',
      completedAt: now,
      updatedAt: now,
      errorMessage: 'Canceled before it started.',
    })
    .where(and(eq(tasks.id, taskId), eq(tasks.state, 'Queued')))

export const isFinal = (task: Pick<TaskRow, 'state'>): boolean => isCompleted(task.state)

/** How many tasks of the space run or wait. */
export const countActiveTasks = async (db: Database, spaceId: string): Promise<number> => {
  const [row] = await db
    .select({ total: count() })
    .from(tasks)
    .where(and(eq(tasks.spaceId, spaceId), inArray(tasks.state, ACTIVE)))
  return row?.total ?? 0
}
