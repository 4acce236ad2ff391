import { links } from '../../ui/links.ts'
import { permits } from '../access/authorization.ts'
import type { PageCall } from '../http/page.tsx'
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
  return new Map(
    [...waits]
      // It starts within moments: nothing to look into.
      .filter(([, { kind }]) => kind !== 'starting')
      .map(([id, { kind, text, taskId, deploymentId, position }]) => {
        const shown: ShownWait = {
          text,
          href: deploymentId
            ? links.deployment(deploymentId)
            : taskId
              ? links.task(taskId)
              : undefined,
          isForPerson: kind === 'person',
          isBehindOthers: kind === 'task' && (position ?? 0) > 2,
        }
        return [id, shown] as const
      }),
  )
}

/** The task that a sentence names; where it leads is for its page to allow. */
export const linkIn = (text: string): string | undefined => {
  const [named] = /\bServerTasks-\d{1,12}\b/.exec(text) ?? []
  return named && links.task(named)
}
