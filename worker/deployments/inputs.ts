import { sql } from 'drizzle-orm'
import { type Keyring, open, openKeyring } from '../access/envelope.ts'
import type { Database } from '../database/client.ts'
import { isUniqueViolation } from '../database/guard.ts'
import type { Environment } from '../environment.ts'
import type { Step } from '../projects/process.ts'
import type { ConnectivityPolicy } from '../projects/project.ts'
import { indexByName, type VariableIndex } from '../variables/precedence.ts'
import { openAnswers, type StoredAnswers, withAnswers } from '../variables/prompts.ts'
import { openSnapshot } from '../variables/snapshot.ts'
import { passGate } from './gate.ts'
import {
  type DeploymentRequest,
  type DeploymentRow,
  selectDeployment,
  toLoaded,
} from './inputs-row.ts'
import { type PoolRow, selectPools, selectTargets, type TargetRow } from './places.ts'
import type { PlanInput, PlanPool, PlanSettings, PlanTarget } from './plan.ts'
import { type PlanVariableRow, selectPlanVariables } from './plan-variables.ts'

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
  /** System variables that only the database knows; absent where an older version stored these. */
  facts?: [name: string, value: string][]
  /** A failure asks a person what to do. */
  guidedFailure: boolean
  /** The failed deployment that this one goes on from. */
  resumedFrom: string | null
  /** It may work on targets beside others that say so too. */
  sharesTargets: boolean
  hostnames: Record<string, string>
}

/** Never stored by the object, only held: read again when the object comes up again. */
export type Secrets = {
  steps: Step[]
  variables: VariableIndex
  /** Opened step properties: `holder id|property name` → text. */
  sealed: Map<string, string>
}

export type Loaded = {
  inputs: Inputs
  steps: Step[]
  formValues: StoredAnswers
  policy: ConnectivityPolicy
  settings: PlanSettings
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
 * round trip; the gate lets one task per concurrency key in, in the order of the queue.
 * Asking again for a task that is in is let in again.
 */
export const enter = async (db: Database, id: string, now: number): Promise<Loading> => {
  try {
    const [, , deployments, targets, pools, variables] = await db.batch([
      passGate(db, id, now),
      db.run(sql`UPDATE dashboard SET state = 'Executing', started_at = ${now} WHERE deployment_id = ${id}
        AND state = 'Queued' AND EXISTS (SELECT 1 FROM tasks WHERE deployment_id = ${id} AND state = 'Executing')`),
      ...readsOf(db, id),
    ])
    const [row] = deployments
    if (!row) return { type: 'missing' }
    if (row.state === 'Queued') return { type: 'waits' }
    if (row.state !== 'Executing' && row.state !== 'Cancelling')
      return { type: 'ended', state: row.state }
    return { type: 'loaded', ...(await toLoaded(db, row, { targets, pools, variables })) }
  } catch (error) {
    if (isUniqueViolation(error, 'tasks.concurrency_key')) return { type: 'waits' }
    throw error
  }
}

/** All that a deployment is made of, once it has begun: whatever its row says, which an older copy of
 *  the database may have put back to before that. */
export const readAgain = async (db: Database, id: string): Promise<Loading> => {
  const [deployments, targets, pools, variables] = await db.batch(readsOf(db, id))
  const [row] = deployments
  if (!row) return { type: 'missing' }
  return { type: 'loaded', ...(await toLoaded(db, row, { targets, pools, variables })) }
}

const readsOf = (db: Database, id: string) =>
  [
    db.all<DeploymentRow>(selectDeployment(id)),
    db.all<TargetRow>(selectTargets(sql`SELECT environment_id FROM deployments WHERE id = ${id}`)),
    db.all<PoolRow>(selectPools(sql`SELECT space_id FROM deployments WHERE id = ${id}`)),
    db.all<PlanVariableRow>(
      selectPlanVariables(sql`SELECT variable_snapshot_id FROM deployments WHERE id = ${id}`),
    ),
  ] as const

/** What the plan of a deployment is made from. */
export const planInputOf = ({ inputs, ...rest }: Loaded): PlanInput => ({
  steps: rest.steps,
  environment: inputs.environment,
  channelId: inputs.channel.id,
  targets: rest.targets,
  pools: rest.pools,
  request: inputs.request,
  policy: rest.policy,
  tenantTags: null,
  settings: rest.settings,
})

/** Variables, what was answered in their place, and sealed properties; all of it opened. */
export const openSecrets = async (
  env: Environment,
  db: Database,
  { inputs, steps, formValues }: Pick<Loaded, 'inputs' | 'steps' | 'formValues'>,
): Promise<Secrets> => {
  const opening = openKeyring(env, db, inputs.space.id)
  const [variables, answers, sealed] = await Promise.all([
    openSnapshot(env, db, inputs.variableSnapshotId, opening),
    openAnswers(opening, inputs.id, formValues),
    openProperties(opening, steps),
  ])
  return { steps, sealed, variables: indexByName(withAnswers(variables, answers)) }
}

/** Every secret that a deployment has from its variables and its steps' properties. */
export const sensitiveOf = ({ variables, sealed }: Secrets): string[] => [
  ...[...variables.values()]
    .flat()
    .flatMap(({ isSensitive, value }) => (isSensitive && value !== null ? [value] : [])),
  ...sealed.values(),
]

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
