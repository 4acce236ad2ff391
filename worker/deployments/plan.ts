import {
  type Action,
  type Condition,
  runsOnServer,
  type Step,
  targetTags,
} from '../projects/process.ts'

export type PlanTarget = {
  id: string
  name: string
  runnerId: string | null
  isDisabled: boolean
  healthStatus: string
  tags: string[]
}
export type PlanWorker = {
  id: string
  name: string
  runnerId: string | null
  /** The space its runner belongs to; a shared worker's is another one. */
  spaceId?: string
  healthStatus: string
}
export type PlanPool = { id: string; name: string; isDefault: boolean; workers: PlanWorker[] }

/** What a plan is made from: all of it frozen when the deployment starts. */
export type PlanInput = {
  steps: Step[]
  environment: { id: string; name: string }
  channelId: string
  /** The targets of the environment. */
  targets: PlanTarget[]
  /** The space's pools with their enabled workers. */
  pools: PlanPool[]
  request: { skipActionIds: string[]; specificMachineIds: string[]; excludedMachineIds: string[] }
}

/** One place where a step runs through its actions: a target, or once on a pool's worker. */
export type Lane = { targetId: string | null }

/** A step that waits for a person instead of a runner. */
export type ManualStep = {
  /** A template: evaluated, then read as Markdown. */
  instructions: string
  /** Empty: anybody with the permission. */
  responsibleTeamIds: string[]
  /** Keeps the concurrency key while it waits. */
  blocksOthers: boolean
}

export type PlannedAction = {
  id: string
  name: string
  number: string
  actionType: string
  isRequired: boolean
  /** The pool whose worker does the work; null: the target itself. */
  poolId: string | null
  condition: Condition
  expression: string | null
  /** Further tries after a failure, before anybody is asked; each waits `backoffMs` longer. */
  retries: { max: number; backoffMs: number }
  /** Counts from the claim; 0: none. */
  timeoutMs: number
  /** May be run again by itself once its runner says that a lost one is not running. */
  isRetrySafe: boolean
  manual: ManualStep | null
  /** Why it does not run, as a person should read it. */
  skip: string | null
}

export type PlannedStep = {
  id: string
  name: string
  number: number
  /** Steps of one group start together; groups follow one another. */
  group: number
  condition: Condition
  expression: string | null
  tags: string[]
  /** How many lanes run at once. */
  window: number
  /** A rolling step starts no further lane once one has failed. */
  isRolling: boolean
  /** Runs after all others, whatever became of them, cancelled or not. */
  isFinalizer: boolean
  actions: PlannedAction[]
  lanes: Lane[]
  /** Targets that it would run on, had the request not left them out. */
  excludedTargetIds: string[]
  skip: string | null
}

export type Plan = {
  steps: PlannedStep[]
  /** Only those that some step uses. */
  targets: Record<string, PlanTarget>
  pools: Record<string, PlanPool>
}

/** A plan that cannot be carried out says why; its steps serve a preview all the same. */
export type Planning = { plan: Plan; problem: string | null }

/** How many targets of one step work at once, unless the process says otherwise. */
export const MAX_PARALLELISM = 10

/** Kinds of action that no runner carries out. */
const SERVER_ACTIONS = new Set(['Octopus.Manual', 'Octopus.DeployRelease', 'Octopus.Email'])

/** What a deployment will do, in order: every step with its actions and the places it runs on. */
export const planDeployment = (input: PlanInput): Planning => {
  const steps: PlannedStep[] = []
  const problems: string[] = []
  let group = 0
  for (const [index, step] of input.steps.entries()) {
    if (index === 0 || step.startTrigger !== 'StartWithPrevious') group++
    const planned = planStep(input, step, index + 1, group)
    steps.push(planned)
    if (planned.skip === null) problems.push(...obstaclesOf(planned, input))
  }
  const plan = { steps, targets: usedTargets(steps, input), pools: usedPools(steps, input) }
  const nothing = steps.every(step => step.skip !== null) ? nothingToDo(steps, input) : null
  return { plan, problem: nothing ?? problems[0] ?? null }
}

const planStep = (input: PlanInput, step: Step, number: number, group: number): PlannedStep => {
  const tags = targetTags(step)
  const isNested = step.actions.length > 1
  const actions = step.actions.map((action, index) =>
    planAction(input, action, isNested ? `${number}.${index + 1}` : `${number}`),
  )
  const candidates = tags.length > 0 ? matchingTargets(input.targets, tags) : []
  const { specificMachineIds, excludedMachineIds } = input.request
  const isLeftOut = ({ id }: PlanTarget) =>
    excludedMachineIds.includes(id) ||
    (specificMachineIds.length > 0 && !specificMachineIds.includes(id))
  const chosen = candidates.filter(target => !isLeftOut(target))
  const needsTarget =
    tags.length > 0 || actions.some(({ skip, poolId }) => skip === null && !poolId)
  const lanes = needsTarget ? chosen.map(({ id }) => ({ targetId: id })) : [{ targetId: null }]
  const parallelism = Number(step.properties['Octopus.Action.MaxParallelism'])
  const isWindowed = Number.isInteger(parallelism) && parallelism > 0
  return {
    id: step.id,
    name: step.name,
    number,
    group,
    condition: step.condition,
    expression: expressionOf(step),
    tags,
    window: isWindowed ? parallelism : MAX_PARALLELISM,
    isRolling: isWindowed || isNested,
    isFinalizer: false,
    actions,
    lanes,
    excludedTargetIds: candidates.filter(isLeftOut).map(({ id }) => id),
    skip: skipOf(actions, lanes, tags, candidates.length, input),
  }
}

