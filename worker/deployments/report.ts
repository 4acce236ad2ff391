import { LEASE_TTL_MS } from '../../runner/protocol/limits.ts'
import { type Answer, DONE, gone, type Instruction, stale } from './answer.ts'
import type { Event, Reporter } from './event.ts'
import { type Attempt, isActive, nodeOf } from './execution-state.ts'
import { advance, continueLane, endAttempt, type Oracle } from './progress.ts'
import type { Turn } from './turn.ts'

/** Undefined when the attempt may be reported on by this reporter. */
const refuse = ({ state }: Turn, { attempt: number, fence, runnerId, epoch }: Reporter) => {
  const attempt = state.attempts[number - 1]
  if (!attempt || attempt.runnerId !== runnerId) return gone('This attempt is not known.')
  if (attempt.fence !== fence)
    return stale(`The attempt's fence is ${attempt.fence}, not ${fence}.`)
  if (attempt.epoch !== null && epoch < attempt.epoch)
    return stale('A newer session of this runner has the attempt.')
  return undefined
}
/** The runner takes the work: its lease begins. */
export const claim = (turn: Turn, event: Reporter): Answer => {
  const refusal = refuse(turn, event)
  if (refusal) return refusal
  const attempt = turn.attempt(event.attempt)
  if (!isActive(attempt)) return gone(`The attempt is ${attempt.state}.`)
  if (attempt.state === 'Unreachable') backAgain(turn, attempt)
  attempt.state = 'Running'
  attempt.claimedAt ??= turn.now
  attempt.epoch = event.epoch
  attempt.isGraced = false
  attempt.leaseExpiresAt = turn.now + LEASE_TTL_MS
  return DONE
}

export const renew = (turn: Turn, event: Reporter): Answer => {
  const refusal = refuse(turn, event)
  if (refusal) return refusal
  const attempt = turn.attempt(event.attempt)
  if (!isActive(attempt)) return gone(`The attempt is ${attempt.state}.`)
  if (attempt.state === 'Offered') return stale('The attempt has not been claimed.')
  if (attempt.state === 'Unreachable') backAgain(turn, attempt)
  attempt.state = 'Running'
  attempt.epoch = event.epoch
  attempt.isGraced = false
  attempt.leaseExpiresAt = turn.now + LEASE_TTL_MS
  return DONE
}

const backAgain = (turn: Turn, attempt: Attempt): void => {
  attempt.unreachableAt = null
  turn.note(nodeOf(turn.state.plan, attempt), 'info', 'The connection is back; the step went on.')
}

const OUTCOME = {
  succeeded: 'Succeeded',
  failed: 'Failed',
  canceled: 'Canceled',
  'timed-out': 'TimedOut',
  unknown: 'Unknown',
} as const

export const complete = (
  turn: Turn,
  event: Extract<Event, { type: 'complete' }>,
  oracle: Oracle,
): Answer => {
  const refusal = refuse(turn, event)
  if (refusal) return refusal
  const attempt = turn.attempt(event.attempt)
  if (!isActive(attempt)) return late(attempt, event)
  if (attempt.state === 'Offered') return stale('The attempt has not been claimed.')
  attempt.exitCode = event.exitCode
  attempt.hasWarnings = event.warnings
  endAttempt(turn, attempt, OUTCOME[event.outcome], reasonOf(event))
  if (attempt.state === 'Succeeded') continueOrCancel(turn, attempt, oracle)
  advance(turn, oracle)
  return DONE
}

/** The first answer stands: a repeat gets it again, and news about an ended attempt is evidence. */
const late = (attempt: Attempt, event: Extract<Event, { type: 'complete' }>): Answer => {
  if (attempt.claimedAt === null) return gone(`The attempt is ${attempt.state}.`)
  if (attempt.state !== OUTCOME[event.outcome]) attempt.evidence = event.outcome
  return DONE
}

const reasonOf = (event: Extract<Event, { type: 'complete' }>): string | null => {
  if (event.outcome === 'succeeded') return event.reason
  const reason =
    event.reason ?? (event.exitCode === null ? event.outcome : `exit code ${event.exitCode}`)
  return event.outcome === 'unknown'
    ? `Whether this step ran to its end is unknown (${reason}). Look at the machine before deploying again.`
    : reason
}

const continueOrCancel = (turn: Turn, attempt: Attempt, oracle: Oracle): void => {
  const { step, lane: at } = attempt
  const lane = turn.lane(step, at)
  const isLast = lane.action >= (turn.state.plan.steps[step]?.actions.length ?? 0)
  if (!turn.state.cancel || isLast) {
    continueLane(turn, oracle, step, at)
    return
  }
  lane.status = 'Canceled'
  lane.endedAt = turn.now
}

/** What the runner is to do with an attempt of its journal. */
export const reconcile = (turn: Turn, event: Extract<Event, { type: 'reconcile' }>): Answer => {
  const mayRun = event.state === 'starting' || event.state === 'running'
  const instruct = (instruction: Instruction): Answer => ({ type: 'instruct', instruction })
  if (refuse(turn, event)) return instruct(mayRun ? 'kill' : 'forget')
  const attempt = turn.attempt(event.attempt)
  if (!isActive(attempt)) {
    if (attempt.claimedAt === null || attempt.state === 'Unknown') {
      attempt.evidence ??= event.state
      return instruct(mayRun ? 'kill' : 'forget')
    }
    return instruct(mayRun ? 'kill' : 'upload-rest')
  }
  if (attempt.state === 'Offered' || attempt.state === 'Pending')
    return instruct(event.state === 'accepted' ? 'continue' : mayRun ? 'kill' : 'forget')
  if (attempt.state === 'Unreachable') backAgain(turn, attempt)
  attempt.state = 'Running'
  attempt.epoch = event.epoch
  attempt.isGraced = false
  attempt.leaseExpiresAt = turn.now + LEASE_TTL_MS
  return instruct(mayRun || event.state === 'accepted' ? 'continue' : 'upload-rest')
}
