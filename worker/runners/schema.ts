import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const runners = sqliteTable('runners', {
  id: text('id').primaryKey(),
  spaceId: text('space_id').notNull(),
  name: text('name').notNull(),
  publicKey: text('public_key').notNull(),
  facts: text('facts', { mode: 'json' }).$type<unknown>().notNull().default({}),
  createdAt: integer('created_at').notNull(),
  lastSessionAt: integer('last_session_at'),
  lastSeenAt: integer('last_seen_at'),
  revokedAt: integer('revoked_at'),
  pendingTargetId: text('pending_target_id'),
  quarantinedAt: integer('quarantined_at'),
  quarantineReason: text('quarantine_reason').notNull().default(''),
})

export const enrolmentTokens = sqliteTable('enrolment_tokens', {
  tokenHash: text('token_hash').primaryKey(),
  spaceId: text('space_id').notNull(),
  name: text('name'),
  environmentIds: text('environment_ids', { mode: 'json' }).$type<string[]>().notNull(),
  tags: text('tags', { mode: 'json' }).$type<string[]>().notNull(),
  workerPoolIds: text('worker_pool_ids', { mode: 'json' }).$type<string[]>().notNull(),
  sharedWorker: integer('shared_worker', { mode: 'boolean' }).notNull().default(false),
  createdBy: text('created_by').notNull(),
  createdAt: integer('created_at').notNull(),
  expiresAt: integer('expires_at').notNull(),
  usedAt: integer('used_at'),
  runnerId: text('runner_id'),
  replaces: integer('replaces', { mode: 'boolean' }).notNull().default(false),
})
