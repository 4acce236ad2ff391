import { and, eq, or, sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { notFound } from '../http/problem.ts'
import { projects } from '../projects/schema.ts'
import { spelledAs } from '../projects/store.ts'
import { releases } from '../releases/schema.ts'

/** A project and one of its releases by what clients call them, in one round trip.
 *  @throws Problem `not_found` for either */
export const findRelease = async (
  db: Database,
  spaceId: string,
  project: string,
  version: string,
) => {
  const id = spelledAs('Projects', project)
  const slug = project.toLowerCase()
  const rows = await db
    .select({ project: projects, release: releases })
    .from(projects)
    .leftJoin(
      releases,
      and(
        eq(releases.projectId, projects.id),
        or(eq(releases.version, version), eq(releases.id, spelledAs('Releases', version))),
      ),
    )
    .where(
      and(
        eq(projects.spaceId, spaceId),
        or(eq(projects.id, id), eq(projects.slug, slug), eq(projects.name, project)),
      ),
    )
    .orderBy(
      sql`${projects.id} = ${id} DESC, ${projects.slug} = ${slug} DESC, ${releases.version} = ${version} DESC`,
    )
    .limit(1)
  const [found] = rows
  if (!found) throw notFound(project)
  if (!found.release) throw notFound(`${found.project.name} ${version}`)
  return { project: found.project, release: found.release }
}
