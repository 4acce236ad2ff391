import { eq } from 'drizzle-orm'
import { authorize } from '../access/authorization.ts'
import { type ChangeKind, commitChange } from '../audit/change.ts'
import type { Write } from '../database/client.ts'
import { isForeignKeyViolation, isUniqueViolation } from '../database/guard.ts'
import { nextId } from '../database/ids.ts'
import { slugOf } from '../database/slug.ts'
import type { Context } from '../http/call.ts'
import { Problem } from '../http/problem.ts'
import type { GroupInput } from './project-input.ts'
import { projectGroups } from './schema.ts'
import { freeSlug } from './slug.ts'
import { type GroupRow, getGroup, takenSlugs } from './store.ts'

/** @throws Problem `conflict` for a name that is taken, `forbidden` */
export const createGroup = async (
  context: Context,
  spaceId: string,
  input: GroupInput,
): Promise<GroupRow> => {
  authorize(context.principal, 'ProjectGroupCreate', { spaceId })
  const { db } = context
  const wanted = slugOf(input.Slug ?? input.Name)
  const row = {
    id: await nextId(db, 'ProjectGroups'),
    spaceId,
    name: input.Name,
    slug: freeSlug(wanted, await takenSlugs(db, projectGroups, spaceId, wanted)),
    description: input.Description,
  }
  await write(context, row, 'Created', [db.insert(projectGroups).values(row)])
  return row
}

/** @throws Problem `conflict` for a name that is taken, `not_found`, `forbidden` */
export const modifyGroup = async (
  context: Context,
  spaceId: string,
  reference: string,
  input: GroupInput,
): Promise<GroupRow> => {
  authorize(context.principal, 'ProjectGroupEdit', { spaceId })
  const { db } = context
  const before = await getGroup(db, spaceId, reference)
  const row = { ...before, name: input.Name, description: input.Description }
  await write(context, row, 'Modified', [
    db.update(projectGroups).set(row).where(eq(projectGroups.id, row.id)),
  ])
  return row
}

/** @throws Problem `conflict` while it holds projects, `not_found`, `forbidden` */
export const deleteGroup = async (
  context: Context,
  spaceId: string,
  reference: string,
): Promise<void> => {
  authorize(context.principal, 'ProjectGroupDelete', { spaceId })
  const row = await getGroup(context.db, spaceId, reference)
  await write(context, row, 'Deleted', [
    context.db.delete(projectGroups).where(eq(projectGroups.id, row.id)),
  ])
}

const write = async (
  context: Context,
  row: GroupRow,
  category: ChangeKind,
  writes: Write[],
): Promise<void> => {
  try {
    await commitChange(context, 'Project group', row, category, writes)
  } catch (error) {
    if (isUniqueViolation(error, 'project_groups.name'))
      throw new Problem(
        'conflict',
        `A project group named ${row.name} exists already; choose another name.`,
      )
    if (isForeignKeyViolation(error))
      throw new Problem(
        'conflict',
        `Project group ${row.name} still holds projects. Move them to another group first.`,
      )
    throw error
  }
}
