import { eq } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { invalid } from '../http/problem.ts'
import { targets } from '../infrastructure/schema.ts'
import { readSteps } from '../projects/process.ts'
import { processSnapshots } from '../projects/schema.ts'
import type { releases } from '../releases/schema.ts'
import type { DeploymentRequest } from './request.ts'

type Named = { id: string; name: string; slug?: string }

/** Ids for what a request names, by id, name or slug; each name must mean something.
 *  @throws Problem `invalid` */
export const pick = (kind: string, wanted: readonly string[], from: readonly Named[]): string[] =>
  wanted.map(text => {
    const key = text.toLowerCase()
    const found = from.find(
      each =>
        each.id.toLowerCase() === key ||
        each.name.toLowerCase() === key ||
        each.slug?.toLowerCase() === key,
    )
    if (found) return found.id
    const known = from
      .slice(0, 10)
      .map(each => each.name)
      .join(', ')
    throw invalid(`There is no ${kind} '${text}' here. Known: ${known || 'none'}.`)
  })

/** The ids of the actions to leave out. @throws Problem `invalid` for unknown or required ones */
export const chooseSteps = async (
  db: Database,
  release: Pick<typeof releases.$inferSelect, 'processSnapshotId'>,
  skip: string[],
): Promise<string[]> => {
  if (skip.length === 0) return []
  const [snapshot] = await db
    .select({ steps: processSnapshots.steps })
    .from(processSnapshots)
    .where(eq(processSnapshots.id, release.processSnapshotId))
  const steps = readSteps(snapshot?.steps)
  const actions = steps.flatMap(step => step.actions)
  const chosen = pick('step', skip, [
    ...actions,
    ...steps.map(step => ({ id: step.actions[0]?.id ?? step.id, name: step.name })),
  ])
  const required = actions.find(action => action.isRequired && chosen.includes(action.id))
  if (required) throw invalid(`Step ${required.name} is required and cannot be skipped.`)
  return chosen
}

export const chooseMachines = async (
  db: Database,
  spaceId: string,
  request: Pick<DeploymentRequest, 'specificMachines' | 'excludedMachines'>,
) => {
  if (request.specificMachines.length + request.excludedMachines.length === 0)
    return { specificMachineIds: [], excludedMachineIds: [] }
  const all = await db
    .select({ id: targets.id, name: targets.name, slug: targets.slug })
    .from(targets)
    .where(eq(targets.spaceId, spaceId))
    .limit(10_000)
  return {
    specificMachineIds: pick('target', request.specificMachines, all),
    excludedMachineIds: pick('target', request.excludedMachines, all),
  }
}
