import { MAX_REBOOTS } from '../../runner/protocol/limits.ts'
import type { Action, Step } from '../projects/process.ts'
import type { ManualStep, PlanSettings } from './plan.ts'

/** How many targets of one step work at once, unless the process or the project says otherwise. */
export const MAX_PARALLELISM = 10
/** What an action of a finalizer gets that sets no time-out of its own. */
export const FINALIZER_TIMEOUT_MS = 10 * 60_000
const MAX_RETRIES = 3
const MAX_BACKOFF_MS = 3_600_000
const MAX_TIMEOUT_MS = 30 * 24 * 3_600_000

export const MANUAL = 'Octopus.Manual'
/** Kinds of action that can neither be repeated nor timed out: they wait for people or for others. */
const UNTIMED = new Set([MANUAL, 'Octopus.DeployRelease', 'Octopus.HealthCheck', 'Octopus.Email'])

type Properties = Record<string, string>
const isTrue = (value: string | undefined) => value?.trim().toLowerCase() === 'true'

const count = (text: string | undefined): number => {
  const value = Number(text ?? '')
  return Number.isFinite(value) && value > 0 ? value : 0
}

/** How often and how patiently an action is repeated, and how long it may take. */
export const effortOf = (step: Step, action: Action, settings: PlanSettings | undefined) => {
  const properties: Properties = { ...step.properties, ...action.properties }
  const isUntimed = UNTIMED.has(action.actionType)
  const minutes = count(
    properties['Octopus.Action.ExecutionTimeout.Minutes'] || settings?.timeouts[action.id],
  )
  const timeoutMs = Math.min(Math.round(minutes * 60_000), MAX_TIMEOUT_MS)
  return {
    retries: {
      max: isUntimed
        ? 0
        : Math.min(
            Math.floor(count(properties['Octopus.Action.AutoRetry.MaximumCount'])),
            MAX_RETRIES,
          ),
      backoffMs: isUntimed
        ? 0
        : Math.min(
            Math.round(count(properties['Octopus.Action.AutoRetry.MinimumBackoff']) * 1_000),
            MAX_BACKOFF_MS,
          ),
    },
    timeoutMs: isUntimed ? 0 : timeoutMs || (isFinalizer(step) ? FINALIZER_TIMEOUT_MS : 0),
    isRetrySafe: isTrue(properties['Slipway.Action.RetrySafe']),
    ...(!isUntimed && rebootsOf(properties)),
  }
}

/** A step that says so is run again after a restart of its host: once, unless it says how often. */
const rebootsOf = (properties: Properties) => {
  if (!isTrue(properties['Slipway.Action.ExpectsReboot'])) return {}
  const most = Math.floor(count(properties['Slipway.Action.MaximumReboots'])) || 1
  return { maximumReboots: Math.min(most, MAX_REBOOTS) }
}

export const isFinalizer = ({ properties }: Pick<Step, 'properties'>): boolean =>
  isTrue(properties['Slipway.Step.IsFinalizer'])

export const manualOf = ({ actionType, properties }: Action): ManualStep | null =>
  actionType === MANUAL
    ? {
        instructions: properties['Octopus.Action.Manual.Instructions'] ?? '',
        responsibleTeamIds: teamsOf(properties),
        blocksOthers: isTrue(properties['Octopus.Action.Manual.BlockConcurrentDeployments']),
      }
    : null

const teamsOf = (properties: Properties): string[] =>
  (properties['Octopus.Action.Manual.ResponsibleTeamIds'] ?? '')
    .split(',')
    .map(id => id.trim())
    .filter(id => id !== '')

/** Who must be asked cannot be passed over: a manual step with responsible teams is required. */
export const isRequired = (action: Action): boolean =>
  action.isRequired || (manualOf(action)?.responsibleTeamIds.length ?? 0) > 0

/** The step's own window; null when it has none. */
export const windowOf = (step: Step, settings: PlanSettings | undefined): number | null => {
  const window = Number(windowText(step, settings))
  return Number.isInteger(window) && window > 0 ? window : null
}

/** An expression for a window that came to something else than a number. */
export const badWindow = (step: Step, settings: PlanSettings | undefined): string | null =>
  settings?.windows[step.id] !== undefined && windowOf(step, settings) === null
    ? windowText(step, settings)
    : null

const windowText = ({ id, properties }: Step, settings: PlanSettings | undefined): string =>
  settings?.windows[id] ?? properties['Octopus.Action.MaxParallelism'] ?? ''
