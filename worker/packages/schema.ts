import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { OverwriteMode } from './package.ts'

export const packages = sqliteTable('packages', {
  id: text('id').primaryKey(),
  spaceId: text('space_id').notNull(),
  packageId: text('package_id').notNull(),
  version: text('version').notNull(),
  normalizedVersion: text('normalized_version').notNull(),
  versionOrder: text('version_order').notNull(),
  isPrerelease: integer('is_prerelease', { mode: 'boolean' }).notNull(),
  extension: text('extension').notNull(),
  sizeBytes: integer('size_bytes').notNull(),
  sha256: text('sha256').notNull(),
  sha1: text('sha1').notNull(),
  title: text('title').notNull().default(''),
  description: text('description').notNull().default(''),
  releaseNotes: text('release_notes').notNull().default(''),
  publishedAt: integer('published_at').notNull(),
  publishedBy: text('published_by').notNull(),
})

export const buildInformation = sqliteTable('build_information', {
  id: text('id').primaryKey(),
  spaceId: text('space_id').notNull(),
  packageId: text('package_id').notNull(),
  version: text('version').notNull(),
  normalizedVersion: text('normalized_version').notNull(),
  document: text('document', { mode: 'json' }).$type<unknown>().notNull(),
  createdAt: integer('created_at').notNull(),
})

export const feeds = sqliteTable('feeds', {
  id: text('id').primaryKey(),
  spaceId: text('space_id').notNull(),
  name: text('name').notNull(),
  feedType: text('feed_type').notNull(),
  feedUri: text('feed_uri').notNull().default(''),
  settings: text('settings', { mode: 'json' }).$type<unknown>().notNull().default({}),
})

export const packageUploads = sqliteTable('package_uploads', {
  id: text('id').primaryKey(),
  spaceId: text('space_id').notNull(),
  userId: text('user_id').notNull(),
  fileName: text('file_name').notNull(),
  sizeBytes: integer('size_bytes').notNull(),
  partBytes: integer('part_bytes').notNull(),
  sha256: text('sha256').notNull().default(''),
  overwriteMode: text('overwrite_mode').$type<OverwriteMode>().notNull(),
  storageKey: text('storage_key').notNull(),
  storageUploadId: text('storage_upload_id').notNull(),
  touchedAt: integer('touched_at').notNull(),
  packageId: text('package_id'),
})

export const packageUploadParts = sqliteTable(
  'package_upload_parts',
  {
    uploadId: text('upload_id').notNull(),
    number: integer('number').notNull(),
    etag: text('etag').notNull(),
  },
  table => [primaryKey({ columns: [table.uploadId, table.number] })],
)

export const sweeps = sqliteTable('sweeps', {
  name: text('name').primaryKey(),
  position: text('position').notNull().default(''),
  sweptAt: integer('swept_at').notNull(),
})
