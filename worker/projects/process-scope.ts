import { asc, eq } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { invalid } from '../http/problem.ts'
import { environments, workerPools } from '../infrastructure/schema.ts'
import { readSteps } from './process.ts'
import type { ActionDocument, ProcessDocument } from './process-document.ts'
import { channels } from './schema.ts'

type Known = { id: string; name: string }[]

/** What each stored action, by its id, names already. */
const namedBefore = (stored: unknown): Map<string, Set<string>> =>
  new Map(
    readSteps(stored)
      .flatMap(step => step.actions)
      .map(({ id, environments, excludedEnvironments, channels, workerPoolId }) => [
        id,
        new Set([...environments, ...excludedEnvironments, ...channels, workerPoolId ?? '']),
      ]),
  )

/**
 * Writes every environment, channel and worker pool that actions name in its own spelling. What
 * an action names already may have been deleted since and stays, so that other steps can be saved.
 * @throws Problem `invalid` for a scope that names nothing
 */
export const checkScopes = async (
  db: Database,
  project: { id: string; spaceId: string },
  document: ProcessDocument,
  stored: unknown,
): Promise<ProcessDocument> => {
  const [inSpace, inProject, pools] = await db.batch([
    db
      .select({ id: environments.id, name: environments.name })
      .from(environments)
      .where(eq(environments.spaceId, project.spaceId))
      .orderBy(asc(environments.sortOrder)),
    db
      .select({ id: channels.id, name: channels.name })
      .from(channels)
      .where(eq(channels.projectId, project.id)),
    db
      .select({ id: workerPools.id, name: workerPools.name })
      .from(workerPools)
      .where(eq(workerPools.spaceId, project.spaceId)),
  ])
  const before = namedBefore(stored)
  const check = (action: ActionDocument, kind: string, ids: string[], known: Known) =>
    ids.map(id => {
      const found = known.find(each => each.id.toLowerCase() === id.toLowerCase())
      if (found) return found.id
      if (before.get(action.Id)?.has(id)) return id
      throw invalid(
        `Action '${action.Name}' names the ${kind} '${id}', which does not exist here. ${choices(known)}`,
      )
    })
  return {
    ...document,
    Steps: document.Steps.map(step => ({
      ...step,
      Actions: step.Actions.map(action => ({
        ...action,
        Environments: check(action, 'environment', action.Environments, inSpace),
        ExcludedEnvironments: check(action, 'environment', action.ExcludedEnvironments, inSpace),
        Channels: check(action, 'channel', action.Channels, inProject),
        WorkerPoolId:
          check(
            action,
            'worker pool',
            action.WorkerPoolId ? [action.WorkerPoolId] : [],
            pools,
          )[0] ?? null,
      })),
    })),
  }
}

const choices = (known: Known): string =>
  known.length === 0
    ? 'There is none yet.'
    : `Choose from ${known
        .slice(0, 10)
        .map(({ id, name }) => `${name} (${id})`)
        .join(', ')}${known.length > 10 ? ' and others' : ''}.`
