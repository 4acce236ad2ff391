import { WAITING } from '../deployments/delay.ts'
import { keyStateOf } from '../deployments/gate.ts'
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
    /** It cannot begin before the database answers. */
    | 'database'
    /** It cannot begin: its variables cannot be read now. */
    | 'database'
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
  if (task.waitingFor === WAITING)
    return { ...NOWHERE, kind: 'database', text: task.waitingFor, since: null }
  const holder = /ServerTasks-\d{1,12}/.exec(task.waitingFor)?.[0] ?? null
  return { ...NOWHERE, kind: 'target', text: task.waitingFor, taskId: holder, since: null }
}

const known = ({ id, deploymentId, isVisible }: Ahead) =>
  isVisible ? { taskId: id, deploymentId } : { taskId: null, deploymentId: null }

/** Instead of the name of a task that the reader may not see. */
export const HIDDEN = 'a task that you may not see'

const nameOf = ({ id, description, isVisible }: Ahead) =>
  isVisible ? `${id} (${description})` : HIDDEN

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
