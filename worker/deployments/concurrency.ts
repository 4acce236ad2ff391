import type { Database } from '../database/client.ts'
import { invalid } from '../http/problem.ts'
import type { ScopedVariable } from '../variables/precedence.ts'
import { CONCURRENCY_TAG, completed, type PlanPlace, textOf } from './plan-variables.ts'

const MAX_TAG = 200

/**
 * What only one task at a time may run under: the project in the environment, unless the variable
 * `Octopus.Task.ConcurrencyTag` names a tag of the space for it.
 * @param at what the variable may refer to, the ids of deployment and task included
 * @throws Problem `invalid` for a tag that cannot be evaluated
 */
export const concurrencyKey = (
  variables: ScopedVariable[],
  ids: { spaceId: string; projectId: string; environmentId: string },
  at: PlanPlace,
): string => {
  const tag = textOf(variables, CONCURRENCY_TAG, at)?.trim()
  if (!tag) return `${ids.projectId}/${ids.environmentId}`
  if (tag.includes('#{'))
    throw invalid(
      `The variable ${CONCURRENCY_TAG} comes to '${tag.slice(0, 200)}', which refers to what is not ` +
        'known before a deployment starts. Refer to plain variables of the project, or to ' +
        'Octopus.Project, Octopus.Environment, Octopus.Release, Octopus.Deployment.Id or Octopus.Task.Id.',
    )
  if (tag.length > MAX_TAG)
    throw invalid(
      `The variable ${CONCURRENCY_TAG} comes to ${tag.length} characters; a tag has at most ${MAX_TAG}.`,
    )
  return `${ids.spaceId}/tag/${tag.toLowerCase()}`
}

/** The variables that a tag is made from. */
export const tagVariables = (
  db: Database,
  snapshotId: string,
  variables: ScopedVariable[],
): Promise<ScopedVariable[]> =>
  completed(
    db,
    snapshotId,
    variables.filter(({ name }) => name.toLowerCase() === CONCURRENCY_TAG.toLowerCase()),
    [],
  )
