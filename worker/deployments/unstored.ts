import type { Event } from './event.ts'
import type { Decision } from './execution.ts'
import type { Execution } from './execution-state.ts'

/** Only the lease has grown: that is held in memory, and stored with the next alarm. */
export const isMereRenewal = (
  before: Execution,
  event: Event,
  { state, touched }: Decision,
): boolean =>
  event.type === 'renew' &&
  touched.attempts.size <= 1 &&
  touched.lanes.size === 0 &&
  before.attempts[event.attempt - 1]?.state === state.attempts[event.attempt - 1]?.state

/** The hub has offered what it was asked to, and that is all: it says the same when asked again, so
 *  this is stored with the claim. */
export const isMereOffer = (
  before: Execution,
  event: Event,
  { state, effects, touched }: Decision,
): boolean =>
  event.type === 'offered' &&
  effects.length === 0 &&
  touched.steps.size === 0 &&
  touched.lanes.size === 0 &&
  before.waitingFor === state.waitingFor

/** Since when an offer lies there must outlast the object: an idle one is put away long before the
 *  alarm, and the wait for a target that is gone would begin anew each time. */
export const lyingOffers = ({ attempts }: Execution): Decision['touched'] => ({
  attempts: new Set(attempts.flatMap(({ state, number }) => (state === 'Offered' ? [number] : []))),
  steps: new Set(),
  lanes: new Set(),
  interruptions: new Set(),
})
