import { LEASE_TTL_MS, LOST_AFTER_MS } from '../../runner/protocol/limits.ts'
import type { CompleteRequest, Journalled } from '../../runner/protocol/messages.ts'
import {
  ABSENT_MS,
  type Attempt,
  BUSY_MS,
  DISPATCH_RETRY_MS,
  type Execution,
  isActive,
  isFinalStatus,
  LOCKED_RETRY_MS,
  nodeOf,
  placeName,
  UNCLAIMED_MS,
} from './execution-state.ts'
import { advance, continueLane, endAttempt, type Oracle } from './progress.ts'
import { type Effect, Turn } from './turn.ts'

/** Who reports on an attempt: the session's runner and epoch, the fence it was given. */
export type Reporter = { attempt: number; fence: number; runnerId: string; epoch: number }

/** What the hub says of an attempt it was asked to offer. */
export type Offering = {
  attempt: number
  fence: number
  runnerId: string
  /** The runner holds a poll or did moments ago. */
  isConnected: boolean
  lastSeenAt: number | null
}

export type Event =
  | { type: 'start' }
  /** It cannot be carried out at all. */
  | { type: 'abort'; reason: string }
  | { type: 'offered'; offerings: Offering[] }
  /** Another deployment holds a target of this one; nothing was offered. */
  | { type: 'locked'; holders: string }
  | { type: 'undispatched' }
  | ({ type: 'claim' } & Reporter)
  | ({ type: 'renew' } & Reporter)
  | ({ type: 'complete' } & Reporter &
      Pick<CompleteRequest, 'outcome' | 'exitCode' | 'reason' | 'warnings'>)
  | ({ type: 'reconcile' } & Reporter & Pick<Journalled, 'state' | 'reason'>)
  | { type: 'cancel'; by: string; reason: string }
  /** Time has passed. */
  | { type: 'tick' }
  /** The object came up again: no lease may lapse for the time it was away. */
  | { type: 'restart' }

export type Instruction = 'continue' | 'upload-rest' | 'kill' | 'forget'
export type Answer =
  | { type: 'done' }
  | { type: 'instruct'; instruction: Instruction }
  | { type: 'refused'; error: 'stale' | 'gone'; message: string }

export type Decision = {
  state: Execution
  effects: Effect[]
  answer: Answer
  /** What has to be stored anew, by number and by index. */
  touched: { attempts: ReadonlySet<number>; steps: ReadonlySet<number> }
}

const DONE: Answer = { type: 'done' }

/**
 * Everything that is decided about a running deployment: state and event in, next state and effects
 * out. Clocks are this side's only. Any event may come late, twice or out of order; what has ended
 * stays as it is, and a pair that cannot occur throws, since it is our defect.
 */
export const decide = (state: Execution, event: Event, now: number, oracle: Oracle): Decision => {
  const turn = new Turn(state, now)
  const answer = happen(turn, event, oracle)
  return { state: turn.state, effects: turn.effects, answer, touched: turn }
}

const happen = (turn: Turn, event: Event, oracle: Oracle): Answer => {
  switch (event.type) {
    case 'start':
      if (turn.state.group === 0) advance(turn, oracle)
      return DONE
    case 'abort':
      return abort(turn, event.reason, oracle)
    case 'offered':
      for (const offering of event.offerings) offered(turn, offering)
      turn.state.waitingFor = null
      advance(turn, oracle)
      return DONE
    case 'locked':
      return locked(turn, event.holders)
    case 'undispatched':
      askAgain(turn, DISPATCH_RETRY_MS)
      return DONE
    case 'claim':
      return claim(turn, event)
    case 'renew':
      return renew(turn, event)
    case 'complete':
      return complete(turn, event, oracle)
    case 'reconcile':
      return reconcile(turn, event)
    case 'cancel':
      return cancel(turn, event, oracle)
    case 'tick':
      for (const { number } of turn.state.attempts) pass(turn, number)
      advance(turn, oracle)
      return DONE
    case 'restart':
      for (const { number } of turn.state.attempts.filter(isActive)) giveGrace(turn, number)
      return DONE
  }
}

const offered = (turn: Turn, offering: Offering): void => {
  const { state, now } = turn
  if (!['Pending', 'Offered'].includes(state.attempts[offering.attempt - 1]?.state ?? '')) return
  const attempt = turn.attempt(offering.attempt)
  attempt.state = 'Offered'
  attempt.fence = offering.fence
  attempt.runnerId = offering.runnerId
  attempt.offeredAt ??= now
  const waited = now - attempt.offeredAt
  const patience = offering.isConnected
    ? BUSY_MS
    : isRecent(offering.lastSeenAt, now)
      ? UNCLAIMED_MS
      : ABSENT_MS
  attempt.askAt = Math.min(attempt.offeredAt + patience, now + UNCLAIMED_MS / 2)
  if (waited < patience) return
  turn.do({ type: 'withdraw', attempt: attempt.number })
  endAttempt(turn, attempt, 'Failed', absence(turn, attempt, offering))
}

const isRecent = (lastSeenAt: number | null, now: number) =>
  lastSeenAt !== null && now - lastSeenAt < 5 * UNCLAIMED_MS

