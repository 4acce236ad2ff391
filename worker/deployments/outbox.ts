import type { InterruptionFacts } from '../interruptions/interruption.ts'
import { factsOf } from './details.ts'
import type { Execution } from './execution-state.ts'
import { pendingOf } from './interruptions.ts'
import { waitingText } from './key.ts'
import type { Recorded } from './turn.ts'

/** What libSQL is to be told, in order; repeated until it has heard. */
export type Publication = {
  sequence: number
  /** The sequence of the change before it: who has not heard of that one has missed something. Null in
   *  what an earlier version stored. */
  follows: number | null
  state: string
  at: number
  startedAt: number
  completedAt: number | null
  errorMessage: string
  hasWarnings: boolean
  conclusion: string
  waitingFor: string
  pendingInterruptions: number
  /** Others with the concurrency key may run from now on. */
  freesKey: boolean
  /** Those that are new or changed. */
  interruptions: InterruptionFacts[]
  /** Each becomes one audit record. */
  deeds: Recorded[]
}

/** The execution as everybody is told of it now. `changed`: interruptions by number. */
export const publicationOf = (
  execution: Execution,
  follows: number,
  at: number,
  deeds: Recorded[],
  changed: Iterable<number> = [],
): Publication => {
  const { sequence, status, startedAt, endedAt, error, hasWarnings, conclusion } = execution
  return {
    sequence,
    follows,
    state: status,
    at,
    startedAt,
    completedAt: endedAt,
    errorMessage: error ?? '',
    hasWarnings,
    conclusion: conclusion ?? '',
    waitingFor: waitingText(execution) ?? '',
    pendingInterruptions: pendingOf(execution.interruptions).length,
    freesKey: execution.key === 'free',
    interruptions: [...changed].flatMap(number => {
      const found = execution.interruptions[number - 1]
      return found ? [factsOf(execution, found)] : []
    }),
    deeds,
  }
}

export type Hearing =
  /** What is still to be told; nothing when all has been heard. */
  | { type: 'news'; publications: Publication[] }
  /** It has forgotten what came after `heard`: it was put back to an older copy. */
  | { type: 'behind'; heard: number }
  /** It does not know the task at all. */
  | { type: 'missing' }

/** What to make of a task that has heard of the changes up to `heard`; undefined: of none, and it is
 *  not even there. */
export const hearingOf = (heard: number | undefined, publications: Publication[]): Hearing => {
  if (heard === undefined) return { type: 'missing' }
  const left = publications.filter(({ sequence }) => sequence > heard)
  const follows = left[0]?.follows ?? null
  if (follows !== null && follows > heard) return { type: 'behind', heard }
  return { type: 'news', publications: left }
}
