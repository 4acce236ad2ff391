import type { LogLevel } from '../../runner/protocol/log-record.ts'
import type { Responder } from '../interruptions/interruption.ts'
import type { Attempt, Execution, Interruption, LaneRun, StepRun } from './execution-state.ts'

/** What is to be done about a decision, in order, after it has been stored. */
export type Effect =
  /** Ask the hub to offer everything that waits for a runner. */
  | { type: 'dispatch' }
  | { type: 'withdraw'; attempt: number }
  | { type: 'cancel'; attempt: number; reason: string }
  /** Nothing runs any more where a lost attempt was: its target need not be kept from others. */
  | { type: 'lift'; attempt: number }
  /** Ask the gate for the concurrency key. */
  | { type: 'reclaim' }
  /** A line of the task's own log. `node` is empty for the task itself. */
  | { type: 'note'; node: string; level: LogLevel; text: string }
  /** The task's state has changed for everybody. */
  | { type: 'publish' }
  /** The audit record of a change, one each. `by`: null for the system. */
  | ({ type: 'record' } & Recorded)
  /** Terminal: free the locks, seal the log, start who waits. */
  | { type: 'finished' }

export type Recorded = { category: string; message: string; by: Responder | null }

/** A decision in the making: copies of what it touches, the rest shared with the state before. */
export class Turn {
  readonly state: Execution
  readonly now: number
  readonly effects: Effect[] = []
  readonly attempts = new Set<number>()
  readonly steps = new Set<number>()
  /** `step/lane`, by index. */
  readonly lanes = new Set<string>()
  readonly interruptions = new Set<number>()
  readonly #drafts = new Set<number>()

  constructor(state: Execution, now: number) {
    this.state = { ...state, steps: [...state.steps], attempts: [...state.attempts] }
    this.now = now
  }

  attempt(number: number): Attempt {
    const found = this.state.attempts[number - 1]
    if (!found) throw new Error(`there is no attempt ${number}`)
    if (this.attempts.has(number)) return found
    this.attempts.add(number)
    const copy = { ...found }
    this.state.attempts[number - 1] = copy
    return copy
  }

  addAttempt(attempt: Omit<Attempt, 'number'>): Attempt {
    const added = { ...attempt, number: this.state.attempts.length + 1 }
    this.state.attempts.push(added)
    this.attempts.add(added.number)
    return added
  }

  /** For its own fields; a lane of it is had by {@link lane}. */
  step(index: number): StepRun {
    this.steps.add(index)
    return this.#draft(index)
  }

  lane(step: number, index: number): LaneRun {
    const { lanes } = this.#draft(step)
    const lane = lanes[index]
    if (!lane) throw new Error(`step ${step} has no lane ${index}`)
    const key = `${step}/${index}`
    if (this.lanes.has(key)) return lane
    this.lanes.add(key)
    const copy = { ...lane, attempts: [...lane.attempts] }
    lanes[index] = copy
    return copy
  }

  interruption(number: number): Interruption {
    const found = this.state.interruptions[number - 1]
    if (!found) throw new Error(`there is no interruption ${number}`)
    if (this.interruptions.has(number)) return found
    this.interruptions.add(number)
    const copy = { ...found }
    this.state.interruptions = this.state.interruptions.with(number - 1, copy)
    return copy
  }

  addInterruption(interruption: Omit<Interruption, 'number'>): Interruption {
    const added = { ...interruption, number: this.state.interruptions.length + 1 }
    this.state.interruptions = [...this.state.interruptions, added]
    this.interruptions.add(added.number)
    return added
  }

  do(effect: Effect): void {
    this.effects.push(effect)
  }

  note(node: string, level: LogLevel, text: string): void {
    this.do({ type: 'note', node, level, text })
  }

  /** Several reasons to ask the hub are one question. */
  dispatch(): void {
    this.#once('dispatch')
  }

  reclaim(): void {
    this.#once('reclaim')
  }

  publish(): void {
    this.state.sequence++
    this.#once('publish')
  }

  record(category: string, message: string, by: Responder | null = null): void {
    this.do({ type: 'record', category, message, by })
    this.publish()
  }

  #once(type: 'dispatch' | 'reclaim' | 'publish'): void {
    if (!this.effects.some(effect => effect.type === type)) this.do({ type })
  }

  #draft(index: number): StepRun {
    const found = this.state.steps[index]
    if (!found) throw new Error(`there is no step ${index}`)
    if (this.#drafts.has(index)) return found
    this.#drafts.add(index)
    const copy = { ...found, lanes: [...found.lanes] }
    this.state.steps[index] = copy
    return copy
  }
}
