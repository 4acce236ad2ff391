import type { Event } from '../../worker/deployments/event.ts'
import type { Attempt, Execution } from '../../worker/deployments/execution-state.ts'
import type { HostedObject } from './server.ts'
import { Violation } from './violation.ts'
import type { World } from './world.ts'

type Decision = { state: Execution; answer: { type: string } }
type Decide = (...given: unknown[]) => Decision

/** What has been seen of one deployment. */
export type Sight = {
  /** As of the newest decision, stored or not. */
  latest: Execution
  /** As of the newest commit: what must not be lost any more. */
  committed: Execution | undefined
  /** When a decision last changed more than a lease. */
  changedAt: number
  /** Where its log has been compared with what was printed, by attempt. */
  logged: Map<string, number>
  logSeq: number
}

const FINAL = new Set(['Success', 'Failed', 'Canceled', 'TimedOut'])
const ACTIVE = new Set(['Pending', 'Offered', 'Running', 'Unreachable'])

export const isFinal = ({ status }: Pick<Execution, 'status'>): boolean => FINAL.has(status)
export const isActive = ({ state }: Pick<Attempt, 'state'>): boolean => ACTIVE.has(state)
export const numberOf = (attempt: string): number =>
  Number(attempt.slice(attempt.lastIndexOf(':') + 1))
export const deploymentOf = (attempt: string): string => attempt.slice(0, attempt.lastIndexOf(':'))

/** Sees every decision and every commit of the deployments, and judges each by itself. */
export class Observer {
  readonly sights = new Map<string, Sight>()
  readonly #world: World
  /** Judges a state as it is decided; see `checks.ts`. */
  onDecision: (before: Execution, event: Event, after: Execution, sight: Sight) => void = () =>
    undefined
  onCommitted: (object: HostedObject, sight: Sight, before: Execution | undefined) => void = () =>
    undefined

  constructor(world: World) {
    this.#world = world
  }

  /** In place of the product's `decide`, which does the deciding. */
  decided(decide: Decide, given: unknown[]): Decision {
    const [before, event] = given as [Execution, Event]
    const sight = this.#sightOf(before)
    this.#durable(before, sight)
    const decision = decide(...given)
    this.#world.turn?.deeds.push(event.type)
    if (this.#world.trace) this.#tell(event, before, decision)
    if (changes(before, decision.state)) sight.changedAt = this.#world.now
    sight.latest = decision.state
    this.#durable(decision.state, sight)
    this.#fenced(before, event, decision.state)
    this.onDecision(before, event, decision.state, sight)
    return decision
  }

  #tell(event: Event, before: Execution, { state, answer }: Decision): void {
    const was = (number: number) => before.attempts[number - 1]?.state
    const moved = state.attempts
      .filter(each => each.state !== was(each.number))
      .map(each => `:${each.number} ${was(each.number) ?? 'new'} → ${each.state}`)
    if (state.status !== before.status) moved.push(`${before.status} → ${state.status}`)
    const { type, ...rest } = event
    const about = 'attempt' in rest ? ` :${rest.attempt}` : ''
    this.#world.say(
      `  ${state.deployment} decides ${type}${about}: ${answer.type}${moved.length > 0 ? `; ${moved.join(', ')}` : ''}`,
    )
  }

  committed(object: HostedObject): void {
    if (object.kind !== 'DEPLOYMENT') return
    const sight = this.sights.get(object.name)
    if (!sight) return
    const before = sight.committed
    sight.committed = sight.latest
    this.onCommitted(object, sight, before)
  }

  #sightOf(state: Execution): Sight {
    let sight = this.sights.get(state.deployment)
    if (!sight) {
      sight = {
        latest: state,
        committed: undefined,
        changedAt: this.#world.now,
        logged: new Map(),
        logSeq: 0,
      }
      this.sights.set(state.deployment, sight)
    }
    return sight
  }

  /** I4, and that nothing which was committed is ever lost: looks at the state a decision starts from,
   *  and at the one it makes. */
  #durable(state: Execution, { committed }: Sight): void {
    if (!committed) return
    if (state.sequence < committed.sequence || state.attempts.length < committed.attempts.length)
      throw new Violation(
        'I8',
        `${state.deployment} has gone back to ${state.status} #${state.sequence} with ${state.attempts.length} attempts, after #${committed.sequence} with ${committed.attempts.length}`,
      )
    for (const known of committed.attempts) {
      const now = state.attempts[known.number - 1]
      if (!isActive(known) && now?.state !== known.state)
        throw new Violation(
          'I4',
          `${state.deployment}:${known.number} was ${known.state} and is ${now?.state}`,
        )
    }
    if (isFinal(committed) && state.status !== committed.status)
      throw new Violation(
        'I4',
        `${state.deployment} was ${committed.status} and is ${state.status}`,
      )
  }

  /** I7: looks at each report of a runner with another fence, runner, or an older epoch than the
   *  attempt's own. It may leave evidence and nothing else. */
  #fenced(before: Execution, event: Event, after: Execution): void {
    if (!('fence' in event)) return
    const was = before.attempts[event.attempt - 1]
    const is = after.attempts[event.attempt - 1]
    if (!was || !is) return
    const isStale =
      was.fence !== event.fence ||
      was.runnerId !== event.runnerId ||
      (was.epoch !== null && event.epoch < was.epoch)
    if (!isStale) return
    const names = ['state', 'epoch', 'leaseExpiresAt', 'claimedAt', 'endedAt', 'exitCode'] as const
    const changed = names.find(name => was[name] !== is[name])
    if (changed || before.status !== after.status)
      throw new Violation(
        'I7',
        `a stale ${event.type} (fence ${event.fence}, epoch ${event.epoch}) changed ${changed} of ${before.deployment}:${event.attempt} (fence ${was.fence}, epoch ${was.epoch})`,
      )
  }
}

const changes = (before: Execution, after: Execution): boolean =>
  before.sequence !== after.sequence ||
  before.group !== after.group ||
  before.attempts.length !== after.attempts.length ||
  after.attempts.some((each, at) => each.state !== before.attempts[at]?.state)
