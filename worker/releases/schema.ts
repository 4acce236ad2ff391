import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const releases = sqliteTable('releases', {
  id: text('id').primaryKey(),
  spaceId: text('space_id').notNull(),
  projectId: text('project_id').notNull(),
  channelId: text('channel_id').notNull(),
  version: text('version').notNull(),
  notes: text('notes').notNull().default(''),
  assembledAt: integer('assembled_at').notNull(),
  assembledBy: text('assembled_by').notNull(),
  processSnapshotId: text('process_snapshot_id').notNull(),
  variableSnapshotId: text('variable_snapshot_id').notNull(),
  librarySnapshotIds: text('library_snapshot_ids', { mode: 'json' })
    .$type<string[]>()
    .notNull()
    .default([]),
  selectedPackages: text('selected_packages', { mode: 'json' })
    .$type<unknown>()
    .notNull()
    .default([]),
  settings: text('settings', { mode: 'json' }).$type<unknown>().notNull().default({}),
  sequence: integer('sequence').notNull(),
})
