import type { LogLevel } from '../../runner/protocol/log-record.ts'
import type { Attempt, Execution, LaneRun, StepRun } from './execution-state.ts'

/** What is to be done about a decision, in order, after it has been stored. */
export type Effect =
  /** Ask the hub to offer everything that waits for a runner. */
  | { type: 'dispatch' }
  | { type: 'withdraw'; attempt: number }
  | { type: 'cancel'; attempt: number; reason: string }
  /** A line of the task's own log. `node` is empty for the task itself. */
  | { type: 'note'; node: string; level: LogLevel; text: string }
  /** The task's state has changed for everybody. */
  | { type: 'publish' }
  /** Terminal: free the locks, seal the log, start who waits. */
  | { type: 'finished' }

/** A decision in the making: copies of what it touches, the rest shared with the state before. */
export class Turn {
  readonly state: Execution
  readonly now: number
  readonly effects: Effect[] = []
  readonly attempts = new Set<number>()
  readonly steps = new Set<number>()

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

  step(index: number): StepRun {
    const found = this.state.steps[index]
    if (!found) throw new Error(`there is no step ${index}`)
    if (this.steps.has(index)) return found
    this.steps.add(index)
    const copy = { ...found, lanes: found.lanes.map(lane => ({ ...lane })) }
    this.state.steps[index] = copy
    return copy
  }

  lane(step: number, index: number): LaneRun {
    const lane = this.step(step).lanes[index]
    if (!lane) throw new Error(`step ${step} has no lane ${index}`)
    return lane
  }

  do(effect: Effect): void {
    this.effects.push(effect)
  }

  note(node: string, level: LogLevel, text: string): void {
    this.do({ type: 'note', node, level, text })
  }

  /** Several reasons to ask the hub are one question. */
  dispatch(): void {
    if (!this.effects.some(({ type }) => type === 'dispatch')) this.do({ type: 'dispatch' })
  }

  publish(): void {
    this.state.sequence++
    if (!this.effects.some(({ type }) => type === 'publish')) this.do({ type: 'publish' })
  }
}
