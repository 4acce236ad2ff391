import { LEASE_TTL_MS } from '../../runner/protocol/limits.ts'
import { type Answer, DONE, gone, type Instruction, stale } from './answer.ts'
import type { Event, Reporter } from './event.ts'
import {
  type Attempt,
  type Execution,
  isActive,
  isFinalStatus,
  isHalted,
} from './execution-state.ts'
import { withdrawQuestion } from './interruptions.ts'
import { continueLane, endAttempt, endLane, runSafely } from './lane.ts'
import type { Oracle } from './oracle.ts'
import { timeOutReason } from './passing.ts'
import { advance } from './progress.ts'
import { blockerOf, mayRerun } from './questions.ts'
import type { Turn } from './turn.ts'
import { nodeOf, placeName } from './whereabouts.ts'

/** Undefined when the attempt may be reported on by this reporter. */
const refuse = (turn: Turn, reporter: Reporter) => {
  const { attempt: number, fence, runnerId, epoch } = reporter
  const attempt = turn.state.attempts[number - 1]
  if (!attempt || attempt.runnerId !== runnerId) return gone('This attempt is not known.')
  if (attempt.fence !== fence)
    return stale(`The attempt's fence is ${attempt.fence}, not ${fence}.`)
  if (attempt.epoch !== null && epoch < attempt.epoch)
    return stale('A newer session of this runner has the attempt.')
  return undefined
}

/** The same, of a message that can only follow the beginning of its session. */
const refuseLater = (turn: Turn, reporter: Reporter) => {
  const refusal = refuse(turn, reporter)
  if (!refusal) noticeAbsent(turn, reporter)
  return refusal
}

/** A session begins with all that is in the runner's journal: what it did not name is not there. */
const noticeAbsent = (turn: Turn, { runnerId, epoch }: Reporter): void => {
  for (const each of turn.state.attempts)
    if (each.state === 'Unknown' && !each.isGone && each.runnerId === runnerId)
      if ((each.epoch ?? 0) < epoch) confirmGone(turn, turn.attempt(each.number))
}

/** Its runner has said that it is not running; how it ended stays unknown. */
const confirmGone = (turn: Turn, attempt: Attempt): void => {
  if (attempt.isGone) return
  attempt.isGone = true
  if (isFinalStatus(turn.state.status)) turn.do({ type: 'lift', attempt: attempt.number })
  const { question } = turn.lane(attempt.step, attempt.lane)
  const isAsked =
    question !== null && turn.state.interruptions[question - 1]?.attempt === attempt.number
  if (question === null || !isAsked || !mayRerun(turn.state, attempt)) return
  withdrawQuestion(turn, question, 'its runner says that it is not running any more')
  runSafely(turn, attempt)
}

/** Its offer was lost, and could not be made again yet: who forgets it now could still be given it by
 *  an earlier claim, late on its way. */
const UNOFFERED: Answer = {
  type: 'refused',
  error: 'unavailable',
  message: 'The work is about to be offered again. Try again.',
}

/** The runner takes the work: its lease begins. */
export const claim = (turn: Turn, event: Reporter): Answer => {
  if (turn.state.attempts[event.attempt - 1]?.state === 'Pending') return UNOFFERED
  const refusal = refuseLater(turn, event)
  if (refusal) return refusal
  const attempt = turn.attempt(event.attempt)
  // Who asks for a grant has not begun: the one that was given never came.
  if (attempt.state === 'Unknown' && attempt.epoch === event.epoch) confirmGone(turn, attempt)
  if (!isActive(attempt)) return gone(`The attempt is ${attempt.state}.`)
  // A restarted runner has reconciled what it had claimed, so this is another one with its key.
  if (attempt.claimedAt !== null && attempt.epoch !== event.epoch)
    return stale('Another session of this runner has claimed it.')
  const blocker = attempt.state === 'Offered' ? blockerOf(turn.state, attempt) : undefined
  if (blocker) {
    const place = placeName(turn.state.plan, blocker)
    const message = `An earlier step may still run on ${place}: its runner has not said that it does not.`
    return { type: 'refused', error: 'unavailable', message }
  }
  attempt.claimedAt ??= turn.now
  hold(turn, attempt, event)
  return DONE
}

