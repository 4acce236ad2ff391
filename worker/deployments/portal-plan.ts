import type { ShownPlan, PlannedStep as ShownStep } from '../../ui/deployments/deploy-plan.tsx'
import type { SelectedPackage } from '../releases/release.ts'
import { shownHealth } from '../tasks/portal-status.ts'
import type { Plan, PlannedAction, PlannedStep, Planning } from './plan.ts'
import { isAcquisition } from './plan-acquisition.ts'

/** A plan as the page shows it: each step with where it runs, where not, and why. */
export const shownPlan = (
  { plan, problem }: Planning,
  packages: SelectedPackage[],
  skipped: readonly string[],
  missing: string[] = [],
): ShownPlan => ({
  problem: problem ?? undefined,
  warnings: [...missing, ...concernsOf(plan)],
  steps: plan.steps.map((step, index) =>
    shownStep(step, plan, packages, skipped, plan.steps[index - 1]?.group),
  ),
})

const shownStep = (
  step: PlannedStep,
  plan: Plan,
  packages: SelectedPackage[],
  skipped: readonly string[],
  groupBefore: number | undefined,
): ShownStep => ({
  number: step.number === 0 ? undefined : step.number,
  name: step.name,
  runs: step.skip === null,
  reason: step.skip ?? undefined,
  notes: notesOf(step),
  withPrevious: step.group === groupBefore,
  targets: step.lanes.flatMap(({ targetId }) => {
    const target = targetId === null ? undefined : plan.targets[targetId]
    return target ? [{ id: target.id, name: target.name, health: shownHealth(target) }] : []
  }),
  leftOut: step.leftOut.map(({ targetId, name, reason }) => ({ id: targetId, name, reason })),
  place: placeOf(step, plan),
  actions: step.actions.map(action => ({
    id: action.id,
    number: action.number,
    name: action.name,
    runs: action.skip === null,
    // A step that does not run says why once.
    reason: (action.skip !== step.skip && action.skip) || undefined,
    package: packagesOf(action, packages),
    canSkip:
      !isAcquisition(step) &&
      !action.isRequired &&
      (action.skip === null || skipped.includes(action.id)),
  })),
})

const CONDITIONS: Record<PlannedStep['condition'], string[]> = {
  Success: [],
  Failure: ['only after a failure'],
  Always: ['also after a failure'],
  Variable: ['only if its expression is true'],
  Cancelled: ['only when the deployment is cancelled'],
}

const notesOf = (step: PlannedStep): string[] => {
  const targets = step.lanes.filter(({ targetId }) => targetId !== null).length
  const acting = step.actions.filter(({ skip }) => skip === null)
  const retries = Math.max(0, ...acting.map(action => action.retries.max))
  const reboots = Math.max(0, ...acting.map(action => action.maximumReboots ?? 0))
  return [
    ...CONDITIONS[step.condition],
    ...(step.isFinalizer ? ['at the very end, whatever happened'] : []),
    ...((step.isRolling || isAcquisition(step)) && targets > step.window
      ? [`${step.window} at once`]
      : []),
    ...(acting.some(({ manual }) => manual !== null) ? ['waits for a person'] : []),
    ...(retries > 0 ? [`up to ${retries} ${retries === 1 ? 'retry' : 'retries'}`] : []),
    ...(reboots > 0
      ? [
          `goes on after ${reboots === 1 ? 'a restart' : `up to ${reboots} restarts`} of its machine`,
        ]
      : []),
  ]
}

const placeOf = (step: PlannedStep, plan: Plan): string | undefined => {
  const pools = new Set(
    step.actions.flatMap(({ skip, poolId }) => (skip === null && poolId !== null ? [poolId] : [])),
  )
  if (pools.size === 0) return undefined
  const names = [...pools].map(id => plan.pools[id]?.name ?? id).join(' and ')
  return step.lanes.some(({ targetId }) => targetId === null)
    ? `Once, on a worker of ${names}`
    : `On a worker of ${names}, for each target`
}

const NAMED = 5

/** What the plan can be carried out with, but hardly to a good end. */
const concernsOf = ({ steps, targets }: Plan): string[] => {
  const used = new Set(
    steps
      .filter(({ skip }) => skip === null)
      .filter(({ actions }) => actions.some(needsItsRunner))
      .flatMap(step => step.lanes.map(lane => lane.targetId)),
  )
  const chosen = Object.values(targets).filter(({ id }) => used.has(id))
  const bare = chosen.filter(({ runnerId }) => runnerId === null)
  const away = chosen.filter(
    ({ runnerId, healthStatus }) => runnerId !== null && healthStatus === 'Unavailable',
  )
  return [
    ...(bare.length > 0
      ? [`${namesOf(bare)}: no runner is registered there, so the deployment fails.`]
      : []),
    ...(away.length > 0
      ? [`${namesOf(away)}: offline. Unless it comes back at once, the deployment fails there.`]
      : []),
  ]
}

const needsItsRunner = ({ skip, poolId, manual }: PlannedAction): boolean =>
  skip === null && poolId === null && manual === null

const namesOf = (targets: { name: string }[]): string => {
  const names = targets.slice(0, NAMED).map(({ name }) => name)
  const more = targets.length - names.length
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

const packagesOf = ({ name }: PlannedAction, packages: SelectedPackage[]): string | undefined =>
  packages
    .filter(({ actionName }) => actionName === name)
    .map(({ packageId, version }) => `${packageId} ${version}`)
    .join(', ') || undefined
