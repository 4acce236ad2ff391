import { and, asc, eq, sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { invalid } from '../http/problem.ts'
import { environments, targets, targetTags, workerPools } from '../infrastructure/schema.ts'
import { readSteps } from '../projects/process.ts'
import { channels, processes } from '../projects/schema.ts'
import { DIMENSIONS, type Dimension, type Scope } from './scope.ts'

export type Choice = { id: string; name: string }

/** All that a value of one set may be scoped to. Tags are free text: those are the ones in use. */
export type ScopeValues = {
  environments: Choice[]
  machines: Choice[]
  roles: Choice[]
  actions: Choice[]
  channels: Choice[]
  processes: Choice[]
  /** No scope, but what the value of a worker pool variable names. */
  pools: Choice[]
}

const MANY = 10_000

/** Steps, channels and the process exist only for a project's own variables. */
export const loadScopeValues = async (
  db: Database,
  spaceId: string,
  project: Choice | undefined,
): Promise<ScopeValues> => {
  const owner = project?.id ?? ''
  const [environmentRows, machines, tags, channelRows, processRows, pools] = await db.batch([
    db
      .select({ id: environments.id, name: environments.name })
      .from(environments)
      .where(eq(environments.spaceId, spaceId))
      .orderBy(asc(environments.sortOrder))
      .limit(MANY),
    db
      .select({ id: targets.id, name: targets.name })
      .from(targets)
      .where(eq(targets.spaceId, spaceId))
      .orderBy(asc(targets.name))
      .limit(MANY),
    db
      .selectDistinct({ tag: sql<string>`min(${targetTags.tag})` })
      .from(targetTags)
      .innerJoin(targets, eq(targets.id, targetTags.targetId))
      .where(eq(targets.spaceId, spaceId))
      .groupBy(sql`lower(${targetTags.tag})`)
      .limit(MANY),
    db
      .select({ id: channels.id, name: channels.name })
      .from(channels)
      .where(and(eq(channels.spaceId, spaceId), eq(channels.projectId, owner)))
      .orderBy(asc(channels.name)),
    db.select({ steps: processes.steps }).from(processes).where(eq(processes.ownerId, owner)),
    db
      .select({ id: workerPools.id, name: workerPools.name })
      .from(workerPools)
      .where(eq(workerPools.spaceId, spaceId))
      .orderBy(asc(workerPools.name))
      .limit(MANY),
  ])
  return {
    environments: environmentRows,
    machines,
    roles: tags.map(({ tag }) => ({ id: tag, name: tag })),
    actions: readSteps(processRows[0]?.steps).flatMap(step => [
      ...(step.actions.length > 1 ? [{ id: step.id, name: step.name }] : []),
      ...step.actions.map(action => ({ id: action.id, name: action.name })),
    ]),
    channels: channelRows,
    processes: project ? [project] : [],
    pools,
  }
}

/**
 * The value of a worker pool variable: the id of a pool, in its own spelling. An expression is left,
 * as is what the value was before.
 * @throws Problem `invalid`
 */
export const checkPool = (
  name: string,
  value: string | null,
  before: string | null,
  pools: readonly Choice[],
): string | null => {
  const text = value?.trim() ?? ''
  if (text === '' || text.includes('#{') || text === before) return value
  const lower = text.toLowerCase()
  const found =
    pools.find(({ id }) => id.toLowerCase() === lower) ??
    pools.find(pool => pool.name.toLowerCase() === lower)
  if (found) return found.id
  throw invalid(
    `${name} names the worker pool '${text.slice(0, 200)}', which does not exist here. ${choicesOf(pools)}`,
  )
}

const KINDS = {
  environment: { words: 'environment', of: 'environments' },
  machine: { words: 'target', of: 'machines' },
  action: { words: 'step', of: 'actions' },
  channel: { words: 'channel', of: 'channels' },
  processOwner: { words: 'process', of: 'processes' },
} as const satisfies Partial<Record<Dimension, { words: string; of: keyof ScopeValues }>>

/**
 * A scope with every id in its own spelling. What the value is scoped to already (`before`) may
 * have been deleted since and stays, so that a set can be saved as it was read.
 * @param isLibrary library sets know no steps, channels and processes
 * @throws Problem `invalid` for a scope that names nothing
 */
export const checkScope = (
  name: string,
  scope: Scope,
  before: Scope,
  values: ScopeValues,
  isLibrary: boolean,
): Scope => {
  const checked: Scope = {}
  for (const dimension of DIMENSIONS) {
    const ids = scope[dimension]
    if (!ids?.length) continue
    if (dimension === 'role' || dimension === 'tenantTag') {
      checked[dimension] = ids
      continue
    }
    const { words, of } = KINDS[dimension]
    if (isLibrary && of !== 'environments' && of !== 'machines')
      throw invalid(
        `${name} is scoped to a ${words}; values of a library variable set can be scoped only to ` +
          'environments, targets, target tags and tenant tags.',
      )
    checked[dimension] = ids.map(id => {
      const lower = id.toLowerCase()
      const found = values[of].find(choice => choice.id.toLowerCase() === lower)
      if (found) return found.id
      if (before[dimension]?.includes(id)) return id
      throw invalid(
        `${name} is scoped to the ${words} '${id}', which does not exist here. ${choicesOf(values[of])}`,
      )
    })
  }
  return checked
}

const choicesOf = (known: readonly Choice[]): string =>
  known.length === 0
    ? 'There is none yet.'
    : `Choose from ${known
        .slice(0, 10)
        .map(({ id, name }) => `${name} (${id})`)
        .join(', ')}${known.length > 10 ? ' and others' : ''}.`
