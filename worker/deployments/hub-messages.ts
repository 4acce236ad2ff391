import type { Hubs } from '../runners/hubs.ts'
import { attemptName, type Execution } from './execution-state.ts'
import type { Effect } from './turn.ts'

/** What a decision has the hubs told, once it is stored. */
export const tellHubs = (
  hubs: Pick<Hubs, 'withdraw' | 'lift' | 'cancel'>,
  { deployment, attempts }: Pick<Execution, 'deployment' | 'attempts'>,
  effects: readonly Effect[],
): Promise<unknown>[] => {
  const told: Promise<unknown>[] = []
  const nameOf = (number: number) => attemptName(deployment, number)
  const withdrawn = effects.flatMap(effect =>
    effect.type === 'withdraw' ? [nameOf(effect.attempt)] : [],
  )
  if (withdrawn.length > 0) told.push(hubs.withdraw(withdrawn))
  for (const effect of effects) {
    if (effect.type === 'lift') told.push(hubs.lift(nameOf(effect.attempt)))
    if (effect.type !== 'cancel') continue
    const runner = attempts[effect.attempt - 1]?.runnerId
    if (runner) told.push(hubs.cancel(runner, nameOf(effect.attempt), effect.reason))
  }
  return told
}
