import { ACQUIRE_PACKAGES } from '../../runner/protocol/limits.ts'
import type { Action } from '../projects/process.ts'
import type { PlanInput, PlannedAction, PlannedStep } from './plan.ts'
import { MAX_PARALLELISM } from './plan-settings.ts'
import { byName } from './plan-targets.ts'

/** What the step is called in the log, where it has no number. */
export const ACQUISITION_NAME = 'Acquire packages'
const ID = 'package-acquisition'

/** The step that only fetches packages: no step of the process. */
export const isAcquisition = ({ actions }: Pick<PlannedStep, 'actions'>): boolean =>
  actions[0]?.actionType === ACQUIRE_PACKAGES

/** Packages that its runner is to have. */
const takesPackages = ({ packages }: Action): boolean =>
  packages.some(({ acquisitionLocation }) => acquisitionLocation !== 'NotAcquired')

/** The step's actions that need packages on the targets themselves. Who works on a worker fetches
 *  its packages there when it begins: which worker that will be is not known before. */
const needs = (step: PlannedStep, { actions = [] }: { actions?: Action[] } = {}): PlannedAction[] =>
  step.actions.filter(({ id, skip, poolId }) => {
    const source = actions.find(action => action.id === id)
    return skip === null && poolId === null && source !== undefined && takesPackages(source)
  })

/**
 * Puts one step before the first that needs packages: it fetches all that the steps will need, onto
 * each target what that target will need, before any of them changes anything there. A step that
 * wants to run after the packages are there pulls it forward; steps for which that does not matter
 * stay where they are. Without packages on targets the plan stays as it was.
 */
export const withAcquisition = (steps: PlannedStep[], input: PlanInput): PlannedStep[] => {
  const sources = new Map(input.steps.map(step => [step.id, step]))
  const acting = steps.filter(({ skip }) => skip === null)
  const taking = acting.filter(step => needs(step, sources.get(step.id)).length > 0)
  const isAfter = ({ id }: PlannedStep) =>
    sources.get(id)?.packageRequirement === 'AfterPackageAcquisition'
  const first = acting.find(
    step => !step.isFinalizer && (taking.includes(step) || (taking.length > 0 && isAfter(step))),
  )
  const targetIds = new Set(
    taking.flatMap(({ lanes }) => lanes.flatMap(each => each.targetId ?? [])),
  )
  if (!first || taking.every(({ isFinalizer }) => isFinalizer)) return steps
  const targets = input.targets
    .filter(({ id }) => targetIds.has(id))
    .toSorted(
      (left, right) => byName.compare(left.name, right.name) || (left.id < right.id ? -1 : 1),
    )
  const { group } = first
  const at = steps.findIndex(step => step.group === group)
  return [
    ...steps.slice(0, at),
    acquisitionStep(
      group,
      targets.map(({ id }) => id),
      input.settings?.acquireParallelism ?? MAX_PARALLELISM,
    ),
    ...steps.slice(at).map(step => ({ ...step, group: step.group + 1 })),
  ]
}

const acquisitionStep = (group: number, targetIds: string[], window: number): PlannedStep => ({
  id: ID,
  name: ACQUISITION_NAME,
  number: 0,
  group,
  condition: 'Success',
  expression: null,
  tags: [],
  window,
  isRolling: false,
  isFinalizer: false,
  actions: [
    {
      id: ID,
      name: ACQUISITION_NAME,
      number: '',
      actionType: ACQUIRE_PACKAGES,
      isRequired: false,
      poolId: null,
      condition: 'Success',
      expression: null,
      retries: { max: 0, backoffMs: 0 },
      timeoutMs: 0,
      isRetrySafe: true,
      manual: null,
      skip: null,
    },
  ],
  lanes: targetIds.map(targetId => ({ targetId })),
  excludedTargetIds: [],
  leftOut: [],
  skip: null,
})

/** Ids of the actions whose packages the target is to have. */
export const actionsNeedingPackages = (
  steps: readonly PlannedStep[],
  targetId: string | null,
): Set<string> =>
  new Set(
    steps
      .filter(step => !isAcquisition(step) && step.skip === null)
      .filter(({ lanes }) => lanes.some(lane => lane.targetId === targetId))
      .flatMap(({ actions }) =>
        actions.flatMap(({ id, skip, poolId }) => (skip === null && poolId === null ? [id] : [])),
      ),
  )
