import { sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import type { Page } from '../http/paging.ts'
import type { Visible } from './rights.ts'
import type { FrozenVariable } from './snapshot.ts'

/** A page of what a release froze, by name: the database takes it out of the document, so that ten
 *  thousand values need not be read to show fifty. */
export const listFrozen = async (
  db: Database,
  snapshotId: string,
  page: Page,
  { text, visible }: { text?: string | undefined; visible?: Visible } = {},
): Promise<{ rows: FrozenVariable[]; total: number }> => {
  const part = text?.trim().toLowerCase() ?? ''
  const seen = visible
    ? sql`CASE WHEN json_type(each.value, '$.scope.Environment') IS NULL THEN ${visible.unscoped ? 1 : 0}
        ELSE EXISTS (SELECT 1 FROM json_each(each.value, '$.scope.Environment') AS place
          WHERE place.value IN (SELECT value FROM json_each(${JSON.stringify(visible.environmentIds)}))) END`
    : sql`1`
  const found = sql`FROM variable_snapshots AS frozen, json_each(frozen.document, '$.variables') AS each
    WHERE (frozen.id = ${snapshotId} OR frozen.id IN (
        SELECT included.value FROM variable_snapshots AS whole,
          json_each(whole.document, '$.includes') AS included
        WHERE whole.id = ${snapshotId}))
      AND (${part} = '' OR instr(lower(each.value ->> '$.name'), ${part}) > 0) AND ${seen}`
  const [rows, [counted]] = await db.batch([
    db.all<{ variable: string }>(
      sql`SELECT each.value AS variable ${found}
        ORDER BY lower(each.value ->> '$.name'), frozen.id <> ${snapshotId}, each.key
        LIMIT ${page.take} OFFSET ${page.skip}`,
    ),
    db.all<{ total: number }>(sql`SELECT count(*) AS total ${found}`),
  ])
  return {
    rows: rows.map(({ variable }) => JSON.parse(variable) as FrozenVariable),
    total: counted?.total ?? 0,
  }
}
