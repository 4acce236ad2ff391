import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as access from '../../../worker/access/schema.ts'
import * as artifacts from '../../../worker/artifacts/schema.ts'
import * as audit from '../../../worker/audit/schema.ts'
import * as database from '../../../worker/database/schema.ts'
import * as deployments from '../../../worker/deployments/schema.ts'
import * as infrastructure from '../../../worker/infrastructure/schema.ts'
import * as interruptions from '../../../worker/interruptions/schema.ts'
import * as lifecycles from '../../../worker/lifecycles/schema.ts'
import * as packages from '../../../worker/packages/schema.ts'
import * as projects from '../../../worker/projects/schema.ts'
import * as releases from '../../../worker/releases/schema.ts'
import * as runners from '../../../worker/runners/schema.ts'
import * as tasks from '../../../worker/tasks/schema.ts'
import * as variables from '../../../worker/variables/schema.ts'
import { type TestDatabase, testDatabase } from '../../support/database.ts'

const slices = [
  access,
  artifacts,
  audit,
  database,
  deployments,
  infrastructure,
  interruptions,
  lifecycles,
  packages,
  projects,
  releases,
  runners,
  tasks,
  variables,
]
const tables = slices.flatMap(slice =>
  Object.values(slice)
    .filter(value => value instanceof SQLiteTable)
    .map(table => getTableConfig(table)),
)

describe('the tables as the code knows them', () => {
  let stand: TestDatabase
  beforeAll(async () => {
    stand = await testDatabase()
  })
  afterAll(() => stand.stop())

  it('are all the tables that the migrations make', async () => {
    const rows = await stand.rows(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'schema_migrations'",
    )
    expect(tables.map(({ name }) => name).sort()).toEqual(rows.map(({ name }) => name).sort())
  })

  it.each(tables.map(table => [table.name, table] as const))(
    '%s has the columns of its migration, null where that allows it',
    async (name, table) => {
      const rows = await stand.rows(
        `SELECT name, type, "notnull", pk FROM pragma_table_info(?)`,
        name,
      )
      const made = rows.map(row => ({
        name: row.name,
        type: String(row.type).toLowerCase(),
        required: row.notnull === 1 || Number(row.pk) > 0,
      }))
      const known = table.columns.map(column => ({
        name: column.name,
        type: column.getSQLType(),
        required: column.notNull || column.primary,
      }))
      const byName = (left: { name: unknown }, right: { name: unknown }) =>
        String(left.name) < String(right.name) ? -1 : 1
      expect(known.sort(byName)).toEqual(made.sort(byName))
    },
  )
})
