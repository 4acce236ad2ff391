import { sql } from 'drizzle-orm'
import * as z from 'zod'
import { type Keyring, open, openKeyring } from '../access/envelope.ts'
import type { Database } from '../database/client.ts'
import { isUniqueViolation } from '../database/guard.ts'
import type { Environment } from '../environment.ts'
import { readSteps, type Step } from '../projects/process.ts'
import { indexByName, type VariableIndex } from '../variables/precedence.ts'
import { openSnapshot } from '../variables/snapshot.ts'
import {
  type PoolRow,
  selectPools,
  selectTargets,
  type TargetRow,
  toPools,
  toTargets,
} from './places.ts'
import type { PlanPool, PlanTarget } from './plan.ts'

/** A package of the release, as it was selected when the release was made. */
export type SelectedPackage = {
  ActionName: string
  PackageReferenceName: string
  PackageId: string
  Version: string
  Sha256: string
  Extension: string
  SizeBytes: number
}

/** What a deployment is about, without anything secret: kept in the object's own storage. */
export type Inputs = {
  id: string
  name: string
  comments: string
  createdAt: number
  deployedBy: string
  deployedById: string | null
  task: { id: string; description: string; queuedAt: number; concurrencyKey: string }
  space: { id: string; name: string }
  project: { id: string; name: string; slug: string; groupId: string; groupName: string }
  environment: { id: string; name: string; sortOrder: number }
  channel: { id: string; name: string }
  release: { id: string; version: string; notes: string; assembledAt: number }
  packages: SelectedPackage[]
  variableSnapshotId: string
  /** What last succeeded in this environment. */
  previous: { deploymentId: string; releaseId: string; version: string } | null
  request: DeploymentRequest
  hostnames: Record<string, string>
}

/** Never stored by the object, only held: read again when the object comes up again. */
export type Secrets = {
  steps: Step[]
  variables: VariableIndex
  /** Answers to prompts, by variable id or name. */
  formValues: Record<string, string>
  /** Opened step properties: `holder id|property name` → text. */
  sealed: Map<string, string>
}

const deploymentRequest = z.object({
  skipActionIds: z.array(z.string()).catch([]),
  specificMachineIds: z.array(z.string()).catch([]),
  excludedMachineIds: z.array(z.string()).catch([]),
  forcePackageDownload: z.boolean().catch(false),
})
export type DeploymentRequest = z.infer<typeof deploymentRequest>
const formValues = z.object({ formValues: z.record(z.string(), z.string()) })

export type Loaded = {
  inputs: Inputs
  steps: Step[]
  formValues: Record<string, string>
  targets: PlanTarget[]
  pools: PlanPool[]
}
export type Loading =
  | ({ type: 'loaded' } & Loaded)
  /** Another task with the same concurrency key runs, or stands before this one. */
  | { type: 'waits' }
  | { type: 'ended'; state: string }
  | { type: 'missing' }

/**
 * Takes the task from `Queued` to `Executing` and reads all that the deployment is made of, in one
 * round trip. The unique index `one_running` is the gate: it lets one task per concurrency key in.
 * Asking again for a task that is in reads the same again.
 */
export const enter = async (db: Database, id: string, now: number): Promise<Loading> => {
  try {
    const [, , deployments, targets, pools] = await db.batch([
      db.run(sql`UPDATE tasks SET state = 'Executing', started_at = ${now}, updated_at = ${now}
        WHERE deployment_id = ${id} AND state = 'Queued' AND eligible_at <= ${now}
          AND (expires_at IS NULL OR expires_at > ${now}) AND NOT EXISTS (
          SELECT 1 FROM tasks AS other WHERE other.concurrency_key = tasks.concurrency_key
            AND other.state = 'Queued' AND other.eligible_at <= ${now} AND other.number < tasks.number)`),
      db.run(sql`UPDATE dashboard SET state = 'Executing', started_at = ${now} WHERE deployment_id = ${id}
        AND state = 'Queued' AND EXISTS (SELECT 1 FROM tasks WHERE deployment_id = ${id} AND state = 'Executing')`),
      db.all<DeploymentRow>(selectDeployment(id)),
      db.all<TargetRow>(
        selectTargets(sql`SELECT environment_id FROM deployments WHERE id = ${id}`),
      ),
      db.all<PoolRow>(selectPools(sql`SELECT space_id FROM deployments WHERE id = ${id}`)),
    ])
    const [row] = deployments
    if (!row) return { type: 'missing' }
    if (row.state === 'Queued') return { type: 'waits' }
    if (row.state !== 'Executing' && row.state !== 'Cancelling')
      return { type: 'ended', state: row.state }
    return { type: 'loaded', ...toLoaded(row, targets, pools) }
  } catch (error) {
    if (isUniqueViolation(error, 'tasks.concurrency_key')) return { type: 'waits' }
    throw error
  }
}

