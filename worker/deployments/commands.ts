import { authorize } from '../access/authorization.ts'
import { commit, type Write } from '../database/client.ts'
import { isUniqueViolation } from '../database/guard.ts'
import { reserve } from '../database/ids.ts'
import type { Context } from '../http/call.ts'
import { invalid, Problem } from '../http/problem.ts'
import type { EnvironmentRow } from '../infrastructure/store.ts'
import { mayDeploy } from '../lifecycles/progression.ts'
import type { projects } from '../projects/schema.ts'
import type { releases } from '../releases/schema.ts'
import { type Gathered, gather, keyFor, namedEnvironments } from './creation.ts'
import { writesOf } from './creation-writes.ts'
import { answerTo, type Idempotency, keepAnswer } from './idempotency.ts'
import { deploymentObject } from './object.ts'
import { answersAmong, answersFor, promptsOf } from './prompting.ts'
import { checkSchedule, type DeploymentRequest } from './request.ts'

type Project = Pick<typeof projects.$inferSelect, 'id' | 'spaceId' | 'name' | 'isDisabled'>
type Release = typeof releases.$inferSelect
export type CreatedDeployment = { deploymentId: string; taskId: string; environmentId: string }

/** What else there is to say about a creation. */
export type Further = {
  idempotency?: Idempotency | undefined
  /** The failed deployment that it goes on from. */
  resumedFrom?: string
  /** Must hold in the commit itself. */
  guards?: Write[]
}

/** A batch of environments at once is refused whole when one of them is. */
const MAX_ENVIRONMENTS = 50

/**
 * Queues a release for one or more environments, a task each. Nothing is stored unless all of them
 * are allowed; each starts as soon as no other task with its concurrency key is before it. The same
 * request with the same idempotency key is answered as it was the first time.
 * @throws Problem `forbidden`, `not_found`, `invalid` when the lifecycle does not lead there yet or
 *   the request names steps or targets that are not there, `conflict` for a key of another request
 */
export const createDeployments = async (
  context: Context,
  project: Project,
  release: Release,
  request: DeploymentRequest,
  further: Further = {},
): Promise<CreatedDeployment[]> => {
  const { idempotency } = further
  const before = idempotency && (await answerTo(context, project.spaceId, idempotency))
  if (before) return before as CreatedDeployment[]
  try {
    return await create(context, project, release, request, further)
  } catch (error) {
    // The same request came twice at once, and the other was first.
    if (!idempotency || !isUniqueViolation(error, 'idempotency_keys')) throw error
    return (await answerTo(context, project.spaceId, idempotency)) as CreatedDeployment[]
  }
}

const create = async (
  context: Context,
  project: Project,
  release: Release,
  request: DeploymentRequest,
  { idempotency, guards = [], resumedFrom }: Further,
): Promise<CreatedDeployment[]> => {
  const { db, now, principal } = context
  const { spaceId } = project
  checkSchedule(request, now)
  if (project.isDisabled)
    throw invalid(`Project ${project.name} is disabled; enable it in its settings to deploy.`)
  const references = [...new Set(request.environments)]
  if (references.length > MAX_ENVIRONMENTS)
    throw invalid(`At most ${MAX_ENVIRONMENTS} environments at once; found ${references.length}.`)
  const count = references.length
  authorize(principal, 'DeploymentCreate', { spaceId, projectId: project.id })
  const [gathered, numbers] = await Promise.all([
    gather(context, release, request),
    reserve(db, { Deployments: count, ServerTasks: count }),
  ])
  const environments = namedEnvironments(gathered.environments, references)
  for (const { id } of environments)
    authorize(principal, 'DeploymentCreate', { spaceId, projectId: project.id, environmentId: id })
  for (const environment of environments) permit(gathered, project, release, environment)

  const asked = await promptsOf(context, gathered, release, environments)
  const planned = await Promise.all(
    environments.map(async (environment, index) => {
      const numbered = {
        deployment: numbers.Deployments[index] ?? 0,
        task: numbers.ServerTasks[index] ?? 0,
      }
      const ids = {
        deploymentId: `Deployments-${numbered.deployment}`,
        taskId: `ServerTasks-${numbered.task}`,
      }
      const prompts = asked[index] ?? []
      const given = answersAmong(request.formValues, prompts, asked)
      const about = { id: ids.deploymentId, spaceId, environment }
      const answers = await answersFor(context, prompts, given, about)
      const key = keyFor(gathered, project, release, environment, ids)
      return { environment, numbered, ids, answers, key }
    }),
  )
  const created = planned.map(({ environment, ids }) => ({ ...ids, environmentId: environment.id }))
  const writes = planned.flatMap(each =>
    writesOf(context, project, release, { request, gathered, resumedFrom }, each),
  )
  // The objects come up while their rows are being written; one without a row does nothing.
  const startsNow = (request.startAt ?? now) <= now
  const objects = startsNow
    ? created.map(each => deploymentObject(context.env, each.deploymentId))
    : []
  const committing = commit(db, [
    ...guards,
    ...(idempotency ? [keepAnswer(context, spaceId, idempotency, created)] : []),
    ...writes,
  ])
  for (const object of objects) context.defer(object.warm())
  await committing
  for (const [index, object] of objects.entries())
    context.defer(object.start(created[index]?.deploymentId ?? ''))
  return created
}

const permit = (
  { phases, successes }: Gathered,
  project: Project,
  release: Release,
  environment: EnvironmentRow,
): void => {
  const verdict = mayDeploy(phases, successes, environment.id)
  if (!verdict.allowed)
    throw new Problem(
      'invalid',
      `Release ${release.version} of ${project.name} cannot be deployed to ${environment.name}: ${verdict.reason}`,
    )
}
