import { and, eq, inArray, sql } from 'drizzle-orm'
import { authorize } from '../access/authorization.ts'
import { record } from '../audit/record.ts'
import { commit, type Database, type Write } from '../database/client.ts'
import {
  guard,
  isForeignKeyViolation,
  isGuardFailure,
  isUniqueViolation,
} from '../database/guard.ts'
import { nextId } from '../database/ids.ts'
import { slugOf } from '../database/slug.ts'
import type { Context } from '../http/call.ts'
import { invalid, Problem } from '../http/problem.ts'
import { lifecycles } from '../lifecycles/schema.ts'
import { tasks } from '../tasks/schema.ts'
import { libraryVariableSets, variableSets, variableSnapshots } from '../variables/schema.ts'
import { refuseTooMany } from '../variables/together.ts'
import { processIdOf, variableSetIdOf } from './project.ts'
import { type DeploymentSettingsInput, type ProjectInput, settingsOf } from './project-input.ts'
import { channels, processes, processSnapshots, projectGroups, projects } from './schema.ts'
import { freeSlug } from './slug.ts'
import { getProject, type ProjectRow, takenSlugs, toProject } from './store.ts'
import { checkVersioning } from './versioning.ts'

/**
 * A project with its default channel, an empty process and an empty variable set.
 * @throws Problem `invalid` for a group, lifecycle or library set that is not there, `conflict` for
 * a name that is taken, `forbidden`
 */
export const createProject = async (
  context: Context,
  spaceId: string,
  input: ProjectInput,
): Promise<ProjectRow> => {
  authorize(context.principal, 'ProjectCreate', { spaceId })
  const { db, now } = context
  await checkReferences(db, spaceId, input)
  const [id, channelId] = [await nextId(db, 'Projects'), await nextId(db, 'Channels')]
  const wanted = slugOf(input.Slug ?? input.Name)
  const row = {
    id,
    spaceId,
    ...columnsOf(input),
    slug: input.Slug ? wanted : freeSlug(wanted, await takenSlugs(db, projects, spaceId, wanted)),
    settings: settingsOf(input),
    createdAt: now,
  }
  await write(context, row.name, [
    db.insert(projects).values(row),
    db.insert(channels).values({
      id: channelId,
      spaceId,
      projectId: id,
      name: 'Default',
      slug: 'default',
      isDefault: true,
    }),
    db.insert(processes).values({ id: processIdOf(id), spaceId, ownerId: id, changedAt: now }),
    db
      .insert(variableSets)
      .values({ id: variableSetIdOf(id), spaceId, ownerId: id, changedAt: now }),
    ...record(db, context, {
      spaceId,
      category: 'Created',
      message: `Project ${row.name} was created`,
      documentIds: [id],
    }),
  ])
  return toProject(row)
}

/** @throws Problem `invalid`, `conflict` for a name that is taken, `not_found`, `forbidden` */
export const modifyProject = async (
  context: Context,
  spaceId: string,
  reference: string,
  input: ProjectInput,
): Promise<ProjectRow> => {
  const before = await getProject(context.db, spaceId, reference)
  authorize(context.principal, 'ProjectEdit', { spaceId, projectId: before.id })
  await Promise.all([
    checkReferences(context.db, spaceId, input, before.id),
    checkVersioning(context.db, before, input.VersioningStrategy),
  ])
  const row = {
    ...before,
    ...columnsOf(input),
    slug: input.Slug ? slugOf(input.Slug) : before.slug,
    settings: settingsOf(input, before.settings),
  }
  return save(context, row, `Project ${row.name} was changed`)
}

/** @throws Problem `not_found`, `forbidden` */
export const modifyDeploymentSettings = async (
  context: Context,
  spaceId: string,
  reference: string,
  input: DeploymentSettingsInput,
): Promise<ProjectRow> => {
  const before = await getProject(context.db, spaceId, reference)
  authorize(context.principal, 'ProjectEdit', { spaceId, projectId: before.id })
  await checkVersioning(context.db, before, input.VersioningStrategy)
  const { ConnectivityPolicy, ...others } = input
  const settings = settingsOf(
    { ...others, ProjectConnectivityPolicy: ConnectivityPolicy },
    before.settings,
  )
  return save(
    context,
    { ...before, settings },
    `Deployment settings of ${before.name} were changed`,
  )
}

/**
 * Deletes a project with all that it owns, its history of deployments included; the audit record
 * stays. @throws Problem `conflict` while one of its tasks waits or runs, `not_found`, `forbidden`
 */
