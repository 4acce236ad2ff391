import type { Environment } from '../environment.ts'
import type { DispatchRequest } from '../runners/dispatching.ts'
import { Hubs } from '../runners/hubs.ts'
import { type Attempt, attemptName, type Execution, isFinalStatus } from './execution-state.ts'
import type { Inputs } from './inputs.ts'
import { placed } from './whereabouts.ts'

/** How many attempts may wait for runners at once; the rest are asked for as these are taken. */
const MAX_WANTS = 1_000

/** All that waits for a runner, and the targets that must be this deployment's alone, or shared
 *  with others that share them; undefined when nothing waits. */
export const dispatchRequest = (
  execution: Execution,
  { task, sharesTargets }: Pick<Inputs, 'task'> & Partial<Pick<Inputs, 'sharesTargets'>>,
): DispatchRequest | undefined => {
  const { deployment, attempts, status, key } = execution
  const wants = attempts
    .filter(({ state }) => state === 'Pending' || state === 'Offered')
    .slice(0, MAX_WANTS)
    .map(attempt => ({
      attempt: attemptName(deployment, attempt.number),
      number: attempt.number,
      runners: runnersOf(execution, attempt),
      ...givenOf(attempt),
    }))
  if (isFinalStatus(status) || key !== 'held' || wants.length === 0) return undefined
  return {
    deployment,
    label: `${task.id} (${task.description})`,
    targets: lockedTargets(execution),
    ...(sharesTargets && { shared: true }),
    planHash: deployment,
    wants,
  }
}

/** The hub may have forgotten an offer that a runner has: it must be the same again. */
const givenOf = ({ runnerId, fence }: Attempt) =>
  runnerId === null || fence === null ? {} : { given: { runner: runnerId, fence } }

/** The hubs of all runners that the plan may use. */
export const hubsOf = (
  env: Pick<Environment, 'HUB'>,
  { space }: Pick<Inputs, 'space'>,
  { plan }: Pick<Execution, 'plan'>,
): Hubs => {
  const workers = Object.values(plan.pools).flatMap(pool => pool.workers)
  const borrowed = workers.flatMap(({ runnerId, spaceId }): [string, string][] =>
    runnerId !== null && spaceId !== undefined && spaceId !== space.id ? [[runnerId, spaceId]] : [],
  )
  return new Hubs(env, space.id, new Map(borrowed))
}

const runnersOf = ({ plan }: Execution, attempt: Attempt): string[] => {
  const { lane, action } = placed(plan, attempt)
  if (action.poolId === null) {
    const runner = lane.targetId === null ? null : plan.targets[lane.targetId]?.runnerId
    return runner ? [runner] : []
  }
  const workers = plan.pools[action.poolId]?.workers ?? []
  return workers.flatMap(({ runnerId }) => (runnerId === null ? [] : [runnerId]))
}

/** Every target of the plan from the first step on; workers are not locked. */
const lockedTargets = ({ plan }: Execution): { id: string; name: string }[] => {
  const ids = new Set(
    plan.steps
      .filter(({ skip }) => skip === null)
      .flatMap(({ lanes }) => lanes.flatMap(({ targetId }) => targetId ?? [])),
  )
  return [...ids].flatMap(id => {
    const target = plan.targets[id]
    return target ? [{ id, name: target.name }] : []
  })
}

/** Targets on which something may still run, though the deployment has ended. */
export const quarantinedOf = ({ plan, attempts, deployment }: Execution) =>
  attempts.flatMap(attempt => {
    const { targetId } = placed(plan, attempt).lane
    return attempt.state === 'Unknown' && !attempt.isGone && targetId && attempt.runnerId
      ? [
          {
            target: targetId,
            attempt: attemptName(deployment, attempt.number),
            runner: attempt.runnerId,
          },
        ]
      : []
  })
