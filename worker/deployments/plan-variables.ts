import { type SQL, sql } from 'drizzle-orm'
import { evaluate, VariableDictionary } from '../../runner/substitution/evaluate.ts'
import type { Database } from '../database/client.ts'
import { type Step, targetTags } from '../projects/process.ts'
import {
  indexByName,
  resolve,
  type ScopeContext,
  type ScopedVariable,
  type VariableIndex,
} from '../variables/precedence.ts'
import { readScope } from '../variables/scope.ts'
import { type FrozenSet, type FrozenVariable, readSnapshot } from '../variables/snapshot.ts'
import type { PlanSettings } from './plan.ts'

export const CONCURRENCY_TAG = 'Octopus.Task.ConcurrencyTag'
const MAX_PARALLELISM = 'Octopus.Action.MaxParallelism'
const ACQUIRE_PARALLELISM = 'Octopus.Acquire.MaxParallelism'
const BYPASS_MUTEX = 'OctopusBypassDeploymentMutex'
const TIMEOUT = 'Octopus.Action.ExecutionTimeout.Minutes'

export type PlanVariableRow = { variable: string; set_id: string; is_own: number }

/** The few values of a snapshot that the plan and the queue depend on, and no secret: read beside
 *  everything else that a deployment starts with. A look at the text spares most snapshots, which
 *  may hold ten thousand values, from being taken apart.
 *  @param snapshot a query for the id of the project's snapshot */
export const selectPlanVariables = (snapshot: SQL): SQL => sql`
  SELECT each.value AS variable, s.document ->> '$.setId' AS set_id, s.id = whole.id AS is_own
  FROM variable_snapshots AS whole
    JOIN variable_snapshots AS s ON s.id = whole.id
      OR s.id IN (SELECT value FROM json_each(whole.document, '$.includes'))
    JOIN json_each(s.document, '$.variables') AS each
  WHERE whole.id = (${snapshot})
    AND (s.document LIKE '%"name":"octopus%' OR instr(s.document, '"type":"WorkerPool"'))
    AND (each.value ->> '$.type' = 'WorkerPool' OR lower(each.value ->> '$.name') IN (${sql.join(
      [CONCURRENCY_TAG, MAX_PARALLELISM, ACQUIRE_PARALLELISM, BYPASS_MUTEX, TIMEOUT].map(
        name => sql`${name.toLowerCase()}`,
      ),
      sql`, `,
    )}))
  ORDER BY s.id <> whole.id,
    (SELECT key FROM json_each(whole.document, '$.includes') WHERE value = s.id), each.key`

export const toPlanVariables = (rows: PlanVariableRow[]): ScopedVariable[] =>
  rows.flatMap(({ variable, set_id, is_own }) =>
    plain(JSON.parse(variable) as FrozenVariable, set_id, is_own === 1),
  )

/** All values that are no secrets: for the rare text that refers to other variables. */
const readPlain = async (db: Database, snapshotId: string): Promise<ScopedVariable[]> => {
  const { sets } = await readSnapshot(db, snapshotId)
  return sets.flatMap(({ setId, variables }: FrozenSet, index) =>
    variables.flatMap(each => plain(each, setId, index === 0)),
  )
}

const plain = (frozen: FrozenVariable, setId: string, isOwn: boolean): ScopedVariable[] =>
  frozen.isSensitive
    ? []
    : [
        {
          id: frozen.id,
          name: frozen.name,
          value: frozen.value,
          isSensitive: false,
          type: frozen.type,
          scope: readScope(frozen.scope),
          source: isOwn ? 'project' : 'library',
          setId,
        },
      ]

/** Where the values are asked for, and what they may refer to besides each other. */
export type PlanPlace = {
  scope: ScopeContext
  /** `Octopus.Environment.Name` and the like. */
  known: readonly (readonly [name: string, value: string])[]
}

type Named = { id: string; name: string }

