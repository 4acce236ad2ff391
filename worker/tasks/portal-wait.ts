import { inArray } from 'drizzle-orm'
import { links } from '../../ui/links.ts'
import { permits } from '../access/authorization.ts'
import type { PageCall } from '../http/page.tsx'
import { tasks } from './schema.ts'
import type { TaskRow } from './store.ts'
import { explainWaits } from './waiting.ts'

/** Why a task waits, as pages show it. */
export type ShownWait = {
  text: string
  /** The deployment behind which it waits. */
  href: string | undefined
  isForPerson: boolean
  /** Others that have not begun either stand before it. */
  isBehindOthers: boolean
}

type Reader = Pick<PageCall, 'db' | 'now' | 'principal'>

export const maySeeTask = (principal: PageCall['principal'], task: TaskRow): boolean =>
  permits(principal, 'TaskView', {
    spaceId: task.spaceId,
    ...(task.projectId && { projectId: task.projectId }),
    ...(task.environmentId && { environmentId: task.environmentId }),
  })

/** Why each of the tasks waits, by its id; those that do not wait are left out. */
export const shownWaits = async (
  { db, now, principal }: Reader,
  of: readonly TaskRow[],
): Promise<Map<string, ShownWait>> => {
  const waits = await explainWaits(db, of, now, task => maySeeTask(principal, task))
  const named = [...waits.values()].flatMap(({ taskId, deploymentId }) =>
    taskId !== null && deploymentId === null ? [taskId] : [],
  )
  const holders =
    named.length === 0
      ? []
      : await db
          .select()
          .from(tasks)
          .where(inArray(tasks.id, named.slice(0, 500)))
  const deploymentOf = new Map(
    holders
      .filter(task => maySeeTask(principal, task))
      .map(({ id, deploymentId }) => [id, deploymentId] as const),
  )
  return new Map(
    [...waits]
      // It starts within moments: nothing to look into.
      .filter(([, { kind }]) => kind !== 'starting')
      .map(([id, { kind, text, taskId, deploymentId, position }]) => {
        const behind = deploymentId ?? deploymentOf.get(taskId ?? '')
        const shown: ShownWait = {
          text,
          href: behind ? links.deployment(behind) : undefined,
          isForPerson: kind === 'person',
          isBehindOthers: kind === 'task' && (position ?? 0) > 2,
        }
        return [id, shown] as const
      }),
  )
}
