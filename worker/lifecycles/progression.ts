import type { EnvironmentName, PhaseDocument } from './lifecycle.ts'

/** A phase with the environments it really has now. */
export type Phase = {
  id: string
  name: string
  /** Automatic ones first, each list in its own order. */
  environments: EnvironmentName[]
  automatic: string[]
  /** How many of its environments must have had a success before the next phase opens. */
  required: number
  isOptional: boolean
  /** Deployments to its environments stand before others in the queue. */
  isPriority: boolean
  /** Made for an environment because the lifecycle has no phases of its own. */
  isImplicit: boolean
}

export type PhaseState = 'Pending' | 'Current' | 'Complete'

export type PhaseProgress = {
  phase: Phase
  state: PhaseState
  isOpen: boolean
  /** Ids of its environments where this release has succeeded. */
  done: string[]
}

/**
 * The phases of a lifecycle, as they stand: without any, each environment is one, in sort order,
 * later environments included. A phase that lists none has every environment that no earlier phase
 * lists. Environments deleted meanwhile are left out.
 * @param lifecycle a row; its phases are what `parsePhases` made
 * @param environments those of the space, in sort order
 */
export const phasesOf = (
  lifecycle: { phases: unknown },
  environments: EnvironmentName[],
): Phase[] => {
  const documents = Array.isArray(lifecycle.phases) ? (lifecycle.phases as PhaseDocument[]) : []
  if (documents.length === 0)
    return environments.map(environment => ({
      id: `implicit-${environment.id}`,
      name: environment.name,
      environments: [environment],
      automatic: [],
      required: 1,
      isOptional: false,
      isPriority: false,
      isImplicit: true,
    }))
  const known = new Map(environments.map(environment => [environment.id, environment]))
  const listed = new Set<string>()
  return documents.map(document => {
    const own = [...document.AutomaticDeploymentTargets, ...document.OptionalDeploymentTargets]
    const rest = environments.filter(({ id }) => !listed.has(id))
    for (const id of own) listed.add(id)
    const members = own.length === 0 ? rest : own.flatMap(id => known.get(id) ?? [])
    const minimum = document.MinimumEnvironmentsBeforePromotion
    return {
      id: document.Id,
      name: document.Name,
      environments: members,
      automatic: document.AutomaticDeploymentTargets.filter(id => known.has(id)),
      required: minimum === 0 ? members.length : Math.min(minimum, members.length),
      isOptional: document.IsOptionalPhase,
      isPriority: document.IsPriorityPhase === true,
      isImplicit: false,
    }
  })
}

/**
 * Where a release stands in its phases. The first is open; each later one opens once every phase
 * before it that is not optional is complete. A failure after a success takes nothing back.
 * @param successes ids of the environments where this release has succeeded at least once
 */
export const progression = (phases: Phase[], successes: ReadonlySet<string>): PhaseProgress[] => {
  let isOpen = true
  return phases.map(phase => {
    const done = phase.environments.map(({ id }) => id).filter(id => successes.has(id))
    const isComplete = done.length >= phase.required
    const progress: PhaseProgress = {
      phase,
      state: isComplete ? 'Complete' : isOpen ? 'Current' : 'Pending',
      isOpen,
      done,
    }
    if (!isComplete && !phase.isOptional) isOpen = false
    return progress
  })
}

export type Permit = { allowed: true } | { allowed: false; reason: string }

/** Whether a release may go to an environment now. Where it has succeeded once it may always go
 *  again, as long as the lifecycle still has that environment. */
export const mayDeploy = (
  phases: Phase[],
  successes: ReadonlySet<string>,
  environmentId: string,
  environmentName: string = environmentId,
): Permit => {
  const steps = progression(phases, successes)
  const its = steps.filter(({ phase }) => phase.environments.some(({ id }) => id === environmentId))
  const [first] = its
  if (!first)
    return {
      allowed: false,
      reason:
        `The lifecycle has no phase with the environment ${environmentName}. ` +
        'Add it to a phase, or use a channel whose lifecycle has it.',
    }
  if (successes.has(environmentId) || its.some(({ isOpen }) => isOpen)) return { allowed: true }
  const blocking = steps.filter(
    ({ phase, state }, at) =>
      at < steps.indexOf(first) && state !== 'Complete' && !phase.isOptional,
  )
  return {
    allowed: false,
    reason:
      `This release cannot be deployed to ${environmentName} yet. ` +
      blocking.map(missing).join(' ') +
      ` Phase ${first.phase.name} opens after that.`,
  }
}

const missing = ({ phase, done }: PhaseProgress): string => {
  const open = phase.environments.filter(({ id }) => !done.includes(id)).map(({ name }) => name)
  const left = phase.required - done.length
  return left === open.length
    ? `It must first succeed in ${listed(open)} (phase ${phase.name}).`
    : `It must first succeed in ${left} of ${listed(open)} (phase ${phase.name}).`
}

const listed = (names: string[]): string => {
  const shown = names.slice(0, 10)
  if (names.length > shown.length) shown.push(`${names.length - shown.length} more`)
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}

/** Environments a release may go to next: those of open phases where it has not succeeded. */
export const nextEnvironments = (phases: Phase[], successes: ReadonlySet<string>): string[] => [
  ...new Set(
    progression(phases, successes)
      .filter(({ isOpen }) => isOpen)
      .flatMap(({ phase }) => phase.environments.map(({ id }) => id))
      .filter(id => !successes.has(id)),
  ),
]

/** Of those, the ones that need no hand: automatic environments; an optional phase has none. */
export const automaticEnvironments = (
  phases: Phase[],
  successes: ReadonlySet<string>,
): string[] => [
  ...new Set(
    progression(phases, successes)
      .filter(({ isOpen, phase }) => isOpen && !phase.isOptional)
      .flatMap(({ phase }) => phase.automatic)
      .filter(id => !successes.has(id)),
  ),
]

/** Every environment of the lifecycle once, in the order a release passes them. */
export const environmentOrder = (phases: Phase[]): EnvironmentName[] => [
  ...new Map(
    phases.flatMap(({ environments }) => environments.map(each => [each.id, each] as const)),
  ).values(),
]
