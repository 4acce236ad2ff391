import { type Phase, progression } from '../lifecycles/progression.ts'

/** What an environment has, or is about to have, of the project. */
export type Occupant = { version: string; sequence: number }

export type Automatic = {
  environmentId: string
  /** Why not, as a person should read it; null: it is to be deployed there. */
  refusal: string | null
}

/**
 * The environments a release goes to by itself now: those of open phases that say so, where it has
 * never been sent to. A failed try is not repeated, an optional phase never starts by itself, and an
 * older release never takes the place of a newer one.
 * @param attempted ids of environments to which the release was deployed before, however it ended
 * @param occupants by environment: what last succeeded there, and all that is queued or runs
 */
export const automaticDeployments = (
  phases: Phase[],
  release: Occupant,
  successes: ReadonlySet<string>,
  attempted: ReadonlySet<string>,
  occupants: ReadonlyMap<string, readonly Occupant[]>,
): Automatic[] => {
  const open = progression(phases, successes).filter(
    ({ phase, isOpen }) => isOpen && !phase.isOptional,
  )
  const wanted = new Set(open.flatMap(({ phase }) => phase.automatic))
  return [...wanted]
    .filter(environmentId => !attempted.has(environmentId))
    .map(environmentId => {
      const newer = occupants
        .get(environmentId)
        ?.find(occupant => occupant.sequence > release.sequence)
      const refusal = newer
        ? `Release ${release.version} is older than ${newer.version}, which is there or on its way.`
        : null
      return { environmentId, refusal }
    })
}
