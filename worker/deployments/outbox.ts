import type { InterruptionFacts } from '../interruptions/interruption.ts'
import { factsOf } from './details.ts'
import type { Execution } from './execution-state.ts'
import { pendingOf } from './interruptions.ts'
import { waitingText } from './key.ts'
import type { Recorded } from './turn.ts'

/** What libSQL is to be told, in order; repeated until it has heard. */
export type Publication = {
  sequence: number
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
  at: number,
  deeds: Recorded[],
  changed: Iterable<number> = [],
): Publication => {
  const { sequence, status, startedAt, endedAt, error, hasWarnings, conclusion } = execution
  return {
    sequence,
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
