import { sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { notFound } from '../http/problem.ts'
import { readSteps } from '../projects/process.ts'
import { readSettings } from '../projects/project.ts'
import type { ReleaseRow } from '../releases/store.ts'
import { wantsGuidedFailure } from './guided-failure.ts'
import {
  type PoolRow,
  selectPools,
  selectTargets,
  type TargetRow,
  toPools,
  toTargets,
} from './places.ts'
import { type PlanInput, type Planning, planDeployment } from './plan.ts'
import {
  completed,
  type PlanVariableRow,
  planPlace,
  selectPlanVariables,
  settingsOf,
  toPlanVariables,
} from './plan-variables.ts'

const NOTHING_LEFT_OUT: PlanInput['request'] = {
  skipActionIds: [],
  specificMachineIds: [],
  excludedMachineIds: [],
}

export type Preview = Planning & {
  environment: { id: string; name: string }
  /** Failures ask a person, unless the deployment says otherwise. */
  guidedFailure: boolean
}

type AboutRow = {
  steps: string
  settings: string
  use_guided_failure: number
  project_name: string
  channel_name: string
  space_name: string
}

/** What a deployment of the release to the environment would do if it started now: made by the same
 *  code, and from the same rows, as the plan of one that does.
 *  @param request what is left out; nothing by default
 *  @throws Problem `not_found` */
export const previewDeployment = async (
  db: Database,
  release: ReleaseRow,
  { id, name }: { id: string; name: string },
  request: PlanInput['request'] = NOTHING_LEFT_OUT,
): Promise<Preview> => {
  const [[about], targets, pools, rows] = await db.batch([
    db.all<AboutRow>(sql`SELECT ps.steps, p.settings, e.use_guided_failure, p.name AS project_name,
        c.name AS channel_name, s.name AS space_name
      FROM projects AS p JOIN spaces AS s ON s.id = p.space_id
        JOIN environments AS e ON e.id = ${id} AND e.space_id = p.space_id
        JOIN channels AS c ON c.id = ${release.channelId}
        JOIN process_snapshots AS ps ON ps.id = ${release.processSnapshotId}
      WHERE p.id = ${release.projectId}`),
    db.all<TargetRow>(selectTargets(sql`SELECT ${id}`)),
    db.all<PoolRow>(selectPools(sql`SELECT ${release.spaceId}`)),
    db.all<PlanVariableRow>(selectPlanVariables(sql`SELECT ${release.variableSnapshotId}`)),
  ])
  if (!about) throw notFound(id)
  const environment = { id, name }
  const project = readSettings(JSON.parse(about.settings))
  const steps = readSteps(JSON.parse(about.steps))
  const variables = await completed(db, release.variableSnapshotId, toPlanVariables(rows), steps)
  const planning = planDeployment({
    steps,
    environment,
    channelId: release.channelId,
    targets: toTargets(targets),
    pools: toPools(pools),
    request,
    policy: project.ProjectConnectivityPolicy,
    tenantTags: null,
    settings: settingsOf(
      variables,
      steps,
      planPlace({
        space: { id: release.spaceId, name: about.space_name },
        project: { id: release.projectId, name: about.project_name },
        environment,
        channel: { id: release.channelId, name: about.channel_name },
        version: release.version,
      }),
    ),
  })
  return {
    ...planning,
    environment,
    guidedFailure: wantsGuidedFailure(
      null,
      project.DefaultGuidedFailureMode,
      about.use_guided_failure === 1,
    ),
  }
}
