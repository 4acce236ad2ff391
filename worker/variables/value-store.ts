import { and, asc, count, eq, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import type { Page } from '../http/paging.ts'
import type { Visible } from './rights.ts'
import { variables } from './schema.ts'
import type { VariableRow } from './variable.ts'

/** What a set holds now; `next` is the place of a new value. */
export type Totals = { count: number; size: number; next: number }

export const selectVariable = (db: Database, setId: string, id: string) =>
  db
    .select()
    .from(variables)
    .where(and(eq(variables.setId, setId), eq(variables.id, id)))

/** All values of one variable. */
export const selectNamesakes = (db: Database, setId: string, nameKey: string) =>
  db
    .select()
    .from(variables)
    .where(and(eq(variables.setId, setId), eq(variables.nameKey, nameKey)))
    .orderBy(asc(variables.position))

export const selectTotals = (db: Database, setId: string) =>
  db
    .select({
      count: count(),
      size: sql<number>`coalesce(sum(length(${variables.value})), 0)`,
      next: sql<number>`coalesce(max(${variables.position}), -1) + 1`,
    })
    .from(variables)
    .where(eq(variables.setId, setId))

/** Kinds of values that a list can be limited to. */
export const VALUE_KINDS = ['sensitive', 'empty', 'prompted', 'unscoped', 'scoped'] as const
export type ValueKind = (typeof VALUE_KINDS)[number]

export type ValueFilter = {
  /** Looked for in names, descriptions and plain values, whatever the letter case. */
  text?: string | undefined
  kind?: ValueKind | undefined
  /** The id of anything a value can be scoped to, or a target tag. */
  scopedTo?: string | undefined
  visible?: Visible
}

/** One page of a set by name, then in order of definition. */
export const listValues = async (
  db: Database,
  setId: string,
  page: Page,
  filter: ValueFilter = {},
): Promise<{ rows: VariableRow[]; total: number }> => {
  const where = and(
    eq(variables.setId, setId),
    containing(filter.text),
    filter.kind && OF_KIND[filter.kind],
    scopedTo(filter.scopedTo),
    within(filter.visible),
  )
  const [rows, [counted]] = await db.batch([
    db
      .select()
      .from(variables)
      .where(where)
      .orderBy(asc(variables.nameKey), asc(variables.position))
      .limit(page.take)
      .offset(page.skip),
    db.select({ total: count() }).from(variables).where(where),
  ])
  return { rows, total: counted?.total ?? 0 }
}

const containing = (text: string | undefined): SQL | undefined => {
  const part = text?.trim().toLowerCase()
  if (!part) return undefined
  return sql`(instr(${variables.nameKey}, ${part}) > 0
    OR instr(lower(${variables.description}), ${part}) > 0
    OR (${variables.isSensitive} = 0 AND instr(lower(coalesce(${variables.value}, '')), ${part}) > 0))`
}

const OF_KIND: Record<ValueKind, SQL> = {
  sensitive: sql`${variables.isSensitive} = 1`,
  empty: sql`coalesce(${variables.value}, '') = ''`,
  prompted: sql`${variables.prompt} IS NOT NULL`,
  unscoped: sql`${variables.scope} = '{}'`,
  scoped: sql`${variables.scope} <> '{}'`,
}

const scopedTo = (id: string | undefined): SQL | undefined =>
  id === undefined
    ? undefined
    : sql`EXISTS (SELECT 1 FROM json_tree(${variables.scope}) AS leaf
        WHERE leaf.type = 'text' AND lower(leaf.value) = ${id.toLowerCase()})`

const within = (visible: Visible): SQL | undefined => {
  if (!visible) return undefined
  const { unscoped, environmentIds } = visible
  return sql`CASE WHEN json_type(${variables.scope}, '$.Environment') IS NULL THEN ${unscoped ? 1 : 0}
    ELSE EXISTS (SELECT 1 FROM json_each(${variables.scope}, '$.Environment') AS place
      WHERE place.value IN (SELECT value FROM json_each(${JSON.stringify(environmentIds)}))) END`
}
