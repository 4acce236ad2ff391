import type { Execution, LaneRun, Progress, StepRun } from './execution-state.ts'
import type { DeploymentRequest } from './inputs-row.ts'
import type { PlannedAction, PlannedStep, PlanTarget } from './plan.ts'
import { isAcquisition } from './plan-acquisition.ts'
import type { Entries } from './system-variables.ts'

const CODE = {
  Pending: 'Pending',
  Running: 'Running',
  Success: 'Succeeded',
  Failed: 'Failed',
  Skipped: 'Skipped',
  Canceled: 'Canceled',
  Abandoned: 'Abandoned',
} as const satisfies Record<Progress, string>

/** How far the deployment has come, for conditions and for scripts that report.
 *  @see https://octopus.com/docs/projects/variables/system-variables */
export const progressVariables = (execution: Execution, request: Chosen): Entries => {
  const { plan, steps, error } = execution
  const entries: Entries = []
  const targets = new Set<string>()
  for (const [index, step] of plan.steps.entries()) {
    const run = steps[index]
    if (isAcquisition(step)) continue
    for (const { targetId } of step.lanes) if (targetId !== null) targets.add(targetId)
    if (!run) continue
    entries.push([`Octopus.Step[${step.name}].Name`, step.name])
    entries.push([`Octopus.Step[${step.name}].Number`, `${step.number}`])
    entries.push(...statusOf(`Octopus.Step[${step.name}]`, run.status, run.lanes))
    for (const [at, action] of step.actions.entries()) {
      const name = `Octopus.Action[${action.name}]`
      entries.push(
        [`${name}.Id`, action.id],
        [`${name}.Name`, action.name],
        [`${name}.Number`, action.number],
        [`${name}.TargetRoles`, step.tags.join(',')],
      )
      const status = actionStatus(step, run, action, at)
      entries.push([`${name}.IsSkipped`, status === 'Skipped' ? 'True' : 'False'])
      const here = run.lanes.filter(lane => lane.action === at)
      entries.push(...statusOf(name, status, here))
    }
  }
  entries.push(
    ['Octopus.Deployment.Machines', [...targets].join(',')],
    ['Octopus.Deployment.ExcludedMachines', excluded(execution, request).join(',')],
  )
  for (const [tag, ids] of byTag(Object.values(plan.targets)))
    entries.push([`Octopus.Environment.MachinesInRole[${tag}]`, ids.join(',')])
  if (error !== null)
    entries.push(['Octopus.Deployment.Error', error], ['Octopus.Deployment.ErrorDetail', error])
  return entries
}

/** How the step itself stands. */
export const stepStatus = ({ steps }: Execution, index: number): Entries => {
  const run = steps[index]
  return run ? statusOf('Octopus.Step', run.status, run.lanes) : []
}

type Chosen = Pick<DeploymentRequest, 'specificMachineIds' | 'excludedMachineIds'>

/** Targets that were left out when it was made, that were not well when it began, or that a person
 *  took out since; not those that were never chosen. */
const excluded = (
  { plan, excludedTargetIds }: Execution,
  { specificMachineIds, excludedMachineIds }: Chosen,
): string[] => {
  const isWanted = (id: string) =>
    specificMachineIds.length === 0 || specificMachineIds.includes(id)
  const leftOut = plan.steps.flatMap(step => step.excludedTargetIds).filter(isWanted)
  return [...new Set([...excludedMachineIds, ...leftOut, ...excludedTargetIds])]
}

/** The error is that of the first place that failed. */
const statusOf = (base: string, status: Progress, lanes: LaneRun[]): Entries => {
  const entries: Entries = [[`${base}.Status.Code`, CODE[status]]]
  const failed = lanes.find(lane => lane.status === 'Failed')
  if (status !== 'Failed' || !failed) return entries
  const error = failed.message ?? ''
  return [...entries, [`${base}.Status.Error`, error], [`${base}.Status.ErrorDetail`, error]]
}

const WORST_FIRST = ['Failed', 'Abandoned', 'Canceled', 'Running', 'Pending', 'Success'] as const

/** Over all places of its step, the worst. */
const actionStatus = (
  step: PlannedStep,
  run: StepRun,
  action: PlannedAction,
  at: number,
): Progress => {
  if (step.skip !== null || action.skip !== null) return 'Skipped'
  if (run.status === 'Pending' || run.status === 'Skipped') return run.status
  const all = run.lanes.map(lane => laneStatus(lane, action, at))
  return WORST_FIRST.find(status => all.includes(status)) ?? 'Skipped'
}

const laneStatus = (lane: LaneRun, action: PlannedAction, at: number): Progress => {
  const wasDone = lane.isKept || lane.attempts[at] !== null || action.manual !== null
  if (lane.action > at) return wasDone ? 'Success' : 'Skipped'
  if (lane.action === at) return lane.status
  return lane.status === 'Pending' || lane.status === 'Running' ? 'Pending' : 'Skipped'
}

const byTag = (targets: PlanTarget[]): Map<string, string[]> => {
  const ids = new Map<string, string[]>()
  for (const { id, tags } of targets)
    for (const tag of tags) ids.set(tag, [...(ids.get(tag) ?? []), id])
  return ids
}
