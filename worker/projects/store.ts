import { and, eq, or, sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { notFound } from '../http/problem.ts'
import { type ProjectSettings, readSettings } from './project.ts'
import { processes, projects } from './schema.ts'

export type ProjectRow = Omit<typeof projects.$inferSelect, 'settings'> & {
  settings: ProjectSettings
}
export type ProcessRow = typeof processes.$inferSelect

export const toProject = (row: typeof projects.$inferSelect): ProjectRow => ({
  ...row,
  settings: readSettings(row.settings),
})

/** By id, else by slug, else by name; letter case does not matter. */
export const findProject = async (
  db: Database,
  spaceId: string,
  reference: string,
): Promise<ProjectRow | undefined> => {
  const lower = reference.toLowerCase()
  const [row] = await db
    .select()
    .from(projects)
    .where(
      and(
        eq(projects.spaceId, spaceId),
        or(
          sql`lower(${projects.id}) = ${lower}`,
          eq(projects.slug, lower),
          eq(projects.name, reference),
        ),
      ),
    )
    .orderBy(sql`lower(${projects.id}) = ${lower} DESC, ${projects.slug} = ${lower} DESC`)
    .limit(1)
  return row && toProject(row)
}

/** @throws Problem `not_found` */
export const getProject = async (
  db: Database,
  spaceId: string,
  reference: string,
): Promise<ProjectRow> => {
  const project = await findProject(db, spaceId, reference)
  if (!project) throw notFound(reference)
  return project
}

/** The live process of a project (or of another owner of one).
 *  @throws Problem `not_found` */
export const getProcess = async (db: Database, ownerId: string): Promise<ProcessRow> => {
  const [row] = await db.select().from(processes).where(eq(processes.ownerId, ownerId))
  if (!row) throw notFound(`deploymentprocess-${ownerId}`)
  return row
}
