import { asc, eq, isNull, or } from 'drizzle-orm'
import { teams } from '../access/schema.ts'
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
      .map(({ id, environments, excludedEnvironments, channels, workerPoolId, properties }) => [
        id,
        new Set([
          ...environments,
          ...excludedEnvironments,
          ...channels,
          workerPoolId ?? '',
          ...idsIn(properties[TEAMS] ?? ''),
        ]),
      ]),
  )

/**
 * Writes every environment, channel, worker pool and team that actions name in its own spelling. What
 * an action names already may have been deleted since and stays, so that other steps can be saved.
 * @throws Problem `invalid` for a scope that names nothing
 */
export const checkScopes = async (
  db: Database,
  project: { id: string; spaceId: string },
  document: ProcessDocument,
  stored: unknown,
): Promise<ProcessDocument> => {
  const [inSpace, inProject, pools, ofSpace] = await db.batch([
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
    db
      .select({ id: teams.id, name: teams.name })
      .from(teams)
      .where(or(isNull(teams.spaceId), eq(teams.spaceId, project.spaceId))),
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
        Properties: withTeams(action, ids => check(action, 'team', ids, ofSpace)),
      })),
    })),
  }
}

const TEAMS = 'Octopus.Action.Manual.ResponsibleTeamIds'

/** Who is asked by name must be there to answer. */
const withTeams = (
  { Properties }: ActionDocument,
  check: (ids: string[]) => string[],
): ActionDocument['Properties'] => {
  const named = Properties[TEAMS]
  if (typeof named !== 'string') return Properties
  return { ...Properties, [TEAMS]: check(idsIn(named)).join(',') }
}

const idsIn = (text: string): string[] =>
  text
    .split(',')
    .map(id => id.trim())
    .filter(id => id !== '')

const choices = (known: Known): string =>
  known.length === 0
    ? 'There is none yet.'
    : `Choose from ${known
        .slice(0, 10)
        .map(({ id, name }) => `${name} (${id})`)
        .join(', ')}${known.length > 10 ? ' and others' : ''}.`
