import type { ActionRow, StepRow } from '../../ui/projects/process-page.tsx'
import { type Action, runsOnServer, type Step, targetTags } from './process.ts'
import { contentSummary } from './step-content.ts'
import { actionKindOf, kindOf, summaryOf } from './step-form.ts'

/** What the ids of a process are called. */
export type ProcessNames = {
  environments: ReadonlyMap<string, string>
  channels: ReadonlyMap<string, string>
  pools: ReadonlyMap<string, string>
  teams: ReadonlyMap<string, string>
}

const CONDITIONS: Record<Step['condition'], string> = {
  Success: 'if everything before succeeded',
  Failure: 'if something before failed',
  Always: 'always, except after a cancel',
  Variable: 'if its expression is true',
  Cancelled: 'only when the deployment is cancelled',
}

/** A step as the list of the process shows it. */
export const stepRow = (step: Step, index: number, names: ProcessNames): StepRow => {
  const [first, more] = step.actions
  const isFinalizer = step.properties['Slipway.Step.IsFinalizer']?.toLowerCase() === 'true'
  return {
    id: step.id,
    name: step.name,
    kind: kindOf(step),
    targetTags: targetTags(step),
    place: placeOf(step, names),
    condition: CONDITIONS[step.condition],
    withPrevious: index > 0 && step.startTrigger === 'StartWithPrevious',
    disabled: step.actions.every(({ isDisabled }) => isDisabled),
    summary: summaryOf(step),
    notes: [
      ...(isFinalizer ? ['finalizer: at the very end, whatever happened'] : []),
      ...(first && !more ? notesOf(first, names) : []),
    ],
    children: more ? step.actions.map(action => childRow(action, names)) : [],
  }
}

const childRow = (action: Action, names: ProcessNames): ActionRow => ({
  id: action.id,
  name: action.name,
  kind: actionKindOf(action),
  summary: contentSummary(action),
  disabled: action.isDisabled,
  notes: [
    ...(runsOnServer(action) ? [`on a worker of ${poolName(action, names)}`] : []),
    ...(action.condition === 'Variable' ? ['if its expression is true'] : []),
    ...notesOf(action, names),
  ],
})

const placeOf = (step: Step, names: ProcessNames): string => {
  const [first, more] = step.actions
  const window = step.properties['Octopus.Action.MaxParallelism']
  const rolling = window ? `at most ${window} at once` : ''
  if (first?.actionType === 'Octopus.Manual' && !more) return ''
  if (!first || more || !runsOnServer(first)) return rolling
  const pool = poolName(first, names)
  if (targetTags(step).length === 0) return `Once, on a worker of ${pool}`
  return [`for each, on a worker of ${pool}`, rolling].filter(Boolean).join(', ')
}

const poolName = ({ workerPoolId, workerPoolVariable }: Action, { pools }: ProcessNames): string =>
  workerPoolVariable
    ? `the pool in ${workerPoolVariable}`
    : workerPoolId
      ? (pools.get(workerPoolId) ?? workerPoolId)
      : 'the default pool'

/** What is unusual about an action. */
const notesOf = (action: Action, names: ProcessNames): string[] => {
  const named = (ids: string[], known: ReadonlyMap<string, string>) =>
    ids.map(id => known.get(id) ?? id).join(', ')
  const property = (name: string) => action.properties[name] ?? ''
  const retries = Number(property('Octopus.Action.AutoRetry.MaximumCount')) || 0
  const timeout = property('Octopus.Action.ExecutionTimeout.Minutes')
  const teams = property('Octopus.Action.Manual.ResponsibleTeamIds').split(',').filter(Boolean)
  return [
    ...(action.environments.length > 0
      ? [`only in ${named(action.environments, names.environments)}`]
      : []),
    ...(action.excludedEnvironments.length > 0
      ? [`not in ${named(action.excludedEnvironments, names.environments)}`]
      : []),
    ...(action.channels.length > 0
      ? [`for channel ${named(action.channels, names.channels)}`]
      : []),
    ...(action.tenantTags.length > 0 ? [`for tenants with ${action.tenantTags.join(', ')}`] : []),
    ...(teams.length > 0 ? [`asks ${named(teams, names.teams)}`] : []),
    ...(action.isRequired ? ['required'] : []),
    ...(retries > 0 ? [`${retries} ${retries === 1 ? 'retry' : 'retries'}`] : []),
    ...(timeout ? [`at most ${timeout} min`] : []),
    ...(property('Slipway.Action.RetrySafe').toLowerCase() === 'true' ? ['safe to repeat'] : []),
    ...(property('Slipway.Action.ExpectsReboot').toLowerCase() === 'true'
      ? ['may restart its machine']
      : []),
  ]
}
