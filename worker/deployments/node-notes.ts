import { type Choice, interruptionId } from '../interruptions/interruption.ts'
import type { NodeNote } from '../tasks/log.ts'
import type { Attempt, Execution, LaneRun } from './execution-state.ts'
import { placed } from './whereabouts.ts'

/** What a step's status does not tell. */
export const stepNotes = ({ plan, steps, conclusion }: Execution, index: number): NodeNote[] => {
  const notes: NodeNote[] = []
  if (plan.steps[index]?.isFinalizer) notes.push({ type: 'finalizer' })
  if (conclusion === 'handled' && steps[index]?.status === 'Failed') notes.push({ type: 'handled' })
  return notes
}

/** The same of an action in a place. */
export const actionNotes = (
  execution: Execution,
  lane: LaneRun,
  at: Pick<Attempt, 'step' | 'lane' | 'action'>,
): NodeNote[] => {
  const { plan, attempts, deployment, resumedFrom } = execution
  const { action } = placed(plan, at)
  const attempt = attempts[(lane.attempts[at.action] ?? 0) - 1]
  const isAtHand = lane.status === 'Running' && lane.action === at.action
  const notes: NodeNote[] = []
  if (lane.isKept && resumedFrom !== null) notes.push({ type: 'kept', deploymentId: resumedFrom })
  if (isAtHand && lane.question !== null)
    notes.push({ type: 'person', interruption: interruptionId(deployment, lane.question) })
  if (isAtHand && attempt?.state === 'Pending') notes.push(...targetNotes(execution, at))
  if (isAtHand && lane.retries > 0)
    notes.push({
      type: 'retry',
      attempt: lane.retries + 1,
      of: action.retries.max + 1,
      at: lane.retryAt,
    })
  if (attempt?.state === 'TimedOut' || (attempt?.stop?.why === 'time-out' && isAtHand))
    notes.push({ type: 'timed-out', afterMs: action.timeoutMs })
  if (attempt?.state === 'Unknown' && verdictOn(execution, attempt) === undefined)
    notes.push({ type: 'unknown' })
  return notes
}

/** Its own target is held elsewhere, or another one without which nothing begins. */
const targetNotes = (
  { plan, holders }: Execution,
  at: Pick<Attempt, 'step' | 'lane' | 'action'>,
): NodeNote[] => {
  const { targetId } = placed(plan, at).lane
  const holder = holders.find(({ target }) => target === targetId) ?? holders[0]
  if (!holder) return []
  const taskId = /^ServerTasks-\d{1,12}/.exec(holder.label)?.[0]
  const heldBy = taskId === undefined ? null : { taskId, deploymentId: holder.deployment }
  return [{ type: 'target', name: holder.name, heldBy }]
}

/** Who said what became of an attempt whose end is unknown; undefined while nobody has. */
export const verdictOn = (
  { interruptions }: Pick<Execution, 'interruptions'>,
  { number }: Attempt,
): string | undefined => {
  const answered = interruptions.find(
    ({ attempt, state, answer }) =>
      attempt === number && state === 'Submitted' && answer !== null && answer in VERDICTS,
  )
  if (!answered?.answer) return undefined
  return `${answered.answeredBy?.displayName ?? 'Somebody'} ${VERDICTS[answered.answer]}`
}

const VERDICTS: Partial<Record<Choice, string>> = {
  Ignore: 'chose to ignore the failure.',
  MarkSucceeded: 'marked it as succeeded.',
  MarkFailed: 'marked it as failed.',
}
