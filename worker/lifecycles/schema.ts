import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const lifecycles = sqliteTable('lifecycles', {
  id: text('id').primaryKey(),
  spaceId: text('space_id').notNull(),
  name: text('name').notNull(),
  slug: text('slug').notNull(),
  description: text('description').notNull().default(''),
  phases: text('phases', { mode: 'json' }).$type<unknown>().notNull().default([]),
  settings: text('settings', { mode: 'json' }).$type<unknown>().notNull().default({}),
  createdAt: integer('created_at').notNull(),
})
