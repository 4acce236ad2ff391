import type { Execution, LaneRun } from './execution-state.ts'
import { manualOutputs } from './manual.ts'
import type { ActionOutputs } from './outputs.ts'
import type { PlannedStep } from './plan.ts'

/** What a deployment that did not succeed leaves to one that goes on from it; plain JSON. */
export type Kept = {
  deployment: string
  /** Places where a step came to its good end, by the step's id. */
  done: { stepId: string; targetId: string | null; hasWarnings: boolean }[]
  /** Sealed as they came; each opens under the name of its attempt, of whatever deployment. */
  outputs: SealedOutputs[]
  /** What people answered to manual steps. */
  answers: ActionOutputs[]
}

export type SealedOutputs = {
  /** `Deployments-12:7` */
  attempt: string
  actionName: string
  machine: { id: string; name: string } | null
  sealed: string
}

/** A lane before its beginning. */
export const PENDING: Omit<LaneRun, 'attempts'> = {
  status: 'Pending',
  action: 0,
  retries: 0,
  repeats: 0,
  retryAt: null,
  question: null,
  isKept: false,
  hasWarnings: false,
  startedAt: null,
  endedAt: null,
  message: null,
}

/** The lanes of a step at the beginning: what was kept has succeeded already. */
export const keptLanes = (step: PlannedStep, kept: Kept | null, now: number): LaneRun[] =>
  step.lanes.map(({ targetId }): LaneRun => {
    const lane = { ...PENDING, attempts: step.actions.map(() => null) }
    const done = kept?.done.find(each => each.stepId === step.id && each.targetId === targetId)
    if (!kept || !done || step.isFinalizer) return lane
    return {
      ...lane,
      status: 'Success',
      action: step.actions.length,
      isKept: true,
      hasWarnings: done.hasWarnings,
      startedAt: now,
      endedAt: now,
      message: `Kept from ${kept.deployment}.`,
    }
  })

/**
 * What may be kept of an ended deployment: the places that succeeded up to the first group of steps
 * that did not. From there on everything runs again; what came after the failure is not the same
 * after a success.
 */
export const keptOf = (
  execution: Execution,
  outputs: SealedOutputs[],
  inherited: Kept | null,
): Kept => {
  const { plan, steps, deployment } = execution
  const failed = plan.steps.find((_, index) => !CAME_THROUGH.has(steps[index]?.status ?? 'Pending'))
  const last = failed?.group ?? Number.POSITIVE_INFINITY
  const done = plan.steps.flatMap((step, index) =>
    step.group > last || step.isFinalizer
      ? []
      : step.lanes.flatMap(({ targetId }, at) => {
          const lane = steps[index]?.lanes[at]
          return lane?.status === 'Success'
            ? [{ stepId: step.id, targetId, hasWarnings: lane.hasWarnings }]
            : []
        }),
  )
  return {
    deployment,
    done,
    outputs: [...(inherited?.outputs ?? []), ...outputs],
    answers: [...(inherited?.answers ?? []), ...manualOutputs(execution)],
  }
}

const CAME_THROUGH: ReadonlySet<string> = new Set(['Success', 'Skipped'])