/** Variables and sealed properties, opened. */
export const openSecrets = async (
  env: Environment,
  db: Database,
  { inputs, steps, formValues }: Pick<Loaded, 'inputs' | 'steps' | 'formValues'>,
): Promise<Secrets> => {
  const opening = openKeyring(env, db, inputs.space.id)
  const [variables, sealed] = await Promise.all([
    openSnapshot(env, db, inputs.variableSnapshotId, opening),
    openProperties(opening, steps),
  ])
  return { steps, formValues, sealed, variables: indexByName(variables) }
}

const openProperties = async (
  opening: Promise<Keyring>,
  steps: Step[],
): Promise<Map<string, string>> => {
  const all = steps
    .flatMap(step => [step, ...step.actions])
    .flatMap(holder =>
      Object.entries(holder.sealedProperties).map(([name, property]) => ({
        key: `${holder.id}|${name}`,
        ...property,
      })),
    )
  const opened = new Map<string, string>()
  if (all.length === 0) return opened
  const keyring = await opening
  for (const { key, aad, sealed } of all) opened.set(key, await open(keyring, aad, sealed))
  return opened
}

type DeploymentRow = Record<
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
  | 'steps',
  string
> &
  Record<'created_at' | 'queued_at' | 'sort_order' | 'assembled_at', number> &
  Record<
    'deployed_by_id' | 'success_deployment_id' | 'success_release_id' | 'success_version',
    string | null
  >
const selectDeployment = (id: string) => sql`
  SELECT d.id, d.name, d.comments, d.created_at, d.deployed_by, d.deployed_by_id, d.request, d.variable_snapshot_id,
    t.id AS task_id, t.description, t.state, t.queued_at, t.concurrency_key, s.id AS space_id, s.name AS space_name,
    p.id AS project_id, p.name AS project_name, p.slug AS project_slug, g.id AS group_id, g.name AS group_name,
    e.id AS environment_id, e.name AS environment_name, e.sort_order, c.id AS channel_id, c.name AS channel_name,
    r.id AS release_id, r.version, r.notes, r.assembled_at, r.selected_packages, ps.steps,
    b.success_deployment_id, b.success_release_id, b.success_version
  FROM deployments AS d JOIN tasks AS t ON t.id = d.task_id JOIN spaces AS s ON s.id = d.space_id
    JOIN projects AS p ON p.id = d.project_id JOIN project_groups AS g ON g.id = p.project_group_id
    JOIN environments AS e ON e.id = d.environment_id JOIN releases AS r ON r.id = d.release_id
    JOIN channels AS c ON c.id = d.channel_id JOIN process_snapshots AS ps ON ps.id = r.process_snapshot_id
    LEFT JOIN dashboard AS b ON b.project_id = d.project_id AND b.environment_id = d.environment_id
  WHERE d.id = ${id}`

const toLoaded = (row: DeploymentRow, targets: TargetRow[], pools: PoolRow[]): Loaded => {
  const request: unknown = JSON.parse(row.request)
  const answers = formValues.safeParse(request)
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
      request: deploymentRequest.parse(request ?? {}),
      hostnames: Object.fromEntries(
        targets.flatMap(({ id, hostname }) => (hostname === null ? [] : [[id, hostname]])),
      ),
    },
    steps: readSteps(JSON.parse(row.steps)),
    formValues: answers.success ? answers.data.formValues : {},
    targets: toTargets(targets),
    pools: toPools(pools),
  }
}
