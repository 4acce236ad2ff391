import type { Choice } from '../interruptions/interruption.ts'
import type { Attempt, Execution, Interruption, LaneRun } from './execution-state.ts'
import { placed, placeName } from './whereabouts.ts'

/** How often people may have one action run again in one place. */
export const MAX_REPEATS = 10
/** How often an action that is safe to run again is, by itself. */
const MAX_RERUNS = 3

type Question = Pick<
  Interruption,
  'kind' | 'attempt' | 'title' | 'instructions' | 'choices' | 'responsibleTeamIds' | 'freesKey'
>

/** What people are asked after a failure. */
export const guidance = (
  { plan }: Pick<Execution, 'plan'>,
  attempt: Attempt,
  { repeats }: LaneRun,
): Question => {
  const { action, lane } = placed(plan, attempt)
  const choices: Choice[] = ['Fail']
  if (repeats < MAX_REPEATS) choices.push('Retry')
  if (!action.isRequired) choices.push('Ignore')
  if (!action.isRequired && lane.targetId !== null) choices.push('ExcludeMachine')
  return {
    kind: 'guided-failure',
    attempt: attempt.number,
    title: `${action.name} failed on ${placeName(plan, attempt)}`,
    instructions: attempt.reason ?? '',
    choices,
    responsibleTeamIds: [],
    freesKey: true,
  }
}

/** What people are asked when nobody knows how an attempt ended. */
export const uncertainty = (
  { plan }: Pick<Execution, 'plan'>,
  attempt: Attempt,
  { repeats }: LaneRun,
): Question => {
  const { action } = placed(plan, attempt)
  const again: Choice[] = repeats < MAX_REPEATS ? ['RunAgain'] : []
  return {
    kind: 'unknown',
    attempt: attempt.number,
    title: `Did ${action.name} run to its end on ${placeName(plan, attempt)}?`,
    instructions: attempt.reason ?? '',
    choices: ['MarkSucceeded', 'MarkFailed', ...again],
    responsibleTeamIds: [],
    freesKey: true,
  }
}

/** One of the same action in the same place that may still run, since its runner has not said that it
 *  does not. */
export const lostBefore = (
  { attempts }: Pick<Execution, 'attempts'>,
  { step, lane, action }: Attempt,
): Attempt | undefined =>
  attempts.findLast(
    each =>
      each.state === 'Unknown' &&
      !each.isGone &&
      each.step === step &&
      each.lane === lane &&
      each.action === action,
  )

/** What may still run although it was given up: nothing else is begun beside it. */
export const blockerOf = ({ plan, attempts }: Execution, own: Attempt): Attempt | undefined => {
  const { targetId } = placed(plan, own).lane
  return attempts.find(
    each =>
      each.state === 'Unknown' &&
      !each.isGone &&
      ((targetId !== null && placed(plan, each).lane.targetId === targetId) ||
        (each.step === own.step && each.lane === own.lane && each.action === own.action)),
  )
}

/** Declared safe to run again, and not run again too often. */
export const mayRerun = ({ plan, attempts }: Execution, attempt: Attempt): boolean => {
  if (!placed(plan, attempt).action.isRetrySafe) return false
  const lost = attempts.filter(
    ({ state, step, lane, action }) =>
      state === 'Unknown' &&
      step === attempt.step &&
      lane === attempt.lane &&
      action === attempt.action,
  )
  return lost.length <= MAX_RERUNS
}

/** `90 seconds`, `5 minutes`. */
export const inWords = (ms: number): string => {
  const isMinutes = ms >= 120_000 && ms % 60_000 === 0
  const [count, unit] = isMinutes ? [ms / 60_000, 'minute'] : [ms / 1_000, 'second']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
