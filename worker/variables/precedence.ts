import { DIMENSIONS, type Dimension, type Scope } from './scope.ts'

/** One value of a variable, with the places it is meant for. */
export type ScopedVariable = {
  id: string
  name: string
  value: string | null
  isSensitive: boolean
  type: string
  scope: Scope
  source: 'project' | 'library'
  /** `variableset-Projects-1`. */
  setId: string
  /** True when `value` is the answer that was given for this deployment. */
  isAnswered?: boolean
}

/** Where a value is asked for. What is absent is not there: a value limited to a machine does not
 *  apply to a step that runs on none. */
export type ScopeContext = {
  environmentId?: string
  machineId?: string
  /** All tags of the machine. */
  machineTags?: readonly string[]
  /** The tags the step targets; a machine's tag counts more when it is one of them. */
  stepTags?: readonly string[]
  stepId?: string
  actionId?: string
  channelId?: string
  tenantTags?: readonly string[]
  /** The project, for its deployment process; a runbook's id in its runs. */
  processOwnerId?: string
}

export type Resolution = {
  name: string
  winner: ScopedVariable
  /** What applies here too but stands behind, the nearest first. */
  losers: ScopedVariable[]
  /** Why the winner won, as a person would say it. */
  rule: string
  /** Nothing but the order of definition decided between the first two. */
  isTie: boolean
}

/** A value that stands behind, and what put it there. */
export type Loser = { variable: ScopedVariable; rule: string }

/** The values of each variable in order of definition; made once, asked for many places. */
export type VariableIndex = ReadonlyMap<string, readonly ScopedVariable[]>

export const indexByName = (variables: Iterable<ScopedVariable>): VariableIndex => {
  const index = new Map<string, ScopedVariable[]>()
  for (const variable of variables) {
    const key = variable.name.toLowerCase()
    const values = index.get(key)
    if (values) values.push(variable)
    else index.set(key, [variable])
  }
  return index
}

/** One bit per kind of scope, so that a number holds which of them a value has: the highest bit two
 *  values differ in decides, and more bits beat fewer. */
const WEIGHT = {
  answered: 1 << 10,
  action: 1 << 9,
  machine: 1 << 8,
  targetedTag: 1 << 7,
  otherTag: 1 << 6,
  tenantTag: 1 << 4,
  environment: 1 << 3,
  channel: 1 << 2,
  processOwner: 1 << 1,
  project: 1,
} as const

const RULES: [weight: number, words: string][] = [
  [WEIGHT.answered, 'It is the answer that was given for this deployment.'],
  [WEIGHT.action, 'It is scoped to this step.'],
  [WEIGHT.machine, 'It is scoped to this target.'],
  [WEIGHT.targetedTag, 'It is scoped to a tag of the target that the step targets.'],
  [WEIGHT.otherTag, 'It is scoped to another tag of the target.'],
  [WEIGHT.tenantTag, 'It is scoped to a tag of the tenant.'],
  [WEIGHT.environment, 'It is scoped to this environment.'],
  [WEIGHT.channel, 'It is scoped to this channel.'],
  [WEIGHT.processOwner, 'It is scoped to this process.'],
  [WEIGHT.project, "The project's own value stands before one of a library variable set."],
]

/**
 * For each variable that has a value here, the value that holds. Values apply when in every
 * dimension they are scoped in one of the listed is the current one; of those an answer wins, then
 * the most specific: step, target, targeted tag, other tag, tenant tag, environment, channel, process,
 * then the project before library sets, then the first included set, then what was defined first.
 * @see https://octopus.com/docs/projects/variables/getting-started#scope-specificity
 */
export const resolve = (
  variables: readonly ScopedVariable[] | VariableIndex,
  at: ScopeContext,
): Resolution[] => {
  const index = variables instanceof Map ? variables : indexByName(variables as ScopedVariable[])
  const place = placeOf(at)
  const resolutions: Resolution[] = []
  for (const values of index.values()) {
    const resolution = resolveOne(values, place)
    if (resolution) resolutions.push(resolution)
  }
  return resolutions
}

const resolveOne = (values: readonly ScopedVariable[], place: Place): Resolution | undefined => {
  const applicable = values
    .filter(value => applies(value.scope, place))
    .map(value => ({ value, rank: rankOf(value, place) }))
    // The sort keeps the order of definition among equals.
    .sort((left, right) => right.rank - left.rank)
  const [first, second] = applicable
  if (!first) return undefined
  const isTie = first.rank === second?.rank
  return {
    name: first.value.name,
    winner: first.value,
    losers: applicable.slice(1).map(({ value }) => value),
    rule: second ? ruleOf(first, second) : 'It is the only value that applies here.',
    isTie,
  }
}

