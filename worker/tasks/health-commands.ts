import { authorize } from '../access/authorization.ts'
import { record } from '../audit/record.ts'
import { commit } from '../database/client.ts'
import { nextNumbers } from '../database/ids.ts'
import type { Context } from '../http/call.ts'
import { invalid, notFound } from '../http/problem.ts'
import { listTargets, type TargetRow } from '../infrastructure/target-store.ts'
import { environmentsWithin } from '../infrastructure/visibility.ts'
import { healthWrites } from '../runners/liveness.ts'
import { hubObject } from '../runners/object.ts'
import { descriptionOf, type Found, HEALTH, outcomeOf } from './health.ts'
import { tasks } from './schema.ts'
import { getTask, type TaskRow } from './store.ts'

/** One task looks at so many targets at most. */
export const MAX_CHECKED = 1_000

/** Which targets: these, or all enabled ones, of one environment or of the space. */
export type HealthRequest = { machineIds: string[]; environmentId: string | undefined }

/**
 * Looks at targets: whether each one's runner is connected now, and what it last said of its
 * machine. The task has ended when this answers, with what was found.
 * @throws Problem `not_found` for what the caller may not see, `invalid` when there is none,
 *   `forbidden` unless tasks may be made for every environment the targets stand in
 */
export const checkHealth = async (
  context: Context,
  spaceId: string,
  request: HealthRequest,
): Promise<TaskRow> => {
  const { db, env, now, principal } = context
  const rows = await chosen(context, spaceId, request)
  const environmentIds = [...new Set(rows.flatMap(row => row.environmentIds))]
  for (const environmentId of environmentIds)
    authorize(principal, 'TaskCreate', { spaceId, environmentId })
  const runners = rows.flatMap(({ runnerId }) => runnerId ?? [])
  const told = new Map(Object.entries(await hubObject(env, spaceId).examine(runners)))
  const results = rows.map(({ id, name, runnerId }): Found => {
    const health = told.get(runnerId ?? '') ?? NO_RUNNER
    return { MachineId: id, Name: name, Status: health.status, Summary: health.summary }
  })
  const [number = 0] = await nextNumbers(db, 'ServerTasks', 1)
  const id = `ServerTasks-${number}`
  const description = descriptionOf(rows.map(({ name }) => name))
  const [environmentId, another] = environmentIds
  await commit(db, [
    db.insert(tasks).values({
      id,
      spaceId,
      number,
      name: HEALTH,
      description,
      concurrencyKey: id,
      ...(environmentId && another === undefined && { environmentId }),
      queuedAt: now,
      eligibleAt: now,
      startedAt: now,
      completedAt: Date.now(),
      updatedAt: now,
      queuedBy: principal.displayName,
      arguments: { MachineIds: rows.map(row => row.id), Results: results },
      ...outcomeOf(results),
    }),
    ...healthWrites(db, told),
    ...record(db, context, {
      spaceId,
      category: 'HealthChecked',
      message: description,
      documentIds: [id, ...rows.slice(0, 20).map(row => row.id)],
    }),
  ])
  return getTask(db, spaceId, id)
}

const NO_RUNNER = { status: 'Unavailable', summary: 'No runner is registered there.' } as const

const chosen = async (
  { db, principal }: Context,
  spaceId: string,
  { machineIds, environmentId }: HealthRequest,
): Promise<TargetRow[]> => {
  const { rows } = await listTargets(
    db,
    spaceId,
    {
      ...(machineIds.length > 0 ? { ids: machineIds } : { isDisabled: false }),
      ...(environmentId !== undefined && { environmentIds: [environmentId] }),
      withinEnvironments: environmentsWithin(principal, 'MachineView', spaceId),
    },
    { skip: 0, take: MAX_CHECKED },
  )
  const missing = machineIds.find(wanted => !rows.some(({ id }) => isSame(id, wanted)))
  if (missing !== undefined) throw notFound(missing)
  if (rows.length === 0)
    throw invalid('There is no enabled target to look at. Name targets in MachineIds.')
  return rows
}

const isSame = (left: string, right: string) => left.toLowerCase() === right.toLowerCase()