export const renew = (turn: Turn, event: Reporter): Answer => {
  const refusal = refuseLater(turn, event)
  if (refusal) return refusal
  const attempt = turn.attempt(event.attempt)
  if (!isActive(attempt)) return gone(`The attempt is ${attempt.state}.`)
  if (attempt.state === 'Offered') return stale('The attempt has not been claimed.')
  hold(turn, attempt, event)
  return DONE
}

const hold = (turn: Turn, attempt: Attempt, { epoch }: Reporter): void => {
  if (attempt.state === 'Unreachable') {
    attempt.unreachableAt = null
    turn.note(nodeOf(turn.state.plan, attempt), 'info', 'The connection is back; the step went on.')
  }
  attempt.state = 'Running'
  attempt.epoch = epoch
  attempt.isGraced = false
  attempt.leaseExpiresAt = turn.now + LEASE_TTL_MS
}

const CUT_SHORT =
  'The host restarted. What the step printed last may be missing above: it was not on its disk yet.'

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
  const refusal = refuseLater(turn, event)
  if (refusal) return refusal
  const attempt = turn.attempt(event.attempt)
  if (!isActive(attempt)) return late(turn, attempt, event, oracle)
  if (attempt.state === 'Offered') return stale('The attempt has not been claimed.')
  attempt.exitCode = event.exitCode
  attempt.hasWarnings = event.warnings
  attempt.isGone = event.outcome === 'unknown'
  if (event.outcome === 'unknown' && event.reason === 'host-restarted')
    turn.note(nodeOf(turn.state.plan, attempt), 'warning', CUT_SHORT)
  endAttempt(turn, attempt, outcomeOf(attempt, event), reasonOf(turn.state, attempt, event))
  if (attempt.state === 'Succeeded') continueOrHalt(turn, attempt, oracle)
  advance(turn, oracle)
  return DONE
}

/** One that was stopped because its time was up has timed out, whoever stopped it. */
const outcomeOf = ({ stop }: Attempt, { outcome }: Extract<Event, { type: 'complete' }>) =>
  outcome === 'canceled' && stop?.why === 'time-out' ? 'TimedOut' : OUTCOME[outcome]

/** The first answer stands: a repeat gets it again, and news about an ended attempt is evidence. */
const late = (
  turn: Turn,
  attempt: Attempt,
  event: Extract<Event, { type: 'complete' }>,
  oracle: Oracle,
): Answer => {
  if (attempt.claimedAt === null) return gone(`The attempt is ${attempt.state}.`)
  if (attempt.state !== OUTCOME[event.outcome]) noteEvidence(turn, attempt, event.outcome)
  if (attempt.state === 'Unknown') {
    confirmGone(turn, attempt)
    advance(turn, oracle)
  }
  return DONE
}

const noteEvidence = (turn: Turn, attempt: Attempt, outcome: string): void => {
  if (attempt.evidence === outcome) return
  attempt.evidence = outcome
  const text = `After the end its runner reported: ${outcome}. That changes nothing here.`
  turn.note(nodeOf(turn.state.plan, attempt), 'warning', text)
}

const reasonOf = (
  state: Execution,
  attempt: Attempt,
  { outcome, reason, exitCode }: Extract<Event, { type: 'complete' }>,
): string | null => {
  if (outcome === 'succeeded') return reason
  if (outcomeOf(attempt, { outcome } as Extract<Event, { type: 'complete' }>) === 'TimedOut')
    return timeOutReason(state, attempt)
  const said = reason ?? (exitCode === null ? outcome : `exit code ${exitCode}`)
  return outcome === 'unknown'
    ? `Whether this step ran to its end is unknown (${said}). Look at the machine before deploying again.`
    : said
}

