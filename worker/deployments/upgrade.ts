import type { Attempt, Execution, LaneRun, StepRun } from './execution-state.ts'
import { PENDING } from './kept.ts'
import type { Publication } from './outbox.ts'
import type { Plan } from './plan.ts'

/** What an object stored before these were there: a deployment goes on over a change of versions. */
const CORE = {
  interruptions: [],
  guidedFailure: false,
  excludedTargetIds: [],
  cause: null,
  conclusion: null,
  key: 'held',
  holders: [],
  delay: null,
  resumedFrom: null,
} satisfies Partial<Execution>

const ATTEMPT = { stop: null, isGone: false, hasLateLog: false } satisfies Partial<Attempt>

const ACTION = {
  retries: { max: 0, backoffMs: 0 },
  timeoutMs: 0,
  isRetrySafe: false,
  manual: null,
}

type Core = Omit<Execution, 'plan' | 'steps' | 'attempts' | 'interruptions'>

export const upgradedCore = (core: Core): Core => ({
  ...CORE,
  ...core,
  cancel: core.cancel && { ...{ isFinal: false }, ...core.cancel },
})

export const upgradedPlan = (plan: Plan): Plan => ({
  ...plan,
  steps: plan.steps.map(step => ({
    ...{ isFinalizer: false },
    ...step,
    actions: step.actions.map(action => ({ ...ACTION, ...action })),
  })),
})

export const upgradedAttempt = (attempt: Attempt): Attempt => ({ ...ATTEMPT, ...attempt })

/** Lanes were once stored inside their step. */
export const upgradedLanes = (step: Partial<StepRun>): LaneRun[] =>
  (step.lanes ?? []).map(lane => ({ ...PENDING, ...lane }))

const PUBLICATION = {
  follows: null,
  conclusion: '',
  waitingFor: '',
  pendingInterruptions: 0,
  freesKey: false,
  interruptions: [],
} satisfies Partial<Publication>

/** Each was once the record of one state. */
export const upgradedPublication = (publication: Publication): Publication => ({
  ...PUBLICATION,
  ...publication,
  deeds: publication.deeds ?? [
    { category: CATEGORY[publication.state] ?? '', message: '', by: null },
  ],
})

const CATEGORY: Record<string, string> = {
  Executing: 'DeploymentStarted',
  Cancelling: 'DeploymentCancelling',
  Success: 'DeploymentSucceeded',
  Failed: 'DeploymentFailed',
  Canceled: 'DeploymentCanceled',
}
