import type { LeftOut, PlanInput, PlanTarget } from './plan.ts'

/** The targets a step with these tags runs on, and those it does not although they have a tag. */
export type Selection = {
  chosen: PlanTarget[]
  leftOut: LeftOut[]
  /** Enabled ones with a tag, chosen or not. */
  candidates: number
}

/** `web-2` before `web-10`. */
export const byName = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/** In the order of their names, so that the order of a rolling deployment can be foretold.
 *  @param runsThere the targets' own runners are needed, not only those of workers */
export const selectTargets = (
  input: PlanInput,
  tags: readonly string[],
  runsThere: boolean,
): Selection => {
  const wanted = new Set(tags.map(tag => tag.toLowerCase()))
  const matching = input.targets
    .filter(target => target.tags.some(tag => wanted.has(tag.toLowerCase())))
    .toSorted(
      (left, right) => byName.compare(left.name, right.name) || (left.id < right.id ? -1 : 1),
    )
  const reasons = matching.map(target => ({
    target,
    reason: reasonToLeaveOut(input, target, runsThere),
  }))
  return {
    chosen: reasons.flatMap(({ target, reason }) => (reason === null ? [target] : [])),
    leftOut: reasons.flatMap(({ target, reason }) =>
      reason === null ? [] : [{ targetId: target.id, name: target.name, reason }],
    ),
    candidates: matching.filter(({ isDisabled }) => !isDisabled).length,
  }
}

const reasonToLeaveOut = (
  input: PlanInput,
  target: PlanTarget,
  runsThere: boolean,
): string | null => {
  const { excludedMachineIds, specificMachineIds } = input.request
  const { policy } = input
  if (target.isDisabled) return 'It is disabled.'
  if (excludedMachineIds.includes(target.id)) return 'It was left out of this deployment.'
  if (specificMachineIds.length > 0 && !specificMachineIds.includes(target.id))
    return 'It is not among the targets chosen for this deployment.'
  if (policy?.ExcludeUnhealthyTargets && target.healthStatus === 'Unhealthy')
    return 'It is unhealthy, and the project leaves unhealthy targets out.'
  if (
    policy?.SkipMachineBehavior === 'SkipUnavailableMachines' &&
    isUnavailable(target, runsThere)
  ) {
    const only = new Set(policy.TargetRoles.map(tag => tag.toLowerCase()))
    if (only.size === 0 || target.tags.some(tag => only.has(tag.toLowerCase())))
      return 'It is unavailable, and the project skips unavailable targets.'
  }
  return null
}

/** Its runner is away, or it never had one. A deployment that does not skip it tries all the same,
 *  and fails there if the runner does not come back in time. */
export const isUnavailable = (
  { healthStatus, runnerId }: PlanTarget,
  runsThere: boolean,
): boolean => healthStatus === 'Unavailable' || (runsThere && runnerId === null)
