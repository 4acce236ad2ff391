import type { Action } from '../projects/process.ts'
import type { Lane, LeftOut, PlanInput, PlannedAction } from './plan.ts'
import { isRequired } from './plan-settings.ts'
import type { Selection } from './plan-targets.ts'

/** Why an action does not run in this deployment, as a person should read it; null when it does. */
export const skipOfAction = (input: PlanInput, action: Action): string | null => {
  const { environment, channelId, request } = input
  if (action.isDisabled) return 'It is disabled.'
  if (request.skipActionIds.includes(action.id) && !isRequired(action))
    return 'It was left out of this deployment.'
  const isElsewhere =
    action.environments.length > 0 && !action.environments.includes(environment.id)
  if (isElsewhere || action.excludedEnvironments.includes(environment.id))
    return `It does not run in ${environment.name}.`
  if (action.channels.length > 0 && !action.channels.includes(channelId))
    return 'It does not run for releases of this channel.'
  if (!admitsTenant(action.tenantTags, input.tenantTags ?? null))
    return input.tenantTags
      ? `It runs only for tenants with ${spoken(action.tenantTags)}.`
      : `It runs only for tenants with ${spoken(action.tenantTags)}; this deployment is for none.`
  return null
}

const spoken = (tags: string[]) => `the tag${tags.length === 1 ? '' : 's'} ${tags.join(', ')}`

/**
 * Whether an action with these tags, `Set/Tag` each, runs for a tenant: of every set that it names,
 * the tenant has at least one of the named tags. Without tags it runs for all, and for no tenant too.
 * @param tenant the tenant's tags; null for a deployment without a tenant
 */
export const admitsTenant = (
  wanted: readonly string[],
  tenant: readonly string[] | null,
): boolean => {
  if (wanted.length === 0) return true
  if (tenant === null) return false
  const own = new Set(tenant.map(tag => tag.toLowerCase()))
  const sets = Map.groupBy(
    wanted.map(tag => tag.toLowerCase()),
    tag => tag.slice(0, Math.max(0, tag.indexOf('/'))),
  )
  return [...sets.values()].every(tags => tags.some(tag => own.has(tag)))
}

/** Why a step does not run; null when it does. */
export const skipOfStep = (
  actions: PlannedAction[],
  lanes: Lane[],
  tags: string[],
  { candidates, leftOut }: Selection,
  { environment }: PlanInput,
): string | null => {
  if (actions.length === 0) return 'It has no actions.'
  if (actions.every(({ skip }) => skip !== null)) return actions[0]?.skip ?? null
  if (lanes.length > 0) return null
  if (tags.length === 0) return NO_TAGS
  return candidates > 0 ? allLeftOut(leftOut) : noTargets(environment.name, tags)
}

const NO_TAGS =
  'It names no target tags and is not set to run on a worker: give it the tags of the targets it is for.'

const noTargets = (environment: string, tags: string[]) =>
  `No enabled target in ${environment} has the ${tags.length === 1 ? 'tag' : 'tags'} ${tags.join(' or ')}.`

/** The reasons, each with the targets it is true of. */
const allLeftOut = (leftOut: LeftOut[]): string => {
  const reasons = Map.groupBy(leftOut, ({ reason }) => reason)
  const [only] = reasons.keys()
  if (reasons.size === 1 && only === 'It was left out of this deployment.')
    return 'All of its targets were left out of this deployment.'
  const each = [...reasons].map(([reason, targets]) => {
    const names = targets.slice(0, 5).map(({ name }) => name)
    const more = targets.length > names.length ? ` and ${targets.length - names.length} more` : ''
    return `${names.join(', ')}${more}: ${reason}`
  })
  return `None of its targets is left. ${each.join(' ')}`
}
