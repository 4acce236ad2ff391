import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const variableSets = sqliteTable('variable_sets', {
  id: text('id').primaryKey(),
  spaceId: text('space_id').notNull(),
  ownerId: text('owner_id').notNull(),
  version: integer('version').notNull().default(0),
  changedAt: integer('changed_at').notNull(),
})

export const variables = sqliteTable('variables', {
  id: text('id').primaryKey(),
  setId: text('set_id').notNull(),
  position: integer('position').notNull(),
  name: text('name').notNull(),
  value: text('value'),
  isSensitive: integer('is_sensitive', { mode: 'boolean' }).notNull().default(false),
  type: text('type').notNull().default('String'),
  description: text('description').notNull().default(''),
  scope: text('scope', { mode: 'json' }).$type<unknown>().notNull().default({}),
  prompt: text('prompt', { mode: 'json' }).$type<unknown>(),
  revision: integer('revision').notNull().default(0),
  valueVersion: integer('value_version').notNull().default(0),
  nameKey: text('name_key').notNull().default(''),
})

export const libraryVariableSets = sqliteTable('library_variable_sets', {
  id: text('id').primaryKey(),
  spaceId: text('space_id').notNull(),
  name: text('name').notNull(),
  description: text('description').notNull().default(''),
  contentType: text('content_type', { enum: ['Variables', 'ScriptModule'] })
    .notNull()
    .default('Variables'),
})

export const variableSnapshots = sqliteTable('variable_snapshots', {
  id: text('id').primaryKey(),
  spaceId: text('space_id').notNull(),
  ownerId: text('owner_id').notNull(),
  digest: text('digest').notNull(),
  document: text('document', { mode: 'json' }).$type<unknown>().notNull(),
  createdAt: integer('created_at').notNull(),
})