/** A project, environment and channel, as far as the plan can refer to them. */
export const planPlace = (at: {
  space: Named
  project: Named
  environment: Named
  channel: Named
  version: string
}): PlanPlace => ({
  scope: {
    environmentId: at.environment.id,
    channelId: at.channel.id,
    processOwnerId: at.project.id,
  },
  known: [
    ['Octopus.Space.Id', at.space.id],
    ['Octopus.Space.Name', at.space.name],
    ['Octopus.Project.Id', at.project.id],
    ['Octopus.Project.Name', at.project.name],
    ['Octopus.Environment.Id', at.environment.id],
    ['Octopus.Environment.Name', at.environment.name],
    ['Octopus.Release.Channel.Id', at.channel.id],
    ['Octopus.Release.Channel.Name', at.channel.name],
    ['Octopus.Release.Number', at.version],
  ],
})

const windowText = ({ properties }: Step) => properties[MAX_PARALLELISM] ?? ''

/** What some of these variables, or a step's window, say cannot be told without the others. */
const refersToOthers = (variables: ScopedVariable[], steps: Step[]): boolean =>
  variables.some(({ value }) => value?.includes('#{')) ||
  steps.some(step => windowText(step).includes('#{'))

/** The variables that the plan needs, and all that they refer to. */
export const completed = (
  db: Database,
  snapshotId: string,
  variables: ScopedVariable[],
  steps: Step[],
): Promise<ScopedVariable[]> =>
  refersToOthers(variables, steps) ? readPlain(db, snapshotId) : Promise.resolve(variables)

/** What the variables mean for the plan. Texts that cannot be evaluated stay as they are, and the
 *  plan's problem quotes them. */
export const settingsOf = (
  variables: ScopedVariable[],
  steps: Step[],
  place: PlanPlace,
): PlanSettings & { bypassesMutex: boolean } => {
  const index = indexByName(variables)
  const here = (name: string, more: ScopeContext = {}) =>
    valueIn(index, name, { ...place, scope: { ...place.scope, ...more } })
  const limit = (name: string, more: ScopeContext = {}) => {
    const value = Number(here(name, more) ?? '')
    return Number.isInteger(value) && value > 0 ? value : null
  }
  const pools: PlanSettings['workerPools'] = {}
  const windows: PlanSettings['windows'] = {}
  const timeouts: PlanSettings['timeouts'] = {}
  const parallelism: Record<string, number> = {}
  for (const step of steps) {
    const at = { stepId: step.id, stepTags: targetTags(step) }
    for (const { id, workerPoolVariable } of step.actions) {
      const scope = { ...at, actionId: id }
      if (workerPoolVariable !== null) pools[id] = here(workerPoolVariable, scope)
      const minutes = here(TIMEOUT, scope)
      if (minutes !== null) timeouts[id] = minutes
      const most = limit(MAX_PARALLELISM, scope)
      // The targets of a step go through all its actions: the narrowest counts.
      if (most !== null) parallelism[step.id] = Math.min(most, parallelism[step.id] ?? most)
    }
    const window = windowText(step)
    if (window.includes('#{'))
      windows[step.id] = evaluated(window, index, { ...place, scope: { ...place.scope, ...at } })
  }
  return {
    maxParallelism: limit(MAX_PARALLELISM),
    parallelism,
    acquireParallelism: limit(ACQUIRE_PARALLELISM),
    workerPools: pools,
    windows,
    timeouts,
    bypassesMutex: here(BYPASS_MUTEX)?.toLowerCase() === 'true',
  }
}

/** The text of one such variable, evaluated; null when it has none here. */
export const textOf = (
  variables: ScopedVariable[],
  name: string,
  place: PlanPlace,
): string | null => valueIn(indexByName(variables), name, place)

const valueIn = (index: VariableIndex, name: string, place: PlanPlace): string | null => {
  const values = index.get(name.toLowerCase()) ?? []
  const text = resolve(values, place.scope)[0]?.winner.value
  return text ? evaluated(text, index, place) : null
}

const evaluated = (text: string, index: VariableIndex, { scope, known }: PlanPlace): string => {
  if (!text.includes('#{')) return text
  const own = resolve(index, scope).map(({ name, winner }) => [name, winner.value] as const)
  try {
    return evaluate(text, new VariableDictionary([...own, ...known])).value ?? ''
  } catch {
    // It refers to itself, or goes beyond all bounds.
    return text
  }
}
