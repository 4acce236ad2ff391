import { and, count, desc, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { AnySQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Database } from '../database/client.ts'
import type { Page } from '../http/paging.ts'
import { notFound } from '../http/problem.ts'
import { spelledAs } from '../projects/store.ts'
import { releases } from '../releases/schema.ts'
import { tasks } from '../tasks/schema.ts'
import { type Reach, withinReach } from '../tasks/visibility.ts'
import { dashboard, deployments } from './schema.ts'

export type DeploymentRow = typeof deployments.$inferSelect

export type DeploymentFilter = {
  ids?: string[]
  projects?: string[]
  environments?: string[]
  channels?: string[]
  releaseId?: string
  taskStates?: string[]
  /** Only what the caller may see. */
  reach?: Reach
}

/** Newest first, with the state of the task and the release's version. */
export const listDeployments = async (
  db: Database,
  spaceId: string,
  filter: DeploymentFilter,
  page: Page,
) => {
  const columns = { project: deployments.projectId, environment: deployments.environmentId }
  const where = and(
    eq(deployments.spaceId, spaceId),
    ...conditions(filter),
    withinReach(columns, filter.reach),
  )
  const [rows, totals] = await db.batch([
    db
      .select({ deployment: deployments, task: tasks, releaseVersion: releases.version })
      .from(deployments)
      .innerJoin(tasks, eq(tasks.id, deployments.taskId))
      .innerJoin(releases, eq(releases.id, deployments.releaseId))
      .where(where)
      .orderBy(desc(deployments.number))
      .limit(page.take)
      .offset(page.skip),
    db
      .select({ total: count() })
      .from(deployments)
      .innerJoin(tasks, eq(tasks.id, deployments.taskId))
      .where(where),
  ])
  return { rows, total: totals[0]?.total ?? 0 }
}

const conditions = (filter: DeploymentFilter): SQL[] => [
  ...among(deployments.id, filter.ids),
  ...among(deployments.projectId, filter.projects),
  ...among(deployments.environmentId, filter.environments),
  ...among(deployments.channelId, filter.channels),
  ...(filter.releaseId === undefined ? [] : [eq(deployments.releaseId, filter.releaseId)]),
  ...(filter.taskStates === undefined ? [] : [inArray(tasks.state, filter.taskStates)]),
]

const among = (column: AnySQLiteColumn, values?: string[]): SQL[] =>
  values === undefined
    ? []
    : [sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(values)}))`]

/** @throws Problem `not_found` */
export const getDeployment = async (db: Database, spaceId: string, id: string) => {
  const [found] = await db
    .select({ deployment: deployments, task: tasks, releaseVersion: releases.version })
    .from(deployments)
    .innerJoin(tasks, eq(tasks.id, deployments.taskId))
    .innerJoin(releases, eq(releases.id, deployments.releaseId))
    .where(and(eq(deployments.id, spelledAs('Deployments', id)), eq(deployments.spaceId, spaceId)))
    .limit(1)
  if (!found) throw notFound(id)
  return found
}

export const listDashboard = (db: Database, spaceId: string, projectIds?: string[]) =>
  db
    .select()
    .from(dashboard)
    .where(and(eq(dashboard.spaceId, spaceId), ...among(dashboard.projectId, projectIds)))
    .limit(20_000)

/** The environments in which this release has succeeded at least once. */
export const successesOf = async (db: Database, releaseId: string): Promise<Set<string>> => {
  const rows = await db
    .selectDistinct({ environmentId: deployments.environmentId })
    .from(deployments)
    .innerJoin(tasks, eq(tasks.id, deployments.taskId))
    .where(and(eq(deployments.releaseId, releaseId), eq(tasks.state, 'Success')))
  return new Set(rows.map(row => row.environmentId))
}
