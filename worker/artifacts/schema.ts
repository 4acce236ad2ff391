import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const artifacts = sqliteTable('artifacts', {
  id: text('id').primaryKey(),
  spaceId: text('space_id').notNull(),
  number: integer('number').notNull(),
  deploymentId: text('deployment_id').notNull(),
  taskId: text('task_id').notNull(),
  projectId: text('project_id').notNull(),
  environmentId: text('environment_id').notNull(),
  attempt: text('attempt').notNull(),
  stepName: text('step_name').notNull(),
  placeName: text('place_name').notNull().default(''),
  name: text('name').notNull(),
  sizeBytes: integer('size_bytes').notNull(),
  sha256: text('sha256').notNull(),
  storageKey: text('storage_key').notNull(),
  createdAt: integer('created_at').notNull(),
})
