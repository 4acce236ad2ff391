import { and, eq, or, sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { invalid } from '../http/problem.ts'
import { environments, targets, targetTags } from '../infrastructure/schema.ts'
import { readSteps, targetTags as tagsOf } from '../projects/process.ts'
import { channels, processes } from '../projects/schema.ts'
import type { ScopeContext } from './precedence.ts'
import type { Known } from './preview.ts'

/** What somebody asks a preview for, by id or name; all of it may be absent. */
export type AskedPlace = {
  /** There are none yet, so that whichever is named does not exist. */
  tenant?: string | undefined
  runbook?: string | undefined
  environment?: string | undefined
  machine?: string | undefined
  role?: string | undefined
  action?: string | undefined
  channel?: string | undefined
}

export type FoundPlace = { scope: ScopeContext; known: Known }

/** Turns what was asked for into a place to resolve at, with what the system would say there.
 *  @throws Problem `invalid` for something that does not exist here */
export const findPlace = async (
  db: Database,
  spaceId: string,
  project: { id: string; name: string },
  asked: AskedPlace,
): Promise<FoundPlace> => {
  const projectId = project.id
  demand('tenant', asked.tenant, undefined)
  demand('runbook', asked.runbook, undefined)
  const [found, machines, tags, inProject, [process]] = await db.batch([
    db
      .select({ id: environments.id, name: environments.name })
      .from(environments)
      .where(and(eq(environments.spaceId, spaceId), isNamed(environments, asked.environment))),
    db
      .select({ id: targets.id, name: targets.name })
      .from(targets)
      .where(and(eq(targets.spaceId, spaceId), isNamed(targets, asked.machine))),
    db
      .select({ targetId: targetTags.targetId, tag: targetTags.tag })
      .from(targetTags)
      .innerJoin(targets, eq(targets.id, targetTags.targetId))
      .where(and(eq(targets.spaceId, spaceId), isNamed(targets, asked.machine))),
    db
      .select({ id: channels.id, name: channels.name })
      .from(channels)
      .where(and(eq(channels.projectId, projectId), isNamed(channels, asked.channel))),
    db.select({ steps: processes.steps }).from(processes).where(eq(processes.ownerId, projectId)),
  ])
  const step = asked.action ? findStep(process?.steps, asked.action) : undefined
  const environmentId = demand('environment', asked.environment, found[0]?.id)
  const machineId = demand('target', asked.machine, machines[0]?.id)
  const channelId = demand('channel', asked.channel, inProject[0]?.id)
  const ofMachine = tags.filter(each => each.targetId === machineId).map(each => each.tag)
  const machineTags = [...ofMachine, ...(asked.role ? [asked.role] : [])]
  const scope: ScopeContext = {
    processOwnerId: projectId,
    machineTags,
    // Without a step, a tag that is asked for counts as one that a step would target.
    stepTags: step ? tagsOf(step.step) : asked.role ? [asked.role] : machineTags,
    ...(environmentId && { environmentId }),
    ...(machineId && { machineId }),
    ...(channelId && { channelId }),
    ...(step && { actionId: step.actionId, stepId: step.step.id }),
  }
  const named = (family: string, id: string | undefined, name: string | undefined): Known =>
    id === undefined || name === undefined
      ? []
      : [
          [`Octopus.${family}.Id`, id],
          [`Octopus.${family}.Name`, name],
        ]
  const known: Known = [
    ['Octopus.Space.Id', spaceId],
    ...named('Project', projectId, project.name),
    ...named('Environment', environmentId, found[0]?.name),
    ...named('Machine', machineId, machines[0]?.name),
    ...named('Release.Channel', channelId, inProject[0]?.name),
    ...named('Step', step?.step.id, step?.step.name),
    ...named('Action', step?.actionId, step?.name),
  ]
  return { scope, known }
}

const isNamed = (
  table: typeof environments | typeof targets | typeof channels,
  asked: string | undefined,
) =>
  asked === undefined
    ? sql`0`
    : or(sql`lower(${table.id}) = ${asked.toLowerCase()}`, eq(table.name, asked))

const demand = (
  kind: string,
  asked: string | undefined,
  id: string | undefined,
): string | undefined => {
  if (asked !== undefined && id === undefined)
    throw invalid(`There is no ${kind} '${asked.slice(0, 200)}' here.`)
  return id
}

const findStep = (steps: unknown, asked: string) => {
  const lower = asked.toLowerCase()
  for (const step of readSteps(steps))
    for (const { id, name } of [...step.actions, step])
      if (id.toLowerCase() === lower || name.toLowerCase() === lower)
        return { step, actionId: id, name }
  throw invalid(`There is no step '${asked.slice(0, 200)}' in this process.`)
}
