import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const counters = sqliteTable('counters', {
  prefix: text('prefix').primaryKey(),
  last: integer('last').notNull(),
})

export const guards = sqliteTable('guards', {
  ok: integer('ok').notNull(),
})

export const idempotencyKeys = sqliteTable(
  'idempotency_keys',
  {
    spaceId: text('space_id').notNull(),
    userId: text('user_id').notNull(),
    key: text('key').notNull(),
    digest: text('digest').notNull(),
    answer: text('answer').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  table => [primaryKey({ columns: [table.spaceId, table.userId, table.key] })],
)