type Ranked = { value: ScopedVariable; rank: number }

const TIE = 'Another value is just as specific; this one was defined first.'
const TIE_OF_SETS =
  'Another value is just as specific; the library variable set of this one comes first in the project.'

const ruleOf = (first: Ranked, second: Ranked): string => {
  const deciding = first.rank & ~second.rank
  const decided = RULES.find(([weight]) => deciding & weight)
  if (decided) return decided[1]
  return first.value.setId === second.value.setId ? TIE : TIE_OF_SETS
}

/** What put each of the values that lost behind the winner. */
export const losersOf = ({ winner, losers }: Resolution, at: ScopeContext): Loser[] => {
  const place = placeOf(at)
  const first = { value: winner, rank: rankOf(winner, place) }
  return losers.map(variable => ({
    variable,
    rule: ruleOf(first, { value: variable, rank: rankOf(variable, place) }),
  }))
}

const ELSEWHERE: Record<Dimension, string> = {
  environment: 'It is for other environments.',
  machine: 'It is for other targets.',
  role: 'It is for targets with other tags.',
  action: 'It is for other steps.',
  channel: 'It is for other channels.',
  tenantTag: 'It is for tenants with other tags.',
  processOwner: 'It is for other processes.',
}
const NOWHERE: Partial<Record<Dimension, string>> = {
  environment: 'It is for an environment, and none was chosen.',
  machine: 'It is for a target, and there is none here.',
  role: 'It is for targets with a tag, and there is no target here.',
  action: 'It is for a step, and there is none here.',
  channel: 'It is for a channel, and none was chosen.',
  tenantTag: 'It is for a tag of a tenant, and there is no tenant here.',
}

/** The values of one variable that do not apply here, and why not. */
export const absentOf = (values: readonly ScopedVariable[], at: ScopeContext): Loser[] => {
  const place = placeOf(at)
  return values.flatMap(variable => {
    const missed = DIMENSIONS.find(dimension => !admits(variable.scope, dimension, place))
    if (missed === undefined) return []
    const rule = (place[missed].size === 0 ? NOWHERE[missed] : undefined) ?? ELSEWHERE[missed]
    return [{ variable, rule }]
  })
}

/** The current id or ids of each dimension. */
type Place = Record<Dimension, ReadonlySet<string>> & { targeted: ReadonlySet<string> }

const placeOf = (at: ScopeContext): Place => ({
  environment: setOf(at.environmentId),
  machine: setOf(at.machineId),
  role: setOf(...(at.machineTags ?? []).map(tag => tag.toLowerCase())),
  targeted: setOf(...(at.stepTags ?? []).map(tag => tag.toLowerCase())),
  action: setOf(at.actionId, at.stepId),
  channel: setOf(at.channelId),
  tenantTag: setOf(...(at.tenantTags ?? [])),
  processOwner: setOf(at.processOwnerId),
})

const setOf = (...ids: (string | undefined)[]): ReadonlySet<string> =>
  new Set(ids.filter(id => id !== undefined))

const key = (dimension: Dimension, id: string) => (dimension === 'role' ? id.toLowerCase() : id)

const applies = (scope: Scope, place: Place): boolean =>
  DIMENSIONS.every(dimension => admits(scope, dimension, place))

const admits = (scope: Scope, dimension: Dimension, place: Place): boolean => {
  const listed = scope[dimension]
  return !listed?.length || listed.some(id => place[dimension].has(key(dimension, id)))
}

const rankOf = ({ scope, source, isAnswered }: ScopedVariable, place: Place): number => {
  let rank = source === 'project' ? WEIGHT.project : 0
  if (isAnswered) rank |= WEIGHT.answered
  if (scope.action?.length) rank |= WEIGHT.action
  if (scope.machine?.length) rank |= WEIGHT.machine
  if (scope.role?.length) rank |= tagWeight(scope.role, place)
  if (scope.tenantTag?.length) rank |= WEIGHT.tenantTag
  if (scope.environment?.length) rank |= WEIGHT.environment
  if (scope.channel?.length) rank |= WEIGHT.channel
  if (scope.processOwner?.length) rank |= WEIGHT.processOwner
  return rank
}

const tagWeight = (tags: readonly string[], place: Place): number =>
  tags.some(tag => {
    const lower = tag.toLowerCase()
    return place.role.has(lower) && place.targeted.has(lower)
  })
    ? WEIGHT.targetedTag
    : WEIGHT.otherTag
