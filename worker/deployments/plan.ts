import {
  type Action,
  type Condition,
  runsOnServer,
  type Step,
  targetTags,
} from '../projects/process.ts'
import type { ConnectivityPolicy } from '../projects/project.ts'
import { withAcquisition } from './plan-acquisition.ts'
import { nothingToDo, obstaclesOf, poolOf } from './plan-problems.ts'
import { skipOfAction, skipOfStep } from './plan-scope.ts'
import {
  effortOf,
  isFinalizer,
  isRequired,
  MAX_PARALLELISM,
  manualOf,
  windowOf,
} from './plan-settings.ts'
import { selectTargets } from './plan-targets.ts'

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
  /** What becomes of targets that are not well, and whether there must be any. */
  policy?: ConnectivityPolicy
  /** Of the tenant it is for; null or absent: for none. */
  tenantTags?: string[] | null
  settings?: PlanSettings
}

/** What the project's variables say about the plan itself. */
export type PlanSettings = {
  /** `Octopus.Action.MaxParallelism`, for steps without a window of their own. */
  maxParallelism: number | null
  /** The same where it is scoped to a step, its actions or tags, by step id. */
  parallelism?: Record<string, number>
  /** `Octopus.Acquire.MaxParallelism`: how many targets fetch packages at once. */
  acquireParallelism: number | null
  /** For actions that take their worker pool from a variable, by action id: its id or name. */
  workerPools: Record<string, string | null>
  /** Windows given as expressions, by step id, as far as they could be evaluated. */
  windows: Record<string, string>
  /** Minutes for actions that set no time-out of their own, by action id. */
  timeouts: Record<string, string>
}

/** A target that has a tag of the step and is not deployed to. */
export type LeftOut = { targetId: string; name: string; reason: string }

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
  /** How often its host may be restarted while it runs, each time beginning anew; absent: never. */
  maximumReboots?: number
  manual: ManualStep | null
  /** Why it does not run, as a person should read it. */
  skip: string | null
}

export type PlannedStep = {
  id: string
  name: string
  /** Its place in the process, from 1; 0 for what no process has: {@link isAcquisition}. */
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
  /** Enabled targets that it would run on, were they not left out: see {@link leftOut}. */
  excludedTargetIds: string[]
  /** Targets with one of its tags that it does not run on, with the reason in words. */
  leftOut: LeftOut[]
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

/** What a deployment will do, in order: every step with its actions and the places it runs on. */
export const planDeployment = (input: PlanInput): Planning => {
  const numbered = input.steps.map((step, index) => ({ step, number: index + 1 }))
  // Finalizers wait for all others, wherever the process has them.
  const parts = [
    numbered.filter(({ step }) => !isFinalizer(step)),
    numbered.filter(({ step }) => isFinalizer(step)),
  ]
  const steps: PlannedStep[] = []
  const problems: string[] = []
  let group = 0
  for (const part of parts)
    for (const [index, { step, number }] of part.entries()) {
      if (index === 0 || step.startTrigger !== 'StartWithPrevious') group++
      const planned = planStep(input, step, number, group)
      steps.push(planned)
      if (planned.skip === null) problems.push(...obstaclesOf(planned, step, input))
    }
  const plan = {
    steps: withAcquisition(steps, input),
    targets: usedTargets(steps, input),
    pools: usedPools(steps, input),
  }
  return { plan, problem: nothingToDo(steps, input) ?? problems[0] ?? null }
}

const planStep = (input: PlanInput, step: Step, number: number, group: number): PlannedStep => {
  const tags = targetTags(step)
  const isNested = step.actions.length > 1
  const actions = step.actions.map((action, index) =>
    planAction(input, step, action, isNested ? `${number}.${index + 1}` : `${number}`),
  )
  const runsThere = actions.some(
    ({ skip, poolId, manual }) => skip === null && poolId === null && manual === null,
  )
  const selection = selectTargets(input, tags, runsThere)
  const needsTarget = tags.length > 0 || runsThere
  const lanes = needsTarget
    ? selection.chosen.map(({ id }) => ({ targetId: id }))
    : [{ targetId: null }]
  const ownWindow = windowOf(step, input.settings)
  const disabled = new Set(input.targets.filter(each => each.isDisabled).map(({ id }) => id))
  return {
    id: step.id,
    name: step.name,
    number,
    group,
    condition: step.condition,
    expression: expressionOf(step),
    tags,
    window:
      ownWindow ??
      input.settings?.parallelism?.[step.id] ??
      input.settings?.maxParallelism ??
      MAX_PARALLELISM,
    isRolling: ownWindow !== null || isNested,
    isFinalizer: isFinalizer(step),
    actions,
    lanes,
    excludedTargetIds: selection.leftOut.flatMap(({ targetId }) =>
      disabled.has(targetId) ? [] : [targetId],
    ),
    leftOut: selection.leftOut,
    skip: skipOfStep(actions, lanes, tags, selection, input),
  }
}

const planAction = (
  input: PlanInput,
  step: Step,
  action: Action,
  number: string,
): PlannedAction => {
  const manual = manualOf(action)
  return {
    id: action.id,
    name: action.name,
    number,
    actionType: action.actionType,
    isRequired: isRequired(action),
    poolId: manual === null && runsOnServer(action) ? poolOf(input, action) : null,
    condition: action.condition,
    expression: expressionOf(action),
    ...effortOf(step, action, input.settings),
    manual,
    skip: skipOfAction(input, action),
  }
}

const expressionOf = ({ condition, properties }: Pick<Step, 'condition' | 'properties'>) =>
  condition === 'Variable'
    ? (properties['Octopus.Step.ConditionVariableExpression'] ??
      properties['Octopus.Action.ConditionVariableExpression'] ??
      '')
    : null

const usedTargets = (steps: PlannedStep[], { targets }: PlanInput) => {
  const used = new Set(steps.flatMap(({ lanes }) => lanes.map(({ targetId }) => targetId)))
  return Object.fromEntries(targets.filter(({ id }) => used.has(id)).map(each => [each.id, each]))
}

const usedPools = (steps: PlannedStep[], { pools }: PlanInput) => {
  const used = new Set(steps.flatMap(({ actions }) => actions.map(({ poolId }) => poolId)))
  return Object.fromEntries(pools.filter(({ id }) => used.has(id)).map(each => [each.id, each]))
}
