import type { Action, Step } from '../projects/process.ts'
import type { PlanInput, PlannedStep } from './plan.ts'
import { badWindow } from './plan-settings.ts'

/** Kinds of action that no runner carries out and that the server does not either. */
const UNSUPPORTED = new Set(['Octopus.DeployRelease', 'Octopus.Email', 'Octopus.HealthCheck'])

/** The pool that does an action's work. One that is not there is named all the same, so that the
 *  problem can say so. */
export const poolOf = ({ pools, settings }: PlanInput, action: Action): string => {
  if (action.workerPoolVariable !== null) {
    const chosen = settings?.workerPools[action.id] ?? null
    if (chosen === null) return `the pool that ${action.workerPoolVariable} names`
    const key = chosen.toLowerCase()
    const found = pools.find(
      ({ id, name }) => id.toLowerCase() === key || name.toLowerCase() === key,
    )
    return found?.id ?? chosen
  }
  return action.workerPoolId ?? pools.find(pool => pool.isDefault)?.id ?? 'the default worker pool'
}

/** What keeps a step that is to run from running at all. */
export const obstaclesOf = (planned: PlannedStep, step: Step, input: PlanInput): string[] => [
  ...windowObstacle(step, input),
  ...planned.actions.flatMap((each, index) => {
    const action = step.actions[index]
    if (each.skip !== null || !action) return []
    const name = planned.actions.length > 1 ? each.name : planned.name
    if (UNSUPPORTED.has(each.actionType))
      return [
        `Step ${name} is of type ${each.actionType}, which cannot run here. Disable or replace it.`,
      ]
    return each.poolId === null ? [] : poolObstacle(name, each.poolId, action, input)
  }),
]

const windowObstacle = (step: Step, { settings, environment }: PlanInput): string[] => {
  const found = badWindow(step, settings)
  return found === null
    ? []
    : [
        `The window of step ${step.name} comes to '${found}' in ${environment.name}. ` +
          'Let its expression come to a whole number of 1 or more.',
      ]
}

const poolObstacle = (
  step: string,
  poolId: string,
  { id, workerPoolVariable }: Action,
  { pools, settings, environment }: PlanInput,
): string[] => {
  if (workerPoolVariable !== null && (settings?.workerPools[id] ?? null) === null)
    return [
      `Step ${step} takes its worker pool from the variable ${workerPoolVariable}, which has no value ` +
        `in ${environment.name}. Give it the value of a worker pool there.`,
    ]
  const pool = pools.find(pool => pool.id === poolId)
  if (!pool) {
    const origin =
      workerPoolVariable === null ? '' : `, which the variable ${workerPoolVariable} names`
    return [
      `Step ${step} runs on a worker of ${poolId}${origin}, and there is no such worker pool. ` +
        `Choose from ${pools.map(({ name }) => name).join(', ') || 'none, for there is none yet'}.`,
    ]
  }
  if (pool.workers.some(({ runnerId }) => runnerId !== null)) return []
  return [
    `Step ${step} runs on a worker of ${pool.name}, which has no enabled worker. ` +
      'Add a worker to the pool, or let the step run on its targets.',
  ]
}

/** Why the deployment as a whole has nothing to do; null when it has, or need not have. */
export const nothingToDo = (steps: PlannedStep[], input: PlanInput): string | null => {
  if (steps.length === 0) return 'The process has no steps. Add one and create a new release.'
  const isMeant = ({ actions }: PlannedStep) => actions.some(({ skip }) => skip === null)
  const untargeted = steps.filter(step => isMeant(step) && step.lanes.length === 0)
  const hasTargets = steps.some(
    ({ skip, lanes }) => skip === null && lanes.some(({ targetId }) => targetId !== null),
  )
  if (untargeted.length > 0 && !hasTargets) {
    if (input.policy?.AllowDeploymentsToNoTargets) return null
    const reasons = [...new Set(untargeted.map(({ skip }) => skip))]
    return `There is nothing to deploy to. ${reasons.join(' ')}`
  }
  return steps.every(({ skip }) => skip !== null)
    ? `Nothing would run in ${input.environment.name}: every step is disabled, left out, or meant for elsewhere.`
    : null
}
