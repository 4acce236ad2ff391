import { sql } from 'drizzle-orm'
import * as z from 'zod'
import type { Database } from '../database/client.ts'
import { readSteps } from '../projects/process.ts'
import { readSettings } from '../projects/project.ts'
import { FACTS, factVariables } from './facts.ts'
import { wantsGuidedFailure } from './guided-failure.ts'
import type { Loaded, SelectedPackage } from './inputs.ts'
import { type PoolRow, type TargetRow, toPools, toTargets } from './places.ts'
import {
  completed,
  type PlanPlace,
  type PlanVariableRow,
  planPlace,
  settingsOf,
  toPlanVariables,
} from './plan-variables.ts'
import { LIFECYCLE, retentionVariables } from './target-retention.ts'

const deploymentRequest = z.object({
  skipActionIds: z.array(z.string()).catch([]),
  specificMachineIds: z.array(z.string()).catch([]),
  excludedMachineIds: z.array(z.string()).catch([]),
  forcePackageDownload: z.boolean().catch(false),
  useGuidedFailure: z.boolean().nullable().catch(null),
})
export type DeploymentRequest = z.infer<typeof deploymentRequest>
const texts = z.record(z.string(), z.string()).catch({})
const changesTemplate = z.string().nullish().catch(null)
const storedAnswers = z.object({ formValues: texts, sealedFormValues: texts })

/** A deployment with all that it is about, from libSQL. */
export type DeploymentRow = Record<
  | 'id'
  | 'name'
  | 'comments'
  | 'deployed_by'
  | 'request'
  | 'variable_snapshot_id'
  | 'state'
  | 'task_id'
  | 'description'
  | 'concurrency_key'
  | 'space_id'
  | 'space_name'
  | 'project_id'
  | 'project_name'
  | 'project_slug'
  | 'group_id'
  | 'group_name'
  | 'environment_id'
  | 'environment_name'
  | 'channel_id'
  | 'channel_name'
  | 'release_id'
  | 'version'
  | 'notes'
  | 'selected_packages'
  | 'project_settings'
  | 'facts'
  | 'steps',
  string
> &
  Record<
    'created_at' | 'queued_at' | 'sort_order' | 'assembled_at' | 'use_guided_failure',
    number
  > &
  Record<
    | 'deployed_by_id'
    | 'resumed_from'
    | 'lifecycle'
    | 'success_deployment_id'
    | 'success_release_id'
    | 'success_version',
    string | null
  >

export const selectDeployment = (id: string) => sql`
  SELECT d.id, d.name, d.comments, d.created_at, d.deployed_by, d.deployed_by_id, d.request, d.variable_snapshot_id, d.resumed_from,
    t.id AS task_id, t.description, t.state, t.queued_at, t.concurrency_key, s.id AS space_id, s.name AS space_name,
    p.id AS project_id, p.name AS project_name, p.slug AS project_slug, p.settings AS project_settings, ${sql.raw(LIFECYCLE)}, g.id AS group_id, g.name AS group_name,
    e.id AS environment_id, e.name AS environment_name, e.sort_order, e.use_guided_failure, c.id AS channel_id, c.name AS channel_name,
    r.id AS release_id, r.version, r.notes, r.assembled_at, r.selected_packages, ps.steps,
    b.success_deployment_id, b.success_release_id, b.success_version, ${FACTS}
  FROM deployments AS d JOIN tasks AS t ON t.id = d.task_id JOIN spaces AS s ON s.id = d.space_id
    JOIN projects AS p ON p.id = d.project_id JOIN project_groups AS g ON g.id = p.project_group_id
    JOIN environments AS e ON e.id = d.environment_id JOIN releases AS r ON r.id = d.release_id
    JOIN channels AS c ON c.id = d.channel_id JOIN process_snapshots AS ps ON ps.id = r.process_snapshot_id
    LEFT JOIN dashboard AS b ON b.project_id = d.project_id AND b.environment_id = d.environment_id
  WHERE d.id = ${id}`

type Places = { targets: TargetRow[]; pools: PoolRow[]; variables: PlanVariableRow[] }

export const toLoaded = async (
  db: Database,
  row: DeploymentRow,
  { targets, pools, variables }: Places,
): Promise<Loaded> => {
  const steps = readSteps(JSON.parse(row.steps))
  const known = await completed(db, row.variable_snapshot_id, toPlanVariables(variables), steps)
  const { bypassesMutex, ...settings } = settingsOf(known, steps, placeOf(row))
  const stored: unknown = JSON.parse(row.request)
  const request = deploymentRequest.parse(stored ?? {})
  const project = readSettings(JSON.parse(row.project_settings))
  return {
    inputs: {
      id: row.id,
      name: row.name,
      comments: row.comments,
      createdAt: row.created_at,
      deployedBy: row.deployed_by,
      deployedById: row.deployed_by_id,
      task: {
        id: row.task_id,
        description: row.description,
        queuedAt: row.queued_at,
        concurrencyKey: row.concurrency_key,
      },
      space: { id: row.space_id, name: row.space_name },
      project: {
        id: row.project_id,
        name: row.project_name,
        slug: row.project_slug,
        groupId: row.group_id,
        groupName: row.group_name,
      },
      environment: {
        id: row.environment_id,
        name: row.environment_name,
        sortOrder: row.sort_order,
      },
      channel: { id: row.channel_id, name: row.channel_name },
      release: {
        id: row.release_id,
        version: row.version,
        notes: row.notes,
        assembledAt: row.assembled_at,
      },
      packages: JSON.parse(row.selected_packages) as SelectedPackage[],
      variableSnapshotId: row.variable_snapshot_id,
      previous:
        row.success_deployment_id && row.success_release_id && row.success_version
          ? {
              deploymentId: row.success_deployment_id,
              releaseId: row.success_release_id,
              version: row.success_version,
            }
          : null,
      request,
      guidedFailure: wantsGuidedFailure(
        request.useGuidedFailure,
        project.DefaultGuidedFailureMode,
        row.use_guided_failure === 1,
      ),
      facts: [
        ...factVariables(row.facts, {
          deploymentId: row.id,
          template: changesTemplate.parse(project.DeploymentChangesTemplate),
          known: placeOf(row).known,
        }),
        ...retentionVariables(row.lifecycle, row.environment_id),
      ],
      resumedFrom: row.resumed_from,
      sharesTargets: bypassesMutex,
      hostnames: Object.fromEntries(
        targets.flatMap(({ id, hostname }) => (hostname === null ? [] : [[id, hostname]])),
      ),
    },
    steps,
    formValues: storedAnswers.parse(stored ?? {}),
    policy: project.ProjectConnectivityPolicy,
    settings,
    targets: toTargets(targets),
    pools: toPools(pools),
  }
}

const placeOf = (row: DeploymentRow): PlanPlace =>
  planPlace({
    space: { id: row.space_id, name: row.space_name },
    project: { id: row.project_id, name: row.project_name },
    environment: { id: row.environment_id, name: row.environment_name },
    channel: { id: row.channel_id, name: row.channel_name },
    version: row.version,
  })
