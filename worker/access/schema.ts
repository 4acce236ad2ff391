import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const spaces = sqliteTable('spaces', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  slug: text('slug').notNull(),
  description: text('description').notNull().default(''),
  isDefault: integer('is_default', { mode: 'boolean' }).notNull().default(false),
  taskQueueStopped: integer('task_queue_stopped', { mode: 'boolean' }).notNull().default(false),
  dataKey: text('data_key').notNull(),
  createdAt: integer('created_at').notNull(),
})

export const users = sqliteTable('users', {
  id: text('id').primaryKey(),
  username: text('username').notNull(),
  displayName: text('display_name').notNull(),
  email: text('email').notNull().default(''),
  isActive: integer('is_active', { mode: 'boolean' }).notNull().default(true),
  isService: integer('is_service', { mode: 'boolean' }).notNull().default(false),
  passwordHash: text('password_hash'),
  validAfter: integer('valid_after').notNull().default(0),
  createdAt: integer('created_at').notNull(),
})

export const apiKeys = sqliteTable('api_keys', {
  id: text('id').primaryKey(),
  userId: text('user_id').notNull(),
  purpose: text('purpose').notNull(),
  keyHash: text('key_hash').notNull(),
  hint: text('hint').notNull(),
  createdAt: integer('created_at').notNull(),
  expiresAt: integer('expires_at'),
  lastUsedAt: integer('last_used_at'),
})

export const sessions = sqliteTable('sessions', {
  idHash: text('id_hash').primaryKey(),
  userId: text('user_id').notNull(),
  csrfToken: text('csrf_token').notNull(),
  createdAt: integer('created_at').notNull(),
  lastSeenAt: integer('last_seen_at').notNull(),
  expiresAt: integer('expires_at').notNull(),
})

export const signInLinks = sqliteTable('sign_in_links', {
  tokenHash: text('token_hash').primaryKey(),
  userId: text('user_id').notNull(),
  createdAt: integer('created_at').notNull(),
  expiresAt: integer('expires_at').notNull(),
  usedAt: integer('used_at'),
})

export const signInAttempts = sqliteTable('sign_in_attempts', {
  subject: text('subject').notNull(),
  at: integer('at').notNull(),
})

export const signingKeys = sqliteTable('signing_keys', {
  kid: text('kid').primaryKey(),
  publicJwk: text('public_jwk').notNull(),
  privateJwk: text('private_jwk').notNull(),
  createdAt: integer('created_at').notNull(),
  retiredAt: integer('retired_at'),
})

export const teams = sqliteTable('teams', {
  id: text('id').primaryKey(),
  spaceId: text('space_id'),
  name: text('name').notNull(),
  isBuiltIn: integer('is_built_in', { mode: 'boolean' }).notNull().default(false),
})

export const teamMembers = sqliteTable(
  'team_members',
  {
    teamId: text('team_id').notNull(),
    userId: text('user_id').notNull(),
  },
  table => [primaryKey({ columns: [table.teamId, table.userId] })],
)

export const roleGrants = sqliteTable('role_grants', {
  id: text('id').primaryKey(),
  teamId: text('team_id').notNull(),
  roleId: text('role_id').notNull(),
  spaceId: text('space_id'),
  projectIds: text('project_ids', { mode: 'json' }).$type<string[]>().notNull().default([]),
  environmentIds: text('environment_ids', { mode: 'json' }).$type<string[]>().notNull().default([]),
})
