import { sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'

/** The newest release of each project. By SQL alone: releases stand above projects. */
export const newestReleases = async (db: Database, projectIds: string[]) => {
  const rows = await db.all<{ id: string; projectId: string; version: string; at: number }>(
    sql`SELECT id, project_id AS projectId, version, assembled_at AS at FROM releases AS r
      WHERE r.project_id IN (SELECT value FROM json_each(${JSON.stringify(projectIds)}))
        AND r.sequence = (SELECT max(sequence) FROM releases AS o WHERE o.project_id = r.project_id)`,
  )
  return new Map(rows.map(row => [row.projectId, row] as const))
}
