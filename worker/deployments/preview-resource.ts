import type { Permit } from '../lifecycles/progression.ts'
import type { Prompt } from '../variables/prompt.ts'
import { formOf } from '../variables/prompt-form.ts'
import type { LeftOut, Plan, PlannedAction, PlannedStep, PlanTarget } from './plan.ts'
import { isAcquisition } from './plan-acquisition.ts'
import { isUnavailable } from './plan-targets.ts'
import type { Preview } from './preview.ts'

/** All that is known before a deployment begins. */
export type Foresight = {
  preview: Preview
  prompts: readonly Prompt[]
  /** Whether the lifecycle leads there. */
  permit: Permit
  missingPackages: unknown[]
}

/**
 * A preview as clients of the API read it: what runs, where, and what is asked. Ours: `Problem`, why
 * it cannot be carried out; `Blocked`, why the lifecycle does not lead there yet; `ExcludedSteps`
 * and `Reason`, why a step or a target is not part of it; `PackageAcquisition`, where packages are
 * fetched and before which step.
 */
export const previewResource = (
  { preview, prompts, permit, missingPackages }: Foresight,
  links: Record<string, string>,
  includeDisabledSteps: boolean,
) => {
  const { plan, problem, environment, guidedFailure } = preview
  const own = plan.steps.filter(step => !isAcquisition(step))
  const all = own.flatMap(step => step.actions.map(action => ({ step, action })))
  const isDisabled = ({ skip }: PlannedAction) => skip === DISABLED
  const isShown = (action: PlannedAction) =>
    action.skip === null || (includeDisabledSteps && isDisabled(action))
  return {
    Id: null,
    EnvironmentId: environment.id,
    TenantId: null,
    StepsToExecute: all
      .filter(({ action }) => isShown(action))
      .map(({ step, action }) => stepResource(plan, step, action, isDisabled(action))),
    ExcludedSteps: all
      .filter(({ action }) => !isShown(action))
      .map(({ action }) => ({
        ActionId: action.id,
        ActionName: action.name,
        ActionNumber: action.number,
        Reason: action.skip,
      })),
    PackageAcquisition: acquisitionResource(plan),
    Form: formOf(prompts),
    UseGuidedFailureModeByDefault: guidedFailure,
    Problem: problem,
    Blocked: permit.allowed ? null : permit.reason,
    MissingPackages: missingPackages,
    ReleaseNotes: null,
    Changes: [],
    ChangesMarkdown: '',
    WorkItems: [],
    Links: links,
  }
}

const DISABLED = 'It is disabled.'

const acquisitionResource = (plan: Plan) => {
  const at = plan.steps.findIndex(isAcquisition)
  const step = plan.steps[at]
  if (!step) return null
  return {
    BeforeStepId: plan.steps[at + 1]?.id ?? null,
    BeforeStepName: plan.steps[at + 1]?.name ?? null,
    Machines: machinesOf(plan, step).map(machineResource),
    MaxParallelism: step.window,
  }
}

const machinesOf = (plan: Plan, { lanes }: PlannedStep): PlanTarget[] =>
  lanes.flatMap(({ targetId }) => (targetId === null ? [] : (plan.targets[targetId] ?? [])))

const stepResource = (
  plan: Plan,
  step: PlannedStep,
  action: PlannedAction,
  isDisabled: boolean,
) => {
  const targets = machinesOf(plan, step)
  const runsThere = action.poolId === null && action.manual === null
  return {
    ActionId: action.id,
    ActionName: action.name,
    ActionNumber: action.number,
    Roles: step.tags,
    Machines: targets.map(machineResource),
    MachineNames: targets.map(({ name }) => name),
    CanBeSkipped: !action.isRequired,
    IsDisabled: isDisabled,
    HasNoApplicableMachines: step.lanes.length === 0,
    ExcludedMachines: step.leftOut.map(leftOutResource),
    UnavailableMachines: targets
      .filter(target => isUnavailable(target, runsThere))
      .map(({ id, name }) => ({ Id: id, Name: name })),
    AvailableTagSets: [],
    Reason: step.skip,
    StepId: step.id,
    StepName: step.name,
    Group: step.group,
    Condition: step.condition,
    IsFinalizer: step.isFinalizer,
    Window: step.window,
    WorkerPoolId: action.poolId,
    WorkerPoolName: action.poolId === null ? null : (plan.pools[action.poolId]?.name ?? null),
    IsManual: action.manual !== null,
  }
}

const machineResource = ({ id, name, healthStatus, runnerId }: PlanTarget) => ({
  Id: id,
  Name: name,
  HealthStatus: healthStatus,
  HasLatestCalamari: true,
  HasRunner: runnerId !== null,
})

const leftOutResource = ({ targetId, name, reason }: LeftOut) => ({
  Id: targetId,
  Name: name,
  Reason: reason,
})
