import { deploymentObject } from '../deployments/object.ts'
import type { Environment } from '../environment.ts'
import type { TaskDetails } from '../tasks/log.ts'
import type { InterruptionRow } from './store.ts'

type Objects = Pick<Environment, 'DEPLOYMENT'>

/** A pending interruption as its deployment knows it: who has just taken responsibility reads that
 *  at once, though the row follows a moment later. */
export const liveInterruption = async (
  env: Objects,
  row: InterruptionRow,
): Promise<InterruptionRow> => (await liveInterruptions(env, [row]))[0] ?? row

/** The same for a page of them, as long as they are of one deployment: a list over many is read from
 *  the database alone. */
export const liveInterruptions = async (
  env: Objects,
  rows: InterruptionRow[],
): Promise<InterruptionRow[]> => {
  const pending = rows.filter(({ state }) => state === 'Pending')
  const [deploymentId, ...others] = new Set(pending.map(row => row.deploymentId))
  if (deploymentId === undefined || others.length > 0) return rows
  const details = (await deploymentObject(env, deploymentId).details({ tail: 1 })) as
    | TaskDetails
    | undefined
  const known = new Map((details?.interruptions ?? []).map(each => [each.id, each] as const))
  return rows.map(row => ({ ...row, ...known.get(row.id) }))
}
