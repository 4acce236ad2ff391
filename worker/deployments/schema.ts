import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const deployments = sqliteTable('deployments', {
  id: text('id').primaryKey(),
  spaceId: text('space_id').notNull(),
  number: integer('number').notNull(),
  projectId: text('project_id').notNull(),
  releaseId: text('release_id').notNull(),
  channelId: text('channel_id').notNull(),
  environmentId: text('environment_id').notNull(),
  taskId: text('task_id').notNull(),
  name: text('name').notNull(),
  comments: text('comments').notNull().default(''),
  createdAt: integer('created_at').notNull(),
  deployedBy: text('deployed_by').notNull(),
  deployedById: text('deployed_by_id'),
  request: text('request', { mode: 'json' }).$type<unknown>().notNull().default({}),
  variableSnapshotId: text('variable_snapshot_id').notNull(),
  resumedFrom: text('resumed_from'),
})

export const dashboard = sqliteTable(
  'dashboard',
  {
    projectId: text('project_id').notNull(),
    environmentId: text('environment_id').notNull(),
    spaceId: text('space_id').notNull(),
    deploymentId: text('deployment_id').notNull(),
    releaseId: text('release_id').notNull(),
    releaseVersion: text('release_version').notNull(),
    channelId: text('channel_id').notNull(),
    taskId: text('task_id').notNull(),
    state: text('state').notNull(),
    hasWarnings: integer('has_warnings', { mode: 'boolean' }).notNull().default(false),
    errorMessage: text('error_message').notNull().default(''),
    queuedAt: integer('queued_at').notNull(),
    startedAt: integer('started_at'),
    completedAt: integer('completed_at'),
    successDeploymentId: text('success_deployment_id'),
    successReleaseId: text('success_release_id'),
    successVersion: text('success_version'),
    successAt: integer('success_at'),
  },
  table => [primaryKey({ columns: [table.projectId, table.environmentId] })],
)

export const outboxPositions = sqliteTable('outbox_positions', {
  deploymentId: text('deployment_id').primaryKey(),
  sequence: integer('sequence').notNull(),
})
