import { eq, sql } from 'drizzle-orm'
import { authorize } from '../access/authorization.ts'
import { type ChangeKind, commitChange } from '../audit/change.ts'
import type { Write } from '../database/client.ts'
import { guard, isGuardFailure, isUniqueViolation } from '../database/guard.ts'
import { nextId } from '../database/ids.ts'
import type { Context } from '../http/call.ts'
import { Problem } from '../http/problem.ts'
import { projects } from '../projects/schema.ts'
import type { LibraryInput } from './library.ts'
import { getLibrarySet, projectsIncluding } from './library-store.ts'
import { libraryVariableSets, variableSets } from './schema.ts'
import type { LibrarySet } from './store.ts'

/** @throws Problem `conflict` for a name that is taken, `forbidden` */
export const createLibrarySet = async (
  context: Context,
  spaceId: string,
  input: LibraryInput,
): Promise<LibrarySet> => {
  authorize(context.principal, 'LibraryVariableSetCreate', { spaceId })
  const { db, now } = context
  const id = await nextId(db, 'LibraryVariableSets')
  const row = {
    id,
    spaceId,
    name: input.Name,
    description: input.Description,
    contentType: input.ContentType,
  }
  await write(context, row, 'Created', [
    db.insert(libraryVariableSets).values(row),
    db
      .insert(variableSets)
      .values({ id: `variableset-${id}`, spaceId, ownerId: id, changedAt: now }),
  ])
  return row
}

/** @throws Problem `conflict` for a name that is taken, `not_found`, `forbidden` */
export const modifyLibrarySet = async (
  context: Context,
  spaceId: string,
  reference: string,
  input: LibraryInput,
): Promise<LibrarySet> => {
  authorize(context.principal, 'LibraryVariableSetEdit', { spaceId })
  const { db } = context
  const before = await getLibrarySet(db, spaceId, reference)
  const row = { ...before, name: input.Name, description: input.Description }
  await write(context, row, 'Modified', [
    db.update(libraryVariableSets).set(row).where(eq(libraryVariableSets.id, row.id)),
  ])
  return row
}

/** Releases keep their snapshots of it. @throws Problem `conflict` while a project includes it,
 *  `not_found`, `forbidden` */
export const deleteLibrarySet = async (
  context: Context,
  spaceId: string,
  reference: string,
): Promise<void> => {
  authorize(context.principal, 'LibraryVariableSetDelete', { spaceId })
  const { db } = context
  const row = await getLibrarySet(db, spaceId, reference)
  await write(context, row, 'Deleted', [
    guard(
      db,
      sql`SELECT NOT EXISTS (SELECT 1 FROM ${projects},
        json_each(${projects.settings}, '$.IncludedLibraryVariableSetIds') AS each
        WHERE each.value = ${row.id})`,
    ),
    db.delete(libraryVariableSets).where(eq(libraryVariableSets.id, row.id)),
    db.delete(variableSets).where(eq(variableSets.ownerId, row.id)),
  ])
}

const write = async (
  context: Context,
  row: LibrarySet,
  category: ChangeKind,
  writes: Write[],
): Promise<void> => {
  const { db } = context
  try {
    await commitChange(context, 'Library variable set', row, category, writes)
  } catch (error) {
    if (isUniqueViolation(error, 'library_variable_sets.name'))
      throw new Problem(
        'conflict',
        `A library variable set named ${row.name} exists already; choose another name.`,
      )
    if (!isGuardFailure(error)) throw error
    const users = (await projectsIncluding(db, row.id)).slice(0, 10).map(each => each.name)
    throw new Problem(
      'conflict',
      `Library variable set ${row.name} is included in ${users.join(', ')}. Take it out there first.`,
    )
  }
}
