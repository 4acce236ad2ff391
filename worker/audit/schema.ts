import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const events = sqliteTable('events', {
  /** Given by the database as the row is committed, without gaps. */
  sequence: integer('sequence').primaryKey(),
  spaceId: text('space_id'),
  occurredAt: integer('occurred_at').notNull(),
  userId: text('user_id'),
  username: text('username').notNull(),
  category: text('category').notNull(),
  message: text('message').notNull(),
  documentIds: text('document_ids', { mode: 'json' }).$type<string[]>().notNull().default([]),
  details: text('details', { mode: 'json' }).$type<unknown>().notNull().default({}),
  establishedWith: text('established_with').notNull(),
  userAgent: text('user_agent').notNull().default(''),
  address: text('address').notNull().default(''),
  nonce: text('nonce').notNull(),
  mac: text('mac').notNull(),
})

/** Filled by a trigger of {@link events}. */
export const eventDocuments = sqliteTable(
  'event_documents',
  {
    documentId: text('document_id').notNull(),
    eventSequence: integer('event_sequence').notNull(),
  },
  table => [primaryKey({ columns: [table.documentId, table.eventSequence] })],
)

export const auditSeals = sqliteTable('audit_seals', {
  sequence: integer('sequence').primaryKey(),
  hash: text('hash').notNull(),
})

export const auditAnchors = sqliteTable('audit_anchors', {
  sequence: integer('sequence').primaryKey(),
  anchoredAt: integer('anchored_at').notNull(),
})
