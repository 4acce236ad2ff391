import * as z from 'zod'
import { invalid } from '../http/problem.ts'

/** How long releases and deployed files are kept; null in a phase: as the lifecycle says. */
const retention = z
  .looseObject({
    Unit: z.enum(['Days', 'Items']).default('Days'),
    QuantityToKeep: z.number().int().min(0).max(100_000).default(0),
    ShouldKeepForever: z.boolean().default(true),
  })
  .nullish()

const environmentIds = z.array(z.string().max(200)).max(200).nullish()

const phase = z.object({
  Id: z.string().max(100).nullish(),
  Name: z.string().trim().min(1, 'is missing; give each phase a name').max(200),
  AutomaticDeploymentTargets: environmentIds,
  OptionalDeploymentTargets: environmentIds,
  MinimumEnvironmentsBeforePromotion: z.number().int().min(0).max(200).nullish(),
  IsOptionalPhase: z.boolean().nullish(),
  IsPriorityPhase: z.boolean().nullish(),
  ReleaseRetentionPolicy: retention,
  TentacleRetentionPolicy: retention,
})

/** What clients send of a lifecycle. */
export const lifecycleInput = z.object({
  Name: z.string().trim().min(1, 'is missing; a lifecycle needs a name').max(200),
  Slug: z.string().max(200).nullish(),
  Description: z.string().max(20_000).nullish(),
  Phases: z.array(phase).max(50, 'holds too many; a lifecycle has at most 50 phases').nullish(),
  ReleaseRetentionPolicy: retention,
  TentacleRetentionPolicy: retention,
})
export type LifecycleInput = z.output<typeof lifecycleInput>

/** A phase as it is stored and as the API shows it. */
export type PhaseDocument = {
  Id: string
  Name: string
  AutomaticDeploymentTargets: string[]
  OptionalDeploymentTargets: string[]
  MinimumEnvironmentsBeforePromotion: number
  IsOptionalPhase: boolean
  IsPriorityPhase: boolean
  ReleaseRetentionPolicy: z.output<typeof retention>
  TentacleRetentionPolicy: z.output<typeof retention>
}

export type EnvironmentName = { id: string; name: string }

/**
 * Reads phases against the environments there are. A phase names each by id or name; an environment
 * stands in one phase only.
 * @throws Problem `invalid`, naming the phase and what is wrong with it
 */
export const parsePhases = (
  phases: LifecycleInput['Phases'],
  environments: EnvironmentName[],
): PhaseDocument[] => {
  const known = new Map<string, EnvironmentName>()
  for (const environment of environments) {
    known.set(environment.name.toLowerCase(), environment)
  }
  for (const environment of environments) known.set(environment.id.toLowerCase(), environment)
  const placed = new Map<string, string>()
  const names = new Set<string>()

  const read = (phaseName: string, references: string[]): string[] =>
    references.map(reference => {
      const environment = known.get(reference.trim().toLowerCase())
      if (!environment)
        throw invalid(
          `Phase '${phaseName}' names the environment '${reference}', which does not exist here. ` +
            'Create it first, or take it out of the phase.',
        )
      const elsewhere = placed.get(environment.id)
      if (elsewhere !== undefined)
        throw invalid(
          `Environment '${environment.name}' may appear in one phase only; ` +
            (elsewhere === phaseName
              ? `phase '${phaseName}' names it twice.`
              : `'${elsewhere}' and '${phaseName}' both name it.`),
        )
      placed.set(environment.id, phaseName)
      return environment.id
    })

  return (phases ?? []).map((each, index) => {
    const name = each.Name
    if (names.has(name.toLowerCase()))
      throw invalid(`Two phases are named '${name}'. Give each phase a name of its own.`)
    names.add(name.toLowerCase())
    const automatic = read(name, each.AutomaticDeploymentTargets ?? [])
    const manual = read(name, each.OptionalDeploymentTargets ?? [])
    const count = automatic.length + manual.length
    const minimum = each.MinimumEnvironmentsBeforePromotion ?? 0
    if (count > 0 && minimum > count)
      throw invalid(
        `Phase '${name}' asks for ${minimum} environments before promotion but has ${count}. ` +
          'Lower the number; 0 means all of them.',
      )
    return {
      Id: each.Id?.trim() || `phase-${index + 1}`,
      Name: name,
      AutomaticDeploymentTargets: automatic,
      OptionalDeploymentTargets: manual,
      MinimumEnvironmentsBeforePromotion: minimum,
      IsOptionalPhase: each.IsOptionalPhase ?? false,
      IsPriorityPhase: each.IsPriorityPhase ?? false,
      ReleaseRetentionPolicy: each.ReleaseRetentionPolicy ?? null,
      TentacleRetentionPolicy: each.TentacleRetentionPolicy ?? null,
    }
  })
}
