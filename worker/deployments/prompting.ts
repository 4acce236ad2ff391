import type { Context } from '../http/call.ts'
import type { EnvironmentRow } from '../infrastructure/store.ts'
import type { releases } from '../releases/schema.ts'
import type { Prompt } from '../variables/prompt.ts'
import { promptedVariables, type StoredAnswers, storeAnswers } from '../variables/prompts.ts'
import type { Gathered } from './creation.ts'

type Release = typeof releases.$inferSelect

/** What is asked in each of the environments, in their order: it differs from one to the next. */
export const promptsOf = (
  { db }: Pick<Context, 'db'>,
  { about }: Gathered,
  release: Release,
  environments: readonly EnvironmentRow[],
): Promise<Prompt[][]> =>
  Promise.all(
    environments.map(({ id, name }) =>
      about.has_prompts ? promptedVariables(db, release, { id, name }) : [],
    ),
  )

/**
 * The answers for one environment of several: those that it asks for, and those that none does, so
 * that these are refused.
 */
export const answersAmong = (
  given: Readonly<Record<string, string>>,
  own: readonly Prompt[],
  all: readonly (readonly Prompt[])[],
): Record<string, string> => {
  const asks = (prompts: readonly Prompt[], key: string) =>
    prompts.some(({ id, name, label }) =>
      [id, name, label].some(each => each.toLowerCase() === key.trim().toLowerCase()),
    )
  return Object.fromEntries(
    Object.entries(given).filter(
      ([key]) => asks(own, key) || !all.some(prompts => asks(prompts, key)),
    ),
  )
}

/** Checked and ready to be stored with the deployment. @throws Problem `invalid` */
export const answersFor = (
  context: Pick<Context, 'db' | 'env'>,
  prompts: readonly Prompt[],
  given: Readonly<Record<string, string>>,
  { id, spaceId, environment }: { id: string; spaceId: string; environment: EnvironmentRow },
): Promise<StoredAnswers> =>
  storeAnswers(context, prompts, given, { id, spaceId, environment: environment.name })
