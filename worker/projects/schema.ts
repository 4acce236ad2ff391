import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const projectGroups = sqliteTable('project_groups', {
  id: text('id').primaryKey(),
  spaceId: text('space_id').notNull(),
  name: text('name').notNull(),
  slug: text('slug').notNull(),
  description: text('description').notNull().default(''),
})

export const projects = sqliteTable('projects', {
  id: text('id').primaryKey(),
  spaceId: text('space_id').notNull(),
  projectGroupId: text('project_group_id').notNull(),
  lifecycleId: text('lifecycle_id').notNull(),
  name: text('name').notNull(),
  slug: text('slug').notNull(),
  description: text('description').notNull().default(''),
  isDisabled: integer('is_disabled', { mode: 'boolean' }).notNull().default(false),
  settings: text('settings', { mode: 'json' }).$type<unknown>().notNull().default({}),
  createdAt: integer('created_at').notNull(),
})

export const processes = sqliteTable('processes', {
  id: text('id').primaryKey(),
  spaceId: text('space_id').notNull(),
  ownerId: text('owner_id').notNull(),
  version: integer('version').notNull().default(0),
  steps: text('steps', { mode: 'json' }).$type<unknown>().notNull().default([]),
  changedAt: integer('changed_at').notNull(),
})

export const processSnapshots = sqliteTable('process_snapshots', {
  id: text('id').primaryKey(),
  spaceId: text('space_id').notNull(),
  ownerId: text('owner_id').notNull(),
  version: integer('version').notNull(),
  digest: text('digest').notNull(),
  steps: text('steps', { mode: 'json' }).$type<unknown>().notNull(),
  createdAt: integer('created_at').notNull(),
})

export const channels = sqliteTable('channels', {
  id: text('id').primaryKey(),
  spaceId: text('space_id').notNull(),
  projectId: text('project_id').notNull(),
  lifecycleId: text('lifecycle_id'),
  name: text('name').notNull(),
  slug: text('slug').notNull(),
  description: text('description').notNull().default(''),
  isDefault: integer('is_default', { mode: 'boolean' }).notNull().default(false),
  rules: text('rules', { mode: 'json' }).$type<unknown>().notNull().default([]),
  settings: text('settings', { mode: 'json' }).$type<unknown>().notNull().default({}),
})
