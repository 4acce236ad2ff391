import { MAX_REBOOTS } from '../../runner/protocol/limits.ts'
import type { FormFields } from '../http/form.ts'
import { listed } from '../http/portal-form.ts'
import { type Action, runsOnServer, type Step, targetTags } from './process.ts'
import { type Document, type FieldErrors, propertiesOf, put } from './step-properties.ts'

const MAX_BACKOFF_S = 3_600
const MAX_TIMEOUT_MINUTES = 43_200

const text = (form: FormFields, name: string) => form.text(name).trim()
const isWhole = (value: string, least: number, most: number) =>
  /^\d{1,9}$/.test(value) && Number(value) >= least && Number(value) <= most
const isExpression = (value: string) => value.includes('#{')

// --- Where: on targets, once on a worker, on a worker for each target.

export const runOnOf = (step: Step, action: Action): 'targets' | 'server' | 'behalf' =>
  !runsOnServer(action) ? 'targets' : targetTags(step).length > 0 ? 'behalf' : 'server'

export const placeValues = (step: Step, action: Action | undefined) => ({
  targetTags: targetTags(step).join(', '),
  window: step.properties['Octopus.Action.MaxParallelism'] ?? '',
  runOn: action ? runOnOf(step, action) : 'targets',
  workerPool: action?.workerPoolId ?? '',
  workerPoolVariable: action?.workerPoolVariable ?? '',
})

/** `needsTags`: the step has work that happens on targets. */
export const placeErrors = (form: FormFields, needsTags: boolean): FieldErrors => {
  const window = text(form, 'window')
  return {
    ...(needsTags && listed(form.text('targetTags')).length === 0
      ? { targetTags: 'A step that runs on targets needs at least one tag.' }
      : {}),
    ...(window !== '' && !isExpression(window) && !isWhole(window, 1, 10_000)
      ? { window: `A window is a whole number from 1 to 10000; found '${window.slice(0, 40)}'.` }
      : {}),
    ...poolErrors(form),
  }
}

const poolErrors = (form: FormFields): FieldErrors =>
  form.text('runOn') !== 'targets' && form.text('workerPool') && text(form, 'workerPoolVariable')
    ? { workerPoolVariable: 'Choose a pool, or name a variable that holds one; not both.' }
    : {}

/** The properties of the step that say where. */
export const placeProperties = (form: FormFields, hasTags: boolean): Record<string, string> => ({
  'Octopus.Action.TargetRoles': hasTags ? listed(form.text('targetTags')).join(',') : '',
  'Octopus.Action.MaxParallelism': hasTags ? text(form, 'window') : '',
})

/** Who carries an action out. */
export const poolOf = (form: FormFields): Document => {
  const onWorker = form.text('runOn') === 'server' || form.text('runOn') === 'behalf'
  return {
    WorkerPoolId: (onWorker && form.text('workerPool')) || null,
    WorkerPoolVariable: (onWorker && text(form, 'workerPoolVariable')) || null,
  }
}

// --- When: the condition, together with what, at the very end.

export const whenValues = (step: Step) => ({
  condition: step.condition,
  conditionExpression: step.properties['Octopus.Step.ConditionVariableExpression'] ?? '',
  startTrigger: step.startTrigger,
  packageRequirement: step.packageRequirement,
  isFinalizer: String(step.properties['Slipway.Step.IsFinalizer']?.toLowerCase() === 'true'),
})

export const whenErrors = (form: FormFields): FieldErrors =>
  form.text('condition') === 'Variable' && text(form, 'conditionExpression') === ''
    ? { conditionExpression: 'This condition needs an expression.' }
    : {}

export const whenOf = (form: FormFields): Document => ({
  Condition: form.text('condition') || 'Success',
  StartTrigger: form.text('startTrigger') || 'StartAfterPrevious',
  ...(form.text('packageRequirement') && { PackageRequirement: form.text('packageRequirement') }),
})

export const whenProperties = (form: FormFields): Record<string, string> => ({
  'Octopus.Step.ConditionVariableExpression':
    form.text('condition') === 'Variable' ? form.text('conditionExpression') : '',
  'Slipway.Step.IsFinalizer': form.flag('isFinalizer') ? 'True' : '',
})

