import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commit } from '../../../worker/database/client.ts'
import {
  guard,
  isForeignKeyViolation,
  isGuardFailure,
  isUniqueViolation,
} from '../../../worker/database/guard.ts'
import { nextId, nextIds, nextNumbers, numberOf } from '../../../worker/database/ids.ts'
import { freeSlug, slugOf } from '../../../worker/database/slug.ts'
import { projectGroups } from '../../../worker/projects/schema.ts'
import { type TestDatabase, testDatabase } from '../../support/database.ts'
import { servers } from '../local/libsql/servers.ts'

describe.each(servers())('the database, in $name', server => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await testDatabase({}, server)
    await database.rows(
      "INSERT INTO spaces (id, name, slug, data_key, created_at) VALUES ('Spaces-1', 'Default', 'default', '', 0)",
    )
  })
  afterAll(() => database.stop())

  const group = (id: string, name: string, spaceId = 'Spaces-1') =>
    database.db.insert(projectGroups).values({ id, spaceId, name, slug: slugOf(name) })
  const stored = async () =>
    (await database.rows('SELECT name FROM project_groups ORDER BY id')).map(({ name }) => name)
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    )

  it('writes all of a commit or none of it', async () => {
    await commit(database.db, [])
    await commit(database.db, [group('ProjectGroups-1', 'One'), group('ProjectGroups-2', 'Two')])
    const error = await failure(
      commit(database.db, [group('ProjectGroups-3', 'Three'), group('ProjectGroups-4', 'ONE')]),
    )
    expect(isUniqueViolation(error)).toBe(true)
    expect(isUniqueViolation(error, 'project_groups.name')).toBe(true)
    expect(isUniqueViolation(error, 'projects.name')).toBe(false)
    expect(isForeignKeyViolation(error)).toBe(false)
    expect(isGuardFailure(error)).toBe(false)
    expect(await stored()).toEqual(['One', 'Two'])
  })

  it('knows a reference to what is not there', async () => {
    const error = await failure(commit(database.db, [group('ProjectGroups-5', 'Five', 'Spaces-9')]))
    expect(isForeignKeyViolation(error)).toBe(true)
    expect(isUniqueViolation(error)).toBe(false)
  })

  it.each([
    ['holds', sql`SELECT count(*) FROM project_groups WHERE name = 'One'`, true],
    ['does not hold', sql`SELECT count(*) FROM project_groups WHERE name = 'Nine'`, false],
    ['finds nothing', sql`SELECT 1 FROM project_groups WHERE name = 'Nine'`, false],
    ['is null', sql`NULL`, false],
  ])('writes behind a guard that %s', async (_what, condition, passes) => {
    const error = await failure(
      commit(database.db, [
        guard(database.db, condition),
        database.db
          .update(projectGroups)
          .set({ description: 'x' })
          .where(eq(projectGroups.name, 'One')),
      ]),
    )
    expect(isGuardFailure(error)).toBe(!passes)
    expect(await database.rows('SELECT * FROM guards')).toEqual([])
  })

  it('lets one of many win a guarded race', async () => {
    const tries = await Promise.allSettled(
      Array.from({ length: 10 }, (_, at) =>
        commit(database.db, [
          guard(database.db, sql`NOT EXISTS (SELECT 1 FROM project_groups WHERE slug = 'won')`),
          database.db.run(
            sql`INSERT INTO project_groups (id, space_id, name, slug) VALUES (${`Race-${at}`}, 'Spaces-1', ${`Race ${at}`}, 'won')`,
          ),
        ]),
      ),
    )
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    await database.rows("DELETE FROM project_groups WHERE slug = 'won'")
  })

  it('never gives a number twice', async () => {
    const drawn = await Promise.all(
      Array.from({ length: 20 }, () => nextNumbers(database.db, 'Artifacts', 5)),
    )
    expect(new Set(drawn.flat()).size).toBe(100)
    expect(Math.max(...drawn.flat())).toBe(100)
    expect(await nextIds(database.db, 'Projects', 2)).toEqual(['Projects-1', 'Projects-2'])
    expect(await nextId(database.db, 'Projects')).toBe('Projects-3')
    expect(numberOf('deploymentprocess-Projects-12')).toBe(12)
  })

  it.each([
    ['Ship it: Café!', 'ship-it-cafe'],
    ['  ---  ', 'unnamed'],
    ['商店', 'unnamed'],
    ['A/B\\C', 'a-b-c'],
    ['x'.repeat(150), 'x'.repeat(100)],
    ['İstanbul', 'istanbul'],
  ])('makes the slug of %s', (name, slug) => {
    expect(slugOf(name)).toBe(slug)
  })

  it('gives a slug that is free, within its space', async () => {
    const free = (name: string, spaceId = 'Spaces-1') =>
      freeSlug(database.db, projectGroups, name, sql`space_id = ${spaceId}`)
    expect(await free('Three')).toBe('three')
    expect(await free('One')).toBe('one-2')
    expect(await free('One', 'Spaces-2')).toBe('one')
    await database.rows(
      "INSERT INTO project_groups (id, space_id, name, slug) VALUES ('G', 'Spaces-1', 'One again', 'one-2')",
    )
    expect(await free('ONE')).toBe('one-3')
  })
})
