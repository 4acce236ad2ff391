import { eq, sql } from 'drizzle-orm'
import { authorize } from '../access/authorization.ts'
import { type ChangeKind, commitChange } from '../audit/change.ts'
import type { Database, Write } from '../database/client.ts'
import { isForeignKeyViolation, isUniqueViolation } from '../database/guard.ts'
import { nextId } from '../database/ids.ts'
import { freeSlug } from '../database/slug.ts'
import type { Context } from '../http/call.ts'
import { invalid, Problem } from '../http/problem.ts'
import { listEnvironments } from './environment-store.ts'
import { defaultPolicyId, hasPolicy } from './policy-store.ts'
import { targetEnvironments, targets, targetTags } from './schema.ts'
import type { TargetInput } from './target.ts'
import { getTarget, type TargetRow } from './target-store.ts'

/** A target without a runner yet: it can be named in scopes, and fails a deployment until one is
 *  registered for it.
 *  @throws Problem `invalid` for an unknown environment, `conflict` for a taken name, `forbidden` */
export const createTarget = async (
  context: Context,
  spaceId: string,
  input: TargetInput,
): Promise<TargetRow> => {
  const { db, now } = context
  const environmentIds = await resolveEnvironments(db, spaceId, input.EnvironmentIds)
  authorizeIn(context, 'MachineCreate', spaceId, environmentIds)
  const id = await nextId(db, 'Machines')
  await write(context, { id, spaceId, name: input.Name }, 'Created', input, [
    db.insert(targets).values({
      id,
      spaceId,
      name: input.Name,
      slug: await freeSlug(db, targets, input.Name, sql`space_id = ${spaceId}`),
      machinePolicyId: await policyOf(db, spaceId, input.MachinePolicyId),
      isDisabled: input.IsDisabled ?? false,
      tenantedParticipation: input.TenantedDeploymentParticipation ?? 'Untenanted',
      createdAt: now,
    }),
    ...placements(db, id, environmentIds, input.Roles),
  ])
  return getTarget(db, spaceId, id)
}

/** @throws Problem `invalid` for an unknown environment, `conflict` for a taken name, `not_found`,
 *  `forbidden` unless held for every environment it stands in, before and after */
export const modifyTarget = async (
  context: Context,
  spaceId: string,
  reference: string,
  input: TargetInput,
): Promise<TargetRow> => {
  const { db } = context
  const before = await getTarget(db, spaceId, reference)
  const environmentIds = await resolveEnvironments(db, spaceId, input.EnvironmentIds)
  authorizeIn(context, 'MachineEdit', spaceId, [...before.environmentIds, ...environmentIds])
  const row = { id: before.id, spaceId, name: input.Name }
  await write(context, row, 'Modified', { before, after: input }, [
    db
      .update(targets)
      .set({
        name: input.Name,
        isDisabled: input.IsDisabled ?? before.isDisabled,
        machinePolicyId: await policyOf(
          db,
          spaceId,
          input.MachinePolicyId ?? before.machinePolicyId,
        ),
        tenantedParticipation:
          input.TenantedDeploymentParticipation ?? before.tenantedParticipation,
      })
      .where(eq(targets.id, before.id)),
    db.delete(targetEnvironments).where(eq(targetEnvironments.targetId, before.id)),
    db.delete(targetTags).where(eq(targetTags.targetId, before.id)),
    ...placements(db, before.id, environmentIds, input.Roles),
  ])
  return getTarget(db, spaceId, before.id)
}

/** A disabled target is never chosen by a deployment. */
export const setTargetDisabled = async (
  context: Context,
  spaceId: string,
  reference: string,
  isDisabled: boolean,
): Promise<TargetRow> => {
  const before = await getTarget(context.db, spaceId, reference)
  return modifyTarget(context, spaceId, before.id, {
    Name: before.name,
    EnvironmentIds: before.environmentIds,
    Roles: before.tags,
    IsDisabled: isDisabled,
  })
}

/** Removes the target and, unless something else stands on it, lets its runner in no more.
 *  @throws Problem `not_found`, `forbidden` */
export const deleteTarget = async (
  context: Context,
  spaceId: string,
  reference: string,
): Promise<void> => {
  const { db, now } = context
  const row = await getTarget(db, spaceId, reference)
  authorizeIn(context, 'MachineDelete', spaceId, row.environmentIds)
  await write(context, row, 'Deleted', row, [
    db.delete(targets).where(eq(targets.id, row.id)),
    ...(row.runnerId ? [revokeUnused(db, row.runnerId, now)] : []),
  ])
}

/** Revokes the runner when neither a target nor a pool member stands on it any more. */
export const revokeUnused = (db: Database, runnerId: string, now: number): Write =>
  db.run(sql`UPDATE runners SET revoked_at = ${now} WHERE id = ${runnerId}
    AND revoked_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM targets WHERE runner_id = ${runnerId})
    AND NOT EXISTS (SELECT 1 FROM workers WHERE runner_id = ${runnerId})`)

/** Ids of environments named by id, slug or name.
 *  @throws Problem `invalid`, naming the unknown one */
export const resolveEnvironments = async (
  db: Database,
  spaceId: string,
  references: string[],
): Promise<string[]> => {
  if (references.length === 0) return []
  const environments = await listEnvironments(db, spaceId)
  return [
    ...new Set(
      references.map(reference => {
        const lower = reference.trim().toLowerCase()
        const found =
          environments.find(({ id }) => id.toLowerCase() === lower) ??
          environments.find(({ slug }) => slug === lower) ??
          environments.find(({ name }) => name.toLowerCase() === lower)
        if (!found)
          throw invalid(`The environment '${reference}' does not exist here. Create it first.`)
        return found.id
      }),
    ),
  ]
}

export const authorizeIn = (
  { principal }: Context,
  permission: 'MachineCreate' | 'MachineEdit' | 'MachineDelete',
  spaceId: string,
  environmentIds: string[],
): void => {
  if (environmentIds.length === 0) authorize(principal, permission, { spaceId })
  for (const environmentId of environmentIds)
    authorize(principal, permission, { spaceId, environmentId })
}

const policyOf = async (
  db: Database,
  spaceId: string,
  id: string | null | undefined,
): Promise<string> => {
  if (!id) return defaultPolicyId(db, spaceId)
  if (!(await hasPolicy(db, spaceId, id)))
    throw invalid(`The machine policy '${id}' does not exist here.`)
  return id
}

const placements = (
  db: Database,
  targetId: string,
  environmentIds: string[],
  tags: string[],
): Write[] => {
  const distinct = new Map(tags.map(tag => [tag.toLowerCase(), tag]))
  return [
    ...environmentIds.map(environmentId =>
      db.insert(targetEnvironments).values({ targetId, environmentId }),
    ),
    ...[...distinct.values()].map(tag => db.insert(targetTags).values({ targetId, tag })),
  ]
}

const write = async (
  context: Context,
  row: { id: string; spaceId: string; name: string },
  category: ChangeKind,
  details: unknown,
  writes: Write[],
): Promise<void> => {
  try {
    await commitChange(context, 'Target', row, category, writes, { details })
  } catch (error) {
    if (isUniqueViolation(error, 'targets.name'))
      throw new Problem(
        'conflict',
        `A target named '${row.name}' already exists. Choose another name.`,
      )
    if (isForeignKeyViolation(error))
      throw invalid('One of the environments was deleted just now. Reload and choose again.')
    throw error
  }
}