const absence = (turn: Turn, attempt: Attempt, offering: Offering): string => {
  const place = placeName(turn.state.plan, attempt)
  if (offering.isConnected)
    return `The runner of ${place} is connected but did not take its work within ${BUSY_MS / 60_000} minutes.`
  const seen =
    offering.lastSeenAt === null
      ? 'its runner has never connected'
      : `its runner was last seen ${new Date(offering.lastSeenAt).toISOString()}`
  return `No connection to ${place}: ${seen}. Check that the runner is running and can reach the server.`
}

const locked = (turn: Turn, holders: string): Answer => {
  const { state } = turn
  if (state.waitingFor !== holders) turn.note('', 'wait', `Waiting: ${holders}`)
  state.waitingFor = holders
  askAgain(turn, LOCKED_RETRY_MS)
  return DONE
}

const abort = (turn: Turn, reason: string, oracle: Oracle): Answer => {
  const { state } = turn
  if (isFinalStatus(state.status)) return gone(`The deployment has ended: ${state.status}.`)
  for (const { number } of state.attempts.filter(isActive)) {
    if (state.attempts[number - 1]?.state === 'Running')
      turn.do({ type: 'cancel', attempt: number, reason })
    endAttempt(turn, turn.attempt(number), 'Failed', reason)
  }
  state.error ??= reason
  turn.note('', 'fatal', reason)
  state.group = Number.MAX_SAFE_INTEGER
  advance(turn, oracle)
  return DONE
}

/** Once per silence: an object that sleeps until its alarm comes up again for it, and must not take
 *  that for the server's own absence for ever. */
const giveGrace = (turn: Turn, number: number): void => {
  if (turn.state.attempts[number - 1]?.isGraced) return
  const attempt = turn.attempt(number)
  attempt.isGraced = true
  if (attempt.state === 'Running') attempt.leaseExpiresAt = turn.now + LEASE_TTL_MS
  if (attempt.state === 'Offered') attempt.offeredAt = turn.now
  if (attempt.state === 'Unreachable') attempt.unreachableAt = turn.now
}

const askAgain = (turn: Turn, afterMs: number): void => {
  for (const { number, state } of turn.state.attempts)
    if (state === 'Pending' || state === 'Offered') turn.attempt(number).askAt = turn.now + afterMs
}

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
const gone = (message: string): Answer => ({ type: 'refused', error: 'gone', message })
const stale = (message: string): Answer => ({ type: 'refused', error: 'stale', message })

const claim = (turn: Turn, event: Reporter): Answer => {
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

const renew = (turn: Turn, event: Reporter): Answer => {
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

const complete = (
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

const reconcile = (turn: Turn, event: Extract<Event, { type: 'reconcile' }>): Answer => {
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

const cancel = (
  turn: Turn,
  { by, reason }: Extract<Event, { type: 'cancel' }>,
  oracle: Oracle,
): Answer => {
  const { state } = turn
  if (isFinalStatus(state.status)) return gone(`The deployment has ended: ${state.status}.`)
  if (state.cancel) return DONE
  state.cancel = { by, reason, at: turn.now }
  state.status = 'Cancelling'
  turn.note('', 'warning', reason)
  turn.publish()
  for (const { number } of state.attempts.filter(isActive)) {
    const attempt = turn.attempt(number)
    if (attempt.state === 'Running') turn.do({ type: 'cancel', attempt: number, reason })
    else if (attempt.state === 'Unreachable') lose(turn, attempt)
    else {
      if (attempt.state === 'Offered') turn.do({ type: 'withdraw', attempt: number })
      endAttempt(turn, attempt, 'Withdrawn', reason)
    }
  }
  advance(turn, oracle)
  return DONE
}

const lose = (turn: Turn, attempt: Attempt): void =>
  endAttempt(
    turn,
    attempt,
    'Unknown',
    `Contact to ${placeName(turn.state.plan, attempt)} was lost; whether this step ran to its end is unknown. ` +
      'Look at the machine before deploying again.',
  )

/** What time alone does to an attempt. */
const pass = (turn: Turn, number: number): void => {
  const { state, now } = turn
  const found = state.attempts[number - 1]
  if (!found || !isActive(found)) return
  if (found.state === 'Pending' || found.state === 'Offered') {
    if (found.askAt > now) return
    turn.attempt(number).askAt = now + DISPATCH_RETRY_MS
    turn.dispatch()
    return
  }
  const attempt = turn.attempt(number)
  if (attempt.state === 'Running' && (attempt.leaseExpiresAt ?? 0) <= now) {
    attempt.state = 'Unreachable'
    attempt.unreachableAt = now
    const place = placeName(state.plan, attempt)
    const text = `No word from ${place} for a minute. Waiting for it; nothing else is started there.`
    turn.note(nodeOf(state.plan, attempt), 'warning', text)
  }
  const isOverdue = state.cancel !== null && now >= state.cancel.at + BUSY_MS
  const isLost = now >= (attempt.unreachableAt ?? now) + LOST_AFTER_MS
  const isSilent = attempt.state === 'Unreachable'
  if (isOverdue || (isSilent && (isLost || state.cancel))) lose(turn, attempt)
}