const planAction = (input: PlanInput, action: Action, number: string): PlannedAction => ({
  id: action.id,
  name: action.name,
  number,
  actionType: action.actionType,
  isRequired: action.isRequired,
  poolId: runsOnServer(action) ? poolOf(input, action) : null,
  condition: action.condition,
  expression: expressionOf(action),
  retries: { max: 0, backoffMs: 0 },
  timeoutMs: 0,
  isRetrySafe: false,
  manual: null,
  skip: skipOfAction(input, action),
})

/** A pool that is not there any more is named all the same, so that the problem can say so. */
const poolOf = ({ pools }: PlanInput, action: Action): string =>
  action.workerPoolId ?? pools.find(pool => pool.isDefault)?.id ?? 'the default worker pool'

const expressionOf = ({ condition, properties }: Pick<Step, 'condition' | 'properties'>) =>
  condition === 'Variable'
    ? (properties['Octopus.Step.ConditionVariableExpression'] ??
      properties['Octopus.Action.ConditionVariableExpression'] ??
      '')
    : null

const skipOfAction = (input: PlanInput, action: Action): string | null => {
  const { environment, channelId, request } = input
  if (action.isDisabled) return 'It is disabled.'
  if (request.skipActionIds.includes(action.id) && !action.isRequired)
    return 'It was left out of this deployment.'
  const isElsewhere =
    action.environments.length > 0 && !action.environments.includes(environment.id)
  if (isElsewhere || action.excludedEnvironments.includes(environment.id))
    return `It does not run in ${environment.name}.`
  if (action.channels.length > 0 && !action.channels.includes(channelId))
    return 'It does not run for releases of this channel.'
  return null
}

const skipOf = (
  actions: PlannedAction[],
  lanes: Lane[],
  tags: string[],
  candidates: number,
  { environment }: PlanInput,
): string | null => {
  if (actions.length === 0) return 'It has no actions.'
  if (actions.every(({ skip }) => skip !== null)) return actions[0]?.skip ?? null
  if (lanes.length > 0) return null
  if (tags.length === 0) return NO_TAGS
  if (candidates > 0) return 'All of its targets were left out of this deployment.'
  return noTargets(environment.name, tags)
}

const NO_TAGS =
  'It names no target tags and is not set to run on a worker: give it the tags of the targets it is for.'

const noTargets = (environment: string, tags: string[]) =>
  `No enabled target in ${environment} has the ${tags.length === 1 ? 'tag' : 'tags'} ${tags.join(' or ')}.`

/** By name, so that the order of a rolling deployment can be foretold. */
const matchingTargets = (targets: PlanTarget[], tags: string[]): PlanTarget[] => {
  const wanted = new Set(tags.map(tag => tag.toLowerCase()))
  return targets
    .filter(
      ({ isDisabled, tags }) => !isDisabled && tags.some(tag => wanted.has(tag.toLowerCase())),
    )
    .sort((left, right) => (left.name < right.name ? -1 : 1))
}

const obstaclesOf = (step: PlannedStep, { pools }: PlanInput): string[] =>
  step.actions
    .filter(({ skip }) => skip === null)
    .flatMap(({ poolId, actionType }) => {
      if (SERVER_ACTIONS.has(actionType))
        return [
          `Step ${step.name} is of type ${actionType}, which cannot run here. Disable or replace it.`,
        ]
      if (poolId === null) return []
      const pool = pools.find(({ id }) => id === poolId)
      if (pool?.workers.some(({ runnerId }) => runnerId !== null)) return []
      return [
        `Step ${step.name} runs on a worker of ${pool?.name ?? poolId}, which has no enabled worker. ` +
          'Add a worker to the pool, or let the step run on its targets.',
      ]
    })

const nothingToDo = (steps: PlannedStep[], { environment }: PlanInput): string => {
  if (steps.length === 0) return 'The process has no steps. Add one and create a new release.'
  const untargeted = steps.filter(
    ({ lanes, actions }) => lanes.length === 0 && actions.some(({ skip }) => skip === null),
  )
  const reasons = [...new Set(untargeted.map(({ skip }) => skip))]
  if (reasons.length > 0) return `There is nothing to deploy to. ${reasons.join(' ')}`
  return `Nothing would run in ${environment.name}: every step is disabled, left out, or meant for elsewhere.`
}

const usedTargets = (steps: PlannedStep[], { targets }: PlanInput) => {
  const used = new Set(steps.flatMap(({ lanes }) => lanes.map(({ targetId }) => targetId)))
  return Object.fromEntries(targets.filter(({ id }) => used.has(id)).map(each => [each.id, each]))
}

const usedPools = (steps: PlannedStep[], { pools }: PlanInput) => {
  const used = new Set(steps.flatMap(({ actions }) => actions.map(({ poolId }) => poolId)))
  return Object.fromEntries(pools.filter(({ id }) => used.has(id)).map(each => [each.id, each]))
}
