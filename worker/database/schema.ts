import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const counters = sqliteTable('counters', {
  prefix: text('prefix').primaryKey(),
  last: integer('last').notNull(),
})

export const guards = sqliteTable('guards', {
  ok: integer('ok').notNull(),
})
