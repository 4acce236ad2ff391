import { type SQL, sql } from 'drizzle-orm'
import type { Context } from '../http/call.ts'
import { notFound } from '../http/problem.ts'
import type { EnvironmentRow } from '../infrastructure/store.ts'
import { listEnvironments } from '../infrastructure/store.ts'
import type { Phase } from '../lifecycles/progression.ts'
import { releasePhases } from '../lifecycles/store.ts'
import type { releases } from '../releases/schema.ts'
import { chooseMachines, chooseSteps } from './choices.ts'
import { concurrencyKey, tagVariables } from './concurrency.ts'
import {
  type PlanVariableRow,
  planPlace,
  selectPlanVariables,
  toPlanVariables,
} from './plan-variables.ts'
import type { DeploymentRequest } from './request.ts'
import { successesOf } from './store.ts'

type Release = typeof releases.$inferSelect

/** All that is read before a deployment may be created, at once. */
export type Gathered = {
  phases: Phase[]
  successes: Set<string>
  environments: EnvironmentRow[]
  choices: {
    skipActionIds: string[]
    specificMachineIds: string[]
    excludedMachineIds: string[]
  }
  variables: ReturnType<typeof toPlanVariables>
  about: About
}

/** Names that a concurrency tag may refer to, and whether any variable may be prompted for. */
type About = { space_name: string | null; channel_name: string | null; has_prompts: number }

const selectAbout = ({ spaceId, channelId, variableSnapshotId }: Release): SQL => sql`
  SELECT (SELECT name FROM spaces WHERE id = ${spaceId}) AS space_name,
    (SELECT name FROM channels WHERE id = ${channelId}) AS channel_name,
    EXISTS (SELECT 1 FROM variable_snapshots AS whole JOIN variable_snapshots AS s
        ON s.id = whole.id OR s.id IN (SELECT value FROM json_each(whole.document, '$.includes'))
      WHERE whole.id = ${variableSnapshotId} AND instr(s.document, '"prompt":{')) AS has_prompts`

/** @throws Problem `invalid` for steps or targets that are not there */
export const gather = async (
  { db }: Pick<Context, 'db'>,
  release: Release,
  request: DeploymentRequest,
): Promise<Gathered> => {
  const { spaceId } = release
  const [phases, successes, environments, skipActionIds, machines, [[about], rows]] =
    await Promise.all([
      releasePhases(db, spaceId, release),
      successesOf(db, release.id),
      listEnvironments(db, spaceId),
      chooseSteps(db, release, request.skipSteps),
      chooseMachines(db, spaceId, request),
      db.batch([
        db.all<About>(selectAbout(release)),
        db.all<PlanVariableRow>(selectPlanVariables(sql`SELECT ${release.variableSnapshotId}`)),
      ]),
    ])
  const variables = await tagVariables(db, release.variableSnapshotId, toPlanVariables(rows))
  return {
    phases,
    successes,
    environments,
    choices: { skipActionIds, ...machines },
    variables,
    about: about ?? { space_name: null, channel_name: null, has_prompts: 1 },
  }
}

/** Environments by id, name or slug, each once. @throws Problem `not_found` */
export const namedEnvironments = (
  known: EnvironmentRow[],
  references: readonly string[],
): EnvironmentRow[] => {
  const found = references.map(reference => {
    const key = reference.toLowerCase()
    const environment =
      known.find(({ id }) => id.toLowerCase() === key) ??
      known.find(({ slug }) => slug === key) ??
      known.find(({ name }) => name.toLowerCase() === key)
    if (!environment) throw notFound(reference)
    return environment
  })
  return [...new Set(found)]
}

/** Ids of what is about to be created. */
export type Ids = { deploymentId: string; taskId: string }

export const keyFor = (
  { variables, about }: Gathered,
  project: { id: string; name: string },
  release: Release,
  environment: EnvironmentRow,
  { deploymentId, taskId }: Ids,
): string => {
  const place = planPlace({
    space: { id: release.spaceId, name: about.space_name ?? '' },
    project,
    environment,
    channel: { id: release.channelId, name: about.channel_name ?? '' },
    version: release.version,
  })
  const ids = { spaceId: release.spaceId, projectId: project.id, environmentId: environment.id }
  return concurrencyKey(variables, ids, {
    ...place,
    known: [...place.known, ['Octopus.Deployment.Id', deploymentId], ['Octopus.Task.Id', taskId]],
  })
}

/** Stands before others with the same key: as the request says, else as its phase says. */
export const priorityOf = (
  wanted: DeploymentRequest['priority'],
  phases: Phase[],
  environmentId: string,
): number => {
  if (wanted !== null) return wanted === 'On' ? 1 : 0
  const phase = phases.find(({ environments }) =>
    environments.some(({ id }) => id === environmentId),
  )
  return phase?.isPriority ? 1 : 0
}

/** Nothing newer of the project has gone, or is to go, to the environment. */
export const isNewest = (deployment: {
  id: string
  number: number
  projectId: string
  environmentId: string
}): SQL => sql`SELECT NOT EXISTS (SELECT 1 FROM deployments AS d JOIN tasks AS t ON t.id = d.task_id
  WHERE d.project_id = ${deployment.projectId} AND d.environment_id = ${deployment.environmentId}
    AND d.number > ${deployment.number}
    AND (t.started_at IS NOT NULL OR t.state IN ('Queued', 'Executing', 'Cancelling')))`