const continueOrHalt = (turn: Turn, attempt: Attempt, oracle: Oracle): void => {
  const { step, lane: at } = attempt
  const lane = turn.lane(step, at)
  const isLast = lane.action >= (turn.state.plan.steps[step]?.actions.length ?? 0)
  if (isHalted(turn.state, step) && !isLast)
    endLane(turn, step, at, 'Canceled', 'The deployment was canceled.')
  else continueLane(turn, oracle, step, at)
}

/** Bytes that its runner still sends: kept apart. */
export const lateLog = (turn: Turn, event: Extract<Event, { type: 'late-log' }>): Answer => {
  const refusal = refuseLater(turn, event)
  if (refusal) return refusal
  const found = turn.state.attempts[event.attempt - 1]
  if (!found || found.claimedAt === null || isActive(found))
    return gone(`The attempt is ${found?.state ?? 'not known'}.`)
  if (event.isNew && !found.hasLateLog) {
    turn.attempt(event.attempt).hasLateLog = true
    const text = 'Output came after the end of this step; it is kept apart.'
    turn.note(nodeOf(turn.state.plan, found), 'warning', text)
  }
  return DONE
}

/** It was told to end it, and has: whoever waits for that waits no longer. How it ended is not known
 *  any better. */
export const absent = (turn: Turn, event: Reporter, oracle: Oracle): Answer => {
  const refusal = refuse(turn, event)
  if (refusal) return refusal
  if (turn.state.attempts[event.attempt - 1]?.state !== 'Unknown') return DONE
  confirmGone(turn, turn.attempt(event.attempt))
  advance(turn, oracle)
  return DONE
}

/** What the runner is to do with an attempt of its journal. */
export const reconcile = (turn: Turn, event: Extract<Event, { type: 'reconcile' }>): Answer => {
  const mayRun = event.state === 'starting' || event.state === 'running'
  const instruct = (instruction: Instruction): Answer => ({ type: 'instruct', instruction })
  const found = turn.state.attempts[event.attempt - 1]
  if (
    found?.state === 'Unknown' &&
    found.runnerId === event.runnerId &&
    found.fence === event.fence
  )
    return instruct(reconcileUnknown(turn, turn.attempt(event.attempt), event))
  if (refuse(turn, event)) return instruct(mayRun ? 'kill' : 'forget')
  const attempt = turn.attempt(event.attempt)
  if (!isActive(attempt)) {
    if (attempt.claimedAt !== null) return instruct(mayRun ? 'kill' : 'upload-rest')
    attempt.evidence ??= event.state
    return instruct(mayRun ? 'kill' : 'forget')
  }
  if (attempt.state === 'Offered' || attempt.state === 'Pending') {
    // A claim of the session before, late on its way, would take the work from the one that does it.
    attempt.epoch = Math.max(attempt.epoch ?? 0, event.epoch)
    return instruct(event.state === 'accepted' ? 'continue' : mayRun ? 'kill' : 'forget')
  }
  hold(turn, attempt, event)
  return instruct(mayRun || event.state === 'accepted' ? 'continue' : 'upload-rest')
}

/** It is told to end what it runs; its outcome is wanted as evidence, and frees the target. */
const reconcileUnknown = (
  turn: Turn,
  attempt: Attempt,
  { state, epoch }: Extract<Event, { type: 'reconcile' }>,
): Instruction => {
  attempt.epoch = Math.max(attempt.epoch ?? 0, epoch)
  attempt.evidence ??= state
  if (state === 'starting' || state === 'running') {
    turn.do({ type: 'cancel', attempt: attempt.number, reason: 'It was given up as unknown' })
    return 'continue'
  }
  confirmGone(turn, attempt)
  return state === 'accepted' ? 'forget' : 'upload-rest'
}
