import { CANCEL_GRACE_MS, LEASE_TTL_MS } from '../../runner/protocol/limits.ts'
import type { Grant, GrantedPackage, GrantedVariable } from '../../runner/protocol/messages.ts'
import {
  evaluate,
  SubstitutionError,
  VariableDictionary,
} from '../../runner/substitution/evaluate.ts'
import type { Action, Step } from '../projects/process.ts'
import { isBuiltIn } from '../variables/built-in.ts'
import { resolve, type ScopeContext } from '../variables/precedence.ts'
import { type Attempt, attemptName, type Execution } from './execution-state.ts'
import type { Inputs, Secrets, SelectedPackage } from './inputs.ts'
import { manualOutputs } from './manual.ts'
import type { Oracle } from './oracle.ts'
import { type ActionOutputs, outputVariables } from './outputs.ts'
import { actionsNeedingPackages, isAcquisition } from './plan-acquisition.ts'
import { progressVariables, stepStatus } from './progress-variables.ts'
import {
  deploymentVariables,
  type Entries,
  machineVariables,
  poolVariables,
  stepVariables,
} from './system-variables.ts'
import { placed } from './whereabouts.ts'

/** All that variables are made from. */
export type Manifest = {
  inputs: Inputs
  secrets: Secrets
  outputs: readonly ActionOutputs[]
  publicUrl: string
}

type Place = { step: number; lane: number | null; action: number | null }

/**
 * The variables for one place, later ones before earlier ones of the same name: what the project
 * and its library sets define, answers to prompts, sealed step properties, outputs of earlier
 * steps, and the system's own, which nobody overrides.
 */
export const variablesAt = (
  { inputs, secrets, outputs, publicUrl }: Manifest,
  execution: Execution,
  place: Place,
): GrantedVariable[] => {
  const planned = execution.plan.steps[place.step]
  const action = place.action === null ? null : (planned?.actions[place.action] ?? null)
  const lane = place.lane === null ? undefined : planned?.lanes[place.lane]
  const target = lane?.targetId ? execution.plan.targets[lane.targetId] : undefined
  const scope: ScopeContext = {
    environmentId: inputs.environment.id,
    channelId: inputs.channel.id,
    processOwnerId: inputs.project.id,
    ...(planned && { stepId: planned.id, stepTags: planned.tags }),
    ...(action && { actionId: action.id }),
    ...(target && { machineId: target.id, machineTags: target.tags }),
  }
  const named = new Map<string, GrantedVariable>()
  const set = (name: string, value: string | null, isSensitive = false) =>
    named.set(name.toLowerCase(), { name, value, ...(isSensitive && { sensitive: true }) })
  const setAll = (entries: Entries) => {
    for (const [name, value] of entries) set(name, value)
  }
  const { step, action: source } = sources(secrets, planned?.id, action?.id)
  for (const [name, value] of sealedOf(secrets, [step, source])) set(name, value, true)
  for (const { name, winner } of resolve(secrets.variables, scope))
    if (!isBuiltIn(name)) set(name, winner.value, winner.isSensitive)
  const all = [...outputs, ...manualOutputs(execution)]
  for (const { name, value, isSensitive } of outputVariables(all, target?.id ?? null))
    set(name, value, isSensitive)
  setAll(deploymentVariables(inputs, publicUrl))
  setAll(inputs.facts ?? [])
  setAll(progressVariables(execution, inputs.request))
  if (planned) setAll([...stepVariables(planned, action), ...stepStatus(execution, place.step)])
  if (planned && target) setAll(machineVariables(target, planned, inputs.hostnames[target.id]))
  if (action?.poolId) setAll(poolVariables(execution.plan.pools[action.poolId]))
  if (source) setAll(packageVariables(source, packagesOf(inputs, source)))
  return [...named.values()]
}

const sources = (secrets: Secrets, stepId?: string, actionId?: string) => {
  const step = secrets.steps.find(({ id }) => id === stepId)
  return { step, action: step?.actions.find(({ id }) => id === actionId) }
}

const sealedOf = (secrets: Secrets, holders: (Step | Action | undefined)[]): Entries =>
  holders.flatMap(holder =>
    Object.keys(holder?.sealedProperties ?? {}).flatMap((name): Entries => {
      const text = secrets.sealed.get(`${holder?.id}|${name}`)
      return text === undefined ? [] : [[name, text]]
    }),
  )

const packagesOf = (inputs: Inputs, action: Action) =>
  action.packages.flatMap(reference => {
    const selected = inputs.packages.find(
      each =>
        each.ActionName.toLowerCase() === action.name.toLowerCase() &&
        each.PackageReferenceName.toLowerCase() === reference.name.toLowerCase(),
    )
    return selected ? [{ reference, selected }] : []
  })

const packageVariables = (
  action: Action,
  packages: { reference: Action['packages'][number]; selected: SelectedPackage }[],
): Entries =>
  packages.flatMap(({ reference, selected }): Entries => {
    const infix = reference.name === '' ? '' : `[${reference.name}]`
    const own = `Octopus.Action.Package${infix}`
    const full = `Octopus.Action[${action.name}].Package${infix}`
    return [own, full].flatMap(
      (base): Entries => [
        [`${base}.PackageId`, selected.PackageId],
        [`${base}.PackageVersion`, selected.Version],
        [`${base}.FeedId`, reference.feedId],
      ],
    )
  })

