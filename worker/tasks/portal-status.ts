import type { Health, Status } from '../../ui/components/status.tsx'
import type { TreeTarget } from '../../ui/deployments/step-tree.tsx'
import type { LogStatus } from './log.ts'

type Shown = { status: Status; word?: string }

/** How the portal shows the state of a task, and what the deployment made of how it ended. */
export const shownState = (task: {
  state: string
  hasWarnings?: boolean
  conclusion?: string
  pendingInterruptions?: number
}): Shown => {
  switch (task.state) {
    case 'Executing':
      return (task.pendingInterruptions ?? 0) > 0
        ? { status: 'waiting', word: 'Waiting for a person' }
        : { status: 'running' }
    case 'Cancelling':
      return { status: 'running', word: 'Cancelling' }
    case 'Success':
      return task.hasWarnings
        ? { status: 'warning', word: 'Success with warnings' }
        : { status: 'success' }
    case 'Failed':
      return FAILURES[task.conclusion ?? ''] ?? { status: 'failed' }
    case 'TimedOut':
      return { status: 'failed', word: 'Timed out' }
    case 'Canceled':
      return { status: 'cancelled' }
    default:
      return { status: 'queued' }
  }
}

const FAILURES: Record<string, Shown> = {
  handled: { status: 'handled' },
  unknown: { status: 'unknown' },
  aborted: { status: 'failed', word: 'Aborted' },
  'timed-out': { status: 'failed', word: 'Timed out' },
}

const NODES: Record<LogStatus, Status> = {
  Pending: 'queued',
  Running: 'running',
  Success: 'success',
  SuccessWithWarning: 'warning',
  Failed: 'failed',
  Skipped: 'skipped',
  Canceled: 'cancelled',
}

/** How a node of the tree is shown. */
export const shownNode = (status: LogStatus): TreeTarget['status'] => NODES[status]

const HEALTH: Record<string, Health> = {
  Healthy: 'healthy',
  HasWarnings: 'healthy',
  Unhealthy: 'unhealthy',
  Unavailable: 'offline',
}

export const shownHealth = (machine: { isDisabled: boolean; healthStatus: string }): Health =>
  machine.isDisabled ? 'disabled' : (HEALTH[machine.healthStatus] ?? 'unknown')
