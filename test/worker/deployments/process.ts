import { type PlanInput, type Planning, planDeployment } from '../../../worker/deployments/plan.ts'
import { readSteps } from '../../../worker/projects/process.ts'

export const WEB_1 = target('Machines-1', 'web-1', ['web'])
export const WEB_2 = target('Machines-2', 'web-2', ['web', 'blue'])
export const DB_1 = target('Machines-3', 'db-1', ['db'])

export function target(id: string, name: string, tags: string[]) {
  const runnerId: string | null = `Runners-${id.slice(-1)}`
  return { id, name, runnerId, isDisabled: false, healthStatus: 'Healthy', tags }
}

export const POOL = {
  id: 'WorkerPools-1',
  name: 'Default Worker Pool',
  isDefault: true,
  workers: [{ id: 'Workers-1', name: 'w-1', runnerId: 'Runners-9', healthStatus: 'Healthy' }],
}

type Wire = Record<string, unknown>

/** A step with one action, as clients write it; `tags` empty: on a worker. */
export const step = (
  name: string,
  tags: string,
  more: { step?: Wire; action?: Wire } = {},
): Wire => ({
  Id: `step-${name}`,
  Name: name,
  Properties: tags === '' ? {} : { 'Octopus.Action.TargetRoles': tags },
  Actions: [
    {
      Id: `action-${name}`,
      Name: name,
      ActionType: 'Octopus.Script',
      Properties: tags === '' ? { 'Octopus.Action.RunOnServer': 'true' } : {},
      ...more.action,
    },
  ],
  ...more.step,
})

export const planOf = (steps: Wire[], more: Partial<PlanInput> = {}): Planning =>
  planDeployment({
    steps: readSteps(steps),
    environment: { id: 'Environments-1', name: 'Staging' },
    channelId: 'Channels-1',
    targets: [WEB_2, WEB_1, DB_1],
    pools: [POOL],
    request: { skipActionIds: [], specificMachineIds: [], excludedMachineIds: [] },
    ...more,
  })