/** Everything one attempt needs, and nothing else. */
export const grantFor = (
  manifest: Manifest,
  execution: Execution,
  attempt: Attempt,
  { outputsKey, logIntervalMs }: { outputsKey: string; logIntervalMs: number },
): Grant => {
  const { step: planned, action } = placed(execution.plan, attempt)
  const { step, action: source } = sources(manifest.secrets, planned.id, action.id)
  const properties = { ...step?.properties, ...source?.properties }
  const fetchAnew = fetchesAnew(manifest, execution, attempt)
  return {
    attempt: attemptName(execution.deployment, attempt.number),
    fence: attempt.fence ?? 0,
    ttlMs: LEASE_TTL_MS,
    logIntervalMs,
    outputsKey,
    actionType: action.actionType,
    stepName: action.name,
    properties,
    variables: variablesAt(manifest, execution, attempt).filter(
      each => !isAcquisition(planned) || isSetting(each),
    ),
    packages: isAcquisition(planned)
      ? acquired(manifest, execution, attempt)
      : source
        ? packagesOf(manifest.inputs, source).flatMap(granted)
        : [],
    ...(fetchAnew && { fetchAnew }),
    ...(action.maximumReboots && { maximumReboots: action.maximumReboots }),
    timeoutMs: action.timeoutMs,
    cancelGraceMs: CANCEL_GRACE_MS,
  }
}

const granted = ({
  reference,
  selected,
}: ReturnType<typeof packagesOf>[number]): GrantedPackage[] =>
  reference.acquisitionLocation === 'NotAcquired'
    ? []
    : [
        {
          name: reference.name,
          packageId: selected.PackageId,
          version: selected.Version,
          extension: selected.Extension,
          sha256: selected.Sha256,
          sizeBytes: selected.SizeBytes,
          extract: reference.extract,
        },
      ]

/** Who only fetches packages is told how to, and nothing of the project's own. */
const isSetting = ({ name, sensitive }: GrantedVariable): boolean =>
  sensitive !== true && /^octopus/i.test(name)

/** A grant names no more; what is left is fetched by the steps that need it. */
const MAX_ACQUIRED = 100

/** All that the steps will need on the attempt's target, each once. */
const acquired = (
  { secrets, inputs }: Manifest,
  { plan }: Execution,
  attempt: Attempt,
): GrantedPackage[] => {
  const { targetId } = placed(plan, attempt).lane
  const needing = actionsNeedingPackages(plan.steps, targetId)
  const all = secrets.steps
    .flatMap(({ actions }) => actions.filter(({ id }) => needing.has(id)))
    .flatMap(action => packagesOf(inputs, action).flatMap(granted))
  const bySha256 = new Map(all.map(each => [each.sha256, each]))
  return [...bySha256.values()].slice(0, MAX_ACQUIRED)
}

/** Forced downloads happen once: where packages are acquired, else by the step itself. */
const fetchesAnew = ({ inputs }: Manifest, { plan }: Execution, attempt: Attempt): boolean => {
  const { step, action, lane } = placed(plan, attempt)
  const acquisition = plan.steps.find(isAcquisition)
  const isAcquired = acquisition?.lanes.some(({ targetId }) => targetId === lane.targetId)
  return (
    inputs.request.forcePackageDownload &&
    (isAcquisition(step) || action.poolId !== null || !isAcquired)
  )
}

const MASK = '********'

/** Conditions and instructions by the same language as everything else; a condition that cannot be
 *  evaluated wholly does not hold. */
export const oracleOf = (manifest: Manifest): Oracle => {
  const dictionaryAt = (execution: Execution, place: Place) =>
    new VariableDictionary(
      variablesAt(manifest, execution, place).map(({ name, value }) => [name, value] as const),
    )
  return {
    holds(execution, place) {
      const step = execution.plan.steps[place.step]
      const expression =
        place.action === null ? step?.expression : step?.actions[place.action]?.expression
      if (!expression) return { holds: false, why: 'it has no expression.' }
      try {
        const { value, missing, problem } = evaluate(expression, dictionaryAt(execution, place))
        if (problem?.kind === 'missing')
          return { holds: false, why: `${missing.join(', ')} could not be resolved.` }
        if (problem) return { holds: false, why: `its expression is not valid: ${problem.message}` }
        return { holds: isTruthy(value), why: null }
      } catch (error) {
        const why = error instanceof SubstitutionError ? error.message : 'it failed.'
        return { holds: false, why: `its expression could not be evaluated: ${why}` }
      }
    },
    text(execution, place, template) {
      // It is shown to people and stored in clear.
      const entries = variablesAt(manifest, execution, place).map(
        ({ name, value, sensitive }) => [name, sensitive ? MASK : value] as const,
      )
      try {
        return evaluate(template, new VariableDictionary(entries)).value ?? ''
      } catch {
        return template
      }
    },
  }
}

const isTruthy = (value: string | null): boolean =>
  value !== null && !['', '0', 'no', 'false'].includes(value.trim().toLowerCase())