// --- Of an action: where else it applies, and what when it fails.

export const actionValues = (action: Action) => ({
  environments: action.environments,
  excludedEnvironments: action.excludedEnvironments,
  channels: action.channels,
  tenantTags: action.tenantTags.join(', '),
  isDisabled: String(action.isDisabled),
  isRequired: String(action.isRequired),
  retries: action.properties['Octopus.Action.AutoRetry.MaximumCount'] ?? '0',
  backoff: action.properties['Octopus.Action.AutoRetry.MinimumBackoff'] ?? '',
  timeout: action.properties['Octopus.Action.ExecutionTimeout.Minutes'] ?? '',
  isRetrySafe: String(action.properties['Slipway.Action.RetrySafe']?.toLowerCase() === 'true'),
  expectsReboot: String(
    action.properties['Slipway.Action.ExpectsReboot']?.toLowerCase() === 'true',
  ),
  reboots: action.properties['Slipway.Action.MaximumReboots'] ?? '1',
})

export const actionErrors = (form: FormFields): FieldErrors => {
  const [retries, backoff, timeout] = [
    text(form, 'retries') || '0',
    text(form, 'backoff'),
    text(form, 'timeout'),
  ]
  const both = form
    .list('environments')
    .filter(id => form.list('excludedEnvironments').includes(id))
  const tags = listed(form.text('tenantTags')).filter(tag => !/^[^/]+\/[^/]+$/.test(tag))
  return {
    ...(isWhole(retries, 0, 3)
      ? {}
      : { retries: `It can be retried 0 to 3 times; found '${retries.slice(0, 40)}'.` }),
    ...(backoff === '' || isWhole(backoff, 0, MAX_BACKOFF_S)
      ? {}
      : {
          backoff: `The wait is in seconds, 0 to ${MAX_BACKOFF_S}; found '${backoff.slice(0, 40)}'.`,
        }),
    ...(timeout === '' || isWhole(timeout, 1, MAX_TIMEOUT_MINUTES)
      ? {}
      : {
          timeout: `The time-out is in whole minutes, 1 to ${MAX_TIMEOUT_MINUTES}; found '${timeout.slice(0, 40)}'.`,
        }),
    ...(!form.flag('expectsReboot') || isWhole(text(form, 'reboots') || '1', 1, MAX_REBOOTS)
      ? {}
      : {
          reboots: `It can be run again after 1 to ${MAX_REBOOTS} restarts; found '${text(form, 'reboots').slice(0, 40)}'.`,
        }),
    ...(both.length > 0
      ? { excludedEnvironments: 'An environment cannot be both chosen and left out.' }
      : {}),
    ...(tags.length > 0
      ? { tenantTags: `A tenant tag is written Set/Tag; found '${tags[0]?.slice(0, 40)}'.` }
      : {}),
  }
}

/** `isTimed`: it can be retried and timed out; what waits for people cannot. */
export const actionSettings = (
  form: FormFields,
  before: Document | undefined,
  isTimed: boolean,
): Document => ({
  IsDisabled: form.flag('isDisabled'),
  IsRequired: form.flag('isRequired'),
  Environments: form.list('environments'),
  ExcludedEnvironments: form.list('excludedEnvironments'),
  Channels: form.list('channels'),
  TenantTags: listed(form.text('tenantTags')),
  Properties: put(propertiesOf(before), isTimed ? effortProperties(form) : {}),
})

const effortProperties = (form: FormFields): Record<string, string> => {
  const [retries, reboots] = [text(form, 'retries'), text(form, 'reboots')]
  const isRetried = retries !== '' && retries !== '0'
  return {
    'Octopus.Action.AutoRetry.MaximumCount': isRetried ? retries : '',
    'Octopus.Action.AutoRetry.MinimumBackoff': isRetried ? text(form, 'backoff') : '',
    'Octopus.Action.ExecutionTimeout.Minutes': text(form, 'timeout'),
    'Slipway.Action.RetrySafe': form.flag('isRetrySafe') ? 'True' : '',
    'Slipway.Action.ExpectsReboot': form.flag('expectsReboot') ? 'True' : '',
    'Slipway.Action.MaximumReboots':
      form.flag('expectsReboot') && reboots !== '' && reboots !== '1' ? reboots : '',
  }
}
