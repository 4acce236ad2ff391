import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const environments = sqliteTable('environments', {
  id: text('id').primaryKey(),
  spaceId: text('space_id').notNull(),
  name: text('name').notNull(),
  slug: text('slug').notNull(),
  description: text('description').notNull().default(''),
  sortOrder: integer('sort_order').notNull(),
  useGuidedFailure: integer('use_guided_failure', { mode: 'boolean' }).notNull().default(false),
  allowDynamicInfrastructure: integer('allow_dynamic_infrastructure', { mode: 'boolean' })
    .notNull()
    .default(false),
  createdAt: integer('created_at').notNull(),
})

export const machinePolicies = sqliteTable('machine_policies', {
  id: text('id').primaryKey(),
  spaceId: text('space_id').notNull(),
  name: text('name').notNull(),
  isDefault: integer('is_default', { mode: 'boolean' }).notNull().default(false),
  settings: text('settings', { mode: 'json' }).$type<unknown>().notNull().default({}),
})

export const workerPools = sqliteTable('worker_pools', {
  id: text('id').primaryKey(),
  spaceId: text('space_id').notNull(),
  name: text('name').notNull(),
  slug: text('slug').notNull(),
  description: text('description').notNull().default(''),
  isDefault: integer('is_default', { mode: 'boolean' }).notNull().default(false),
  sortOrder: integer('sort_order').notNull(),
})

export const targets = sqliteTable('targets', {
  id: text('id').primaryKey(),
  spaceId: text('space_id').notNull(),
  name: text('name').notNull(),
  slug: text('slug').notNull(),
  runnerId: text('runner_id'),
  machinePolicyId: text('machine_policy_id'),
  isDisabled: integer('is_disabled', { mode: 'boolean' }).notNull().default(false),
  healthStatus: text('health_status').notNull().default('Unknown'),
  statusSummary: text('status_summary').notNull().default(''),
  tenantedParticipation: text('tenanted_participation').notNull().default('Untenanted'),
  createdAt: integer('created_at').notNull(),
})

export const targetEnvironments = sqliteTable(
  'target_environments',
  {
    targetId: text('target_id').notNull(),
    environmentId: text('environment_id').notNull(),
  },
  table => [primaryKey({ columns: [table.targetId, table.environmentId] })],
)

export const targetTags = sqliteTable(
  'target_tags',
  {
    targetId: text('target_id').notNull(),
    tag: text('tag').notNull(),
  },
  table => [primaryKey({ columns: [table.targetId, table.tag] })],
)

export const workers = sqliteTable('workers', {
  id: text('id').primaryKey(),
  spaceId: text('space_id').notNull(),
  name: text('name').notNull(),
  slug: text('slug').notNull(),
  runnerId: text('runner_id'),
  isDisabled: integer('is_disabled', { mode: 'boolean' }).notNull().default(false),
  isShared: integer('is_shared', { mode: 'boolean' }).notNull().default(false),
  healthStatus: text('health_status').notNull().default('Unknown'),
  statusSummary: text('status_summary').notNull().default(''),
  createdAt: integer('created_at').notNull(),
})

export const workerPoolMembers = sqliteTable(
  'worker_pool_members',
  {
    poolId: text('pool_id').notNull(),
    workerId: text('worker_id').notNull(),
  },
  table => [primaryKey({ columns: [table.poolId, table.workerId] })],
)
