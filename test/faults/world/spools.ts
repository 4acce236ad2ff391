import { isTerminal } from '../checker/check.ts'

/** As a task's row has it. */
export type TaskState = { deployment_id: unknown; state: unknown }

/** Of these spools, those that nobody needs any more: their deployments have ended, whatever others
 *  still wait for. */
export const overdue = (spools: readonly string[], tasks: readonly TaskState[]): string[] => {
  const open = new Set(
    tasks.filter(({ state }) => !isTerminal(String(state))).map(row => String(row.deployment_id)),
  )
  return spools.filter(attempt => !open.has(attempt.split('_')[0] ?? ''))
}
