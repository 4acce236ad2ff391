import type { Execution, LaneRun, Progress, StepRun } from './execution-state.ts'
import type { PlannedAction, PlannedStep, PlanTarget } from './plan.ts'
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
export const progressVariables = (execution: Execution): Entries => {
  const { plan, steps, error } = execution
  const entries: Entries = []
  const targets = new Set<string>()
  for (const [index, step] of plan.steps.entries()) {
    const run = steps[index]
    for (const { targetId } of step.lanes) if (targetId !== null) targets.add(targetId)
    if (!run) continue
    entries.push([`Octopus.Step[${step.name}].Name`, step.name])
    entries.push([`Octopus.Step[${step.name}].Number`, `${step.number}`])
    entries.push(...statusOf(`Octopus.Step[${step.name}]`, run.status, run.lanes))
    for (const [at, action] of step.actions.entries()) {
      const name = `Octopus.Action[${action.name}]`
      const status = actionStatus(step, run, action, at)
      entries.push([`${name}.IsSkipped`, status === 'Skipped' ? 'True' : 'False'])
      const here = run.lanes.filter(lane => lane.action === at)
      entries.push(...statusOf(name, status, here))
    }
  }
  entries.push(['Octopus.Deployment.Machines', [...targets].join(',')])
  for (const [tag, names] of byTag(Object.values(plan.targets)))
    entries.push([`Octopus.Environment.MachinesInRole[${tag}]`, names.join(',')])
  if (error !== null)
    entries.push(['Octopus.Deployment.Error', error], ['Octopus.Deployment.ErrorDetail', error])
  return entries
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
  const named = new Map<string, string[]>()
  for (const { name, tags } of targets)
    for (const tag of tags) named.set(tag, [...(named.get(tag) ?? []), name])
  return named
}
