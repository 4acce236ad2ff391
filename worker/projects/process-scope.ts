import { asc, eq } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { invalid } from '../http/problem.ts'
import { environments, workerPools } from '../infrastructure/schema.ts'
import type { ProcessDocument } from './process-document.ts'
import { channels } from './schema.ts'

type Known = { id: string; name: string }[]

/**
 * Writes every environment, channel and worker pool that actions name in its own spelling.
 * @throws Problem `invalid` for a scope that names nothing
 */
export const checkScopes = async (
  db: Database,
  project: { id: string; spaceId: string },
  document: ProcessDocument,
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
  const check = (action: string, kind: string, ids: string[], known: Known) =>
    ids.map(id => {
      const found = known.find(each => each.id.toLowerCase() === id.toLowerCase())
      if (found) return found.id
      throw invalid(
        `Action '${action}' names the ${kind} '${id}', which does not exist here. ${choices(known)}`,
      )
    })
  return {
    ...document,
    Steps: document.Steps.map(step => ({
      ...step,
      Actions: step.Actions.map(action => ({
        ...action,
        Environments: check(action.Name, 'environment', action.Environments, inSpace),
        ExcludedEnvironments: check(
          action.Name,
          'environment',
          action.ExcludedEnvironments,
          inSpace,
        ),
        Channels: check(action.Name, 'channel', action.Channels, inProject),
        WorkerPoolId:
          check(
            action.Name,
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
