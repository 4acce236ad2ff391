import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Choice, InterruptionKind, InterruptionState } from './interruption.ts'

export const interruptions = sqliteTable('interruptions', {
  id: text('id').primaryKey(),
  spaceId: text('space_id').notNull(),
  deploymentId: text('deployment_id').notNull(),
  taskId: text('task_id').notNull(),
  projectId: text('project_id').notNull(),
  environmentId: text('environment_id').notNull(),
  kind: text('kind').$type<InterruptionKind>().notNull(),
  title: text('title').notNull(),
  instructions: text('instructions').notNull().default(''),
  stepName: text('step_name').notNull(),
  placeName: text('place_name').notNull().default(''),
  choices: text('choices', { mode: 'json' }).$type<Choice[]>().notNull(),
  responsibleTeamIds: text('responsible_team_ids', { mode: 'json' })
    .$type<string[]>()
    .notNull()
    .default([]),
  responsibleUserId: text('responsible_user_id'),
  responsibleUserName: text('responsible_user_name'),
  state: text('state').$type<InterruptionState>().notNull(),
  createdAt: integer('created_at').notNull(),
  endedAt: integer('ended_at'),
  answer: text('answer').$type<Choice>(),
  notes: text('notes').notNull().default(''),
  answeredById: text('answered_by_id'),
  answeredByName: text('answered_by_name'),
})
