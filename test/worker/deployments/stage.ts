import type { Journalled } from '../../../runner/protocol/messages.ts'
import type { Event } from '../../../worker/deployments/event.ts'
import { decide } from '../../../worker/deployments/execution.ts'
import {
  type Attempt,
  type BeginOptions,
  beginExecution,
  type Execution,
} from '../../../worker/deployments/execution-state.ts'
import type { Oracle } from '../../../worker/deployments/oracle.ts'
import { wakeAt } from '../../../worker/deployments/passing.ts'
import type { Effect } from '../../../worker/deployments/turn.ts'
import type { Choice, Responder } from '../../../worker/interruptions/interruption.ts'
import { planOf } from './process.ts'

/** Every condition holds, and a text is as it was written. */
export const holds: Oracle = {
  holds: () => ({ holds: true, why: null }),
  text: (_, __, text) => text,
}
const ID = 'Deployments-1'

export const ADA: Responder = {
  id: 'Users-1',
  username: 'ada',
  displayName: 'Ada',
  emailAddress: 'ada@shop.test',
}
export const BEN: Responder = {
  id: 'Users-2',
  username: 'ben',
  displayName: 'Ben',
  emailAddress: '',
}

type Outcome = 'succeeded' | 'failed' | 'canceled' | 'unknown' | 'timed-out'

/** A deployment with a hub and runners that do as they are told. */
export class Stage {
  state: Execution
  now = 1_000
  effects: Effect[] = []
  readonly oracle: Oracle
  constructor(
    steps: Parameters<typeof planOf>[0],
    oracle = holds,
    options: BeginOptions & { id?: string } = {},
  ) {
    this.state = beginExecution(options.id ?? ID, planOf(steps).plan, this.now, options)
    this.oracle = oracle
    this.happen({ type: 'start' })
  }

  happen(event: Event) {
    const decision = decide(this.state, event, this.now, this.oracle)
    this.state = decision.state
    this.effects.push(...decision.effects)
    return decision.answer
  }

  pass(ms: number) {
    this.now += ms
    return this.happen({ type: 'tick' })
  }

  attempt(number: number): Attempt {
    const found = this.state.attempts[number - 1]
    if (!found) throw new Error(`no attempt ${number}`)
    return found
  }

  reporter(number: number, epoch = 1) {
    const { step, lane } = this.attempt(number)
    const target = this.state.plan.steps[step]?.lanes[lane]?.targetId
    const runnerId = target ? `Runners-${target.slice(-1)}` : 'Runners-9'
    return { attempt: number, fence: number, runnerId, epoch }
  }

  offer({ isConnected = true, lastSeenAt = this.now as number | null } = {}) {
    const offerings = this.state.attempts
      .filter(({ state }) => state === 'Pending' || state === 'Offered')
      .map(({ number }) => ({ ...this.reporter(number), isConnected, lastSeenAt }))
    return this.happen({ type: 'offered', offerings })
  }
  claim(number: number, epoch = 1) {
    return this.happen({ type: 'claim', ...this.reporter(number, epoch) })
  }
  complete(number: number, outcome: Outcome = 'succeeded', epoch = 1) {
    const result = {
      outcome,
      exitCode: outcome === 'failed' ? 3 : 0,
      reason: null,
      warnings: false,
    }
    return this.happen({ type: 'complete', ...this.reporter(number, epoch), ...result })
  }
  run(number: number, outcome?: Outcome) {
    this.offer()
    this.claim(number)
    return this.complete(number, outcome)
  }

  /** Takes responsibility for the newest question, or for one by its number, and answers it. */
  answer(choice: Choice, { by = ADA, number = this.asked.length, notes = '' } = {}) {
    this.happen({ type: 'take', interruption: number, by, teamIds: [], takeOver: true })
    return this.happen({ type: 'answer', interruption: number, by, teamIds: [], choice, notes })
  }
  cancel() {
    return this.happen({ type: 'cancel', by: 'Ada', reason: 'Canceled by Ada' })
  }
  reconcile(number: number, state: Journalled['state'], epoch = 2) {
    return this.happen({
      type: 'reconcile',
      ...this.reporter(number),
      epoch,
      state,
      reason: undefined,
    })
  }

  /** Everything that there is to run is run, and succeeds. */
  finishAll() {
    for (let round = 0; round < 50 && this.state.endedAt === null; round++) {
      this.hold()
      this.offer()
      for (const { number, state } of this.state.attempts)
        if (state === 'Offered') {
          this.claim(number)
          this.complete(number)
        }
    }
  }
  /** The gate gives the key back, if it is wanted. */
  hold() {
    return this.happen({ type: 'key', waitsFor: null })
  }

  /** Time passes until something is due. */
  wait() {
    return this.pass(Math.max(0, (wakeAt(this.state) ?? this.now) - this.now))
  }

  get asked() {
    return this.state.interruptions
  }
  get pending() {
    return this.asked.filter(({ state }) => state === 'Pending')
  }
  get states() {
    return this.state.attempts.map(({ state }) => state)
  }
  get lanes() {
    return this.state.steps.map(({ lanes }) => lanes.map(({ status }) => status))
  }
  get records() {
    return this.effects.flatMap(effect => (effect.type === 'record' ? [effect.category] : []))
  }
  get statuses() {
    return this.state.steps.map(({ status }) => status)
  }
  get notes() {
    return this.effects.flatMap(effect => (effect.type === 'note' ? [effect.text] : []))
  }
}
