import { type Answer, DONE } from './answer.ts'
import { type Execution, isActive, isFinalStatus } from './execution-state.ts'
import { pendingOf } from './interruptions.ts'
import { askAgain } from './offering.ts'
import type { Turn } from './turn.ts'

/** While only people are waited for, others may deploy, unless a question keeps them out. */
export const restKey = (turn: Turn): void => {
  const { state } = turn
  if (state.key !== 'held' || state.cancel || isFinalStatus(state.status)) return
  const pending = pendingOf(state.interruptions)
  if (pending.length === 0 || pending.some(({ freesKey }) => !freesKey)) return
  // What was lost may still run, until its runner says that it does not.
  if (state.attempts.some(each => isActive(each) || (each.state === 'Unknown' && !each.isGone)))
    return
  const isAboutToTry = state.steps.some(
    ({ status, lanes }) => status === 'Running' && lanes.some(({ retryAt }) => retryAt !== null),
  )
  if (isAboutToTry) return
  state.key = 'free'
  turn.note('', 'info', 'Other deployments may run while this one waits for a person.')
  turn.publish()
}

/** What the gate answered: all goes on once the key is held again. */
export const keyAnswered = (turn: Turn, waitsFor: string | null): Answer => {
  const { state } = turn
  if (state.key !== 'wanted') return DONE
  const text = waitsFor === null ? null : `${waitsFor} comes first.`
  if (text !== null && text !== state.waitingFor) turn.note('', 'wait', `Waiting: ${text}`)
  if (text !== state.waitingFor) turn.publish()
  state.waitingFor = text
  state.holders = []
  if (waitsFor !== null) return DONE
  state.key = 'held'
  askAgain(turn, 0)
  turn.dispatch()
  return DONE
}

/** Why it does not go on, in words; null while it does. */
export const waitingText = (execution: Execution): string | null => {
  const { status, waitingFor, interruptions, attempts } = execution
  if (isFinalStatus(status)) return null
  if (waitingFor !== null) return waitingFor
  const pending = pendingOf(interruptions)
  const [first] = pending
  if (!first || attempts.some(isActive)) return null
  const more = pending.length > 1 ? ` (and ${pending.length - 1} more)` : ''
  return `A person is asked: ${first.title}${more}`
}

/** The deployment that it waits for, when that is known. */
export const holderOf = ({ waitingFor, holders }: Execution): string | null =>
  waitingFor === null ? null : (holders[0]?.deployment ?? null)
