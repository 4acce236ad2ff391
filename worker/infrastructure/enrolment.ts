import * as z from 'zod'
import { authorize } from '../access/authorization.ts'
import { randomToken, sha256Hex } from '../access/digest.ts'
import { record } from '../audit/record.ts'
import { commit } from '../database/client.ts'
import type { Context } from '../http/call.ts'
import { invalid } from '../http/problem.ts'
import { isoTime } from '../http/values.ts'
import { enrolmentTokens } from '../runners/schema.ts'
import { resolvePools } from './pool-commands.ts'
import { tags } from './target.ts'
import { authorizeIn, resolveEnvironments } from './target-commands.ts'

const MAX_LIFE_MINUTES = 60

const references = z.array(z.string().min(1).max(200)).max(200).nullish()

export const enrolmentInput = z.object({
  /** The target's or worker's name; without one the runner says it, else its host name is taken. */
  Name: z.string().trim().max(200, 'may have 200 characters.').nullish(),
  EnvironmentIds: references,
  Roles: tags.nullish(),
  WorkerPoolIds: references,
  /** The worker also serves default pools of other spaces that have no worker of their own. */
  SharedWorker: z.boolean().nullish(),
  /** Whoever has the target of this name now is replaced at once, without an approval. */
  ReplaceExisting: z.boolean().nullish(),
  LifetimeMinutes: z
    .number()
    .int()
    .min(1, 'must be 1 to 60 minutes.')
    .max(MAX_LIFE_MINUTES, 'must be 1 to 60 minutes.')
    .nullish(),
})
export type EnrolmentInput = z.output<typeof enrolmentInput>

/**
 * A token that lets one runner register itself, once, as what is named here and nothing else. Only
 * its digest is kept.
 * @throws Problem `invalid` when it names no place, no tag, or an unknown one; `forbidden`
 */
export const createEnrolmentToken = async (
  context: Context,
  spaceId: string,
  input: EnrolmentInput,
) => {
  const { db, env, now, principal } = context
  const [environmentIds, workerPoolIds] = await Promise.all([
    resolveEnvironments(db, spaceId, input.EnvironmentIds ?? []),
    resolvePools(db, spaceId, input.WorkerPoolIds ?? []),
  ])
  const roles = input.Roles ?? []
  if (environmentIds.length > 0) authorizeIn(context, 'MachineCreate', spaceId, environmentIds)
  if (workerPoolIds.length > 0) authorize(principal, 'WorkerEdit', { spaceId })
  if (environmentIds.length === 0 && workerPoolIds.length === 0) {
    authorize(principal, 'MachineCreate', { spaceId })
    throw invalid(
      'A runner needs a place: name EnvironmentIds and Roles for a target, or WorkerPoolIds for a worker.',
    )
  }
  if (environmentIds.length > 0 && roles.length === 0)
    throw invalid('A target needs at least one tag: name it in Roles.')
  if (environmentIds.length === 0 && roles.length > 0)
    throw invalid('Tags belong to a target: name its environments in EnvironmentIds.')

  const sharedWorker = input.SharedWorker ?? false
  if (sharedWorker) authorize(principal, 'AdministerSystem', {})
  if (sharedWorker && workerPoolIds.length === 0)
    throw invalid('A shared worker belongs to a pool: name it in WorkerPoolIds.')

  const replaces = input.ReplaceExisting ?? false
  if (replaces) authorizeIn(context, 'MachineEdit', spaceId, environmentIds)

  // Never begins with a dash: people paste it behind `--token`.
  const token = `join-${randomToken()}`
  const name = input.Name || null
  const expiresAt = now + (input.LifetimeMinutes ?? MAX_LIFE_MINUTES) * 60_000
  await commit(db, [
    db.insert(enrolmentTokens).values({
      tokenHash: await sha256Hex(token),
      spaceId,
      name,
      environmentIds,
      tags: roles,
      workerPoolIds,
      sharedWorker,
      replaces,
      createdBy: principal.id,
      createdAt: now,
      expiresAt,
    }),
    ...record(db, context, {
      spaceId,
      category: 'Created',
      message: `An enrolment token for ${name ? `the runner ${name}` : 'a runner'} was created`,
      documentIds: [...environmentIds, ...workerPoolIds],
      details: { name, environmentIds, roles, workerPoolIds, sharedWorker, replaces, expiresAt },
    }),
  ])
  return {
    Token: token,
    Name: name,
    EnvironmentIds: environmentIds,
    Roles: roles,
    WorkerPoolIds: workerPoolIds,
    SharedWorker: sharedWorker,
    ReplaceExisting: replaces,
    Expires: isoTime(expiresAt),
    InstallCommand: `curl -fsSL ${env.PUBLIC_URL}/install/${token} | sh`,
  }
}