export const deleteProject = async (
  context: Context,
  spaceId: string,
  reference: string,
): Promise<void> => {
  const { db } = context
  const { id, name } = await getProject(db, spaceId, reference)
  authorize(context.principal, 'ProjectDelete', { spaceId, projectId: id })
  try {
    await commit(db, [
      guard(
        db,
        sql`SELECT NOT EXISTS (SELECT 1 FROM ${tasks} WHERE ${tasks.projectId} = ${id}
          AND ${tasks.state} IN ('Queued', 'Executing', 'Cancelling'))`,
      ),
      db.delete(projects).where(eq(projects.id, id)),
      db.delete(tasks).where(eq(tasks.projectId, id)),
      db.delete(processes).where(eq(processes.ownerId, id)),
      db.delete(processSnapshots).where(eq(processSnapshots.ownerId, id)),
      db.delete(variableSets).where(eq(variableSets.ownerId, id)),
      db.delete(variableSnapshots).where(eq(variableSnapshots.ownerId, id)),
      ...record(db, context, {
        spaceId,
        category: 'Deleted',
        message: `Project ${name} was deleted`,
        documentIds: [id],
      }),
    ])
  } catch (error) {
    if (!isGuardFailure(error)) throw error
    throw new Problem(
      'conflict',
      `Project ${name} has a task that waits or runs. Cancel it, or let it end, then delete.`,
    )
  }
}

const columnsOf = (input: ProjectInput) => ({
  name: input.Name,
  description: input.Description,
  projectGroupId: input.ProjectGroupId,
  lifecycleId: input.LifecycleId,
  isDisabled: input.IsDisabled,
})

const save = async (
  context: Context,
  row: typeof projects.$inferSelect,
  message: string,
): Promise<ProjectRow> => {
  const { db } = context
  const { id, createdAt: _, ...columns } = row
  await write(context, row.name, [
    db.update(projects).set(columns).where(eq(projects.id, id)),
    ...record(db, context, {
      spaceId: row.spaceId,
      category: 'Modified',
      message,
      documentIds: [id],
    }),
  ])
  return toProject(row)
}

const write = async ({ db }: Context, name: string, writes: Write[]): Promise<void> => {
  try {
    await commit(db, writes)
  } catch (error) {
    if (isUniqueViolation(error, 'projects.name'))
      throw new Problem('conflict', `A project named ${name} exists already; choose another name.`)
    if (isUniqueViolation(error, 'projects.slug'))
      throw new Problem('conflict', 'Another project has this slug already; choose another one.')
    if (isForeignKeyViolation(error))
      throw invalid('The project group or lifecycle was deleted meanwhile; choose another one.')
    throw error
  }
}

/** Ids are taken in their own spelling only once they are known to exist in this space. */
const checkReferences = async (
  db: Database,
  spaceId: string,
  input: ProjectInput,
  projectId?: string,
): Promise<void> => {
  const setIds = input.IncludedLibraryVariableSetIds ?? []
  const [groups, cycles, sets] = await db.batch([
    db
      .select({ id: projectGroups.id })
      .from(projectGroups)
      .where(and(eq(projectGroups.spaceId, spaceId), eq(projectGroups.id, input.ProjectGroupId))),
    db
      .select({ id: lifecycles.id })
      .from(lifecycles)
      .where(and(eq(lifecycles.spaceId, spaceId), eq(lifecycles.id, input.LifecycleId))),
    db
      .select({ id: libraryVariableSets.id })
      .from(libraryVariableSets)
      .where(
        and(eq(libraryVariableSets.spaceId, spaceId), inArray(libraryVariableSets.id, setIds)),
      ),
  ])
  const missing = (what: string, id: string) =>
    `There is no ${what} '${id}' in this space. List them to see what there is.`
  const fields: Record<string, string> = {}
  if (groups.length === 0) fields.ProjectGroupId = missing('project group', input.ProjectGroupId)
  if (cycles.length === 0) fields.LifecycleId = missing('lifecycle', input.LifecycleId)
  const unknown = setIds.find(id => !sets.some(set => set.id === id))
  if (unknown) fields.IncludedLibraryVariableSetIds = missing('library variable set', unknown)
  const sentences = Object.values(fields)
  if (sentences.length > 0) throw invalid(sentences.join(' '), fields)
  const owners = [...(projectId === undefined ? [] : [projectId]), ...setIds]
  if (setIds.length > 0) await refuseTooMany(db, [{ project: input.Name, owners }])
}
