import { type Answer, DONE } from './answer.ts'
import { type Execution, isFinalStatus } from './execution-state.ts'
import { inWords } from './questions.ts'
import type { Turn } from './turn.ts'

/** A start that waits for the database: since when, how often it was tried, and when it is next. */
export type Delay = { since: number; tries: number; at: number }

/** For how long a deployment's beginning waits for the database, in milliseconds. */
export const GIVE_UP_MS = 15 * 60_000
const FIRST_MS = 1_000
const LONGEST_MS = 60_000

export const WAITING = 'Waiting for the database: the variables cannot be read now.'

/** What it needs for its first step cannot be read now: asked again after growing pauses. */
export const delayStart = (turn: Turn): Answer => {
  const { state, now } = turn
  if (state.group > 0 || isFinalStatus(state.status)) return DONE
  const { since, tries } = state.delay ?? { since: now, tries: 0 }
  const pause = Math.min(FIRST_MS * 2 ** tries, LONGEST_MS)
  state.delay = { since, tries: tries + 1, at: now + pause }
  if (state.waitingFor === WAITING) return DONE
  state.waitingFor = WAITING
  turn.note('', 'wait', WAITING)
  turn.publish()
  return DONE
}

/** It can be read, or need not be any more. */
export const endDelay = (turn: Turn): void => {
  const { state } = turn
  if (state.delay === null) return
  state.delay = null
  state.waitingFor = null
  turn.note('', 'info', 'The database is back.')
  turn.publish()
}

/** It has waited long enough. */
export const isGivenUp = ({ delay }: Pick<Execution, 'delay'>, now: number): boolean =>
  delay !== null && now - delay.since >= GIVE_UP_MS

export const GIVEN_UP =
  `The variables of the release could not be read for ${inWords(GIVE_UP_MS)}: the database did not ` +
  'answer. Nothing has been deployed. Deploy again when it does.'

export const UNREADABLE =
  "The release's variables could not be read. Check that the server runs with the master key they were sealed with."

/** Waiting does not help: what is stored does not open with this server's key. */
export const isUnopenable = (error: unknown): boolean => {
  for (let each = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth++)
    if (each.name === 'OperationError' || KEYS.test(each.message)) return true
  return false
}
const KEYS = /^(sealed text is not|MASTER_KEY must be|no data key for)/
