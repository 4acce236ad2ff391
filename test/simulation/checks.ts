import type { Event } from '../../worker/deployments/event.ts'
import type { Attempt, Execution } from '../../worker/deployments/execution-state.ts'
import type { Deed, Host } from './host.ts'
import type { Libsql } from './libsql.ts'
import { deploymentOf, isActive, isFinal, numberOf, type Observer, type Sight } from './observer.ts'
import type { Scenario } from './scenario.ts'
import type { HostedObject, Server } from './server.ts'
import { Violation } from './violation.ts'

type Machine = Pick<Host, 'name' | 'ledger' | 'world'>

/** Checks what must hold at every instant; what must hold in the end is in `quiet.ts`. */
export class Checks {
  readonly #server: Server
  readonly #hosts: readonly Host[]
  readonly #observer: Observer
  readonly #db: Libsql
  readonly #scenario: Scenario
  /** How far each machine's ledger has been read. */
  readonly #read = new Map<string, number>()
  readonly #starts = new Map<string, number>()
  readonly #running = new Map<string, { host: string; attempt: string }>()
  readonly #ends = new Map<string, number | 'killed'>()
  readonly #taskStates = new Map<string, string>()
  #isPutBack = false
  readonly printed: ReadonlyMap<string, Buffer>

  constructor(options: {
    server: Server
    hosts: readonly Host[]
    observer: Observer
    db: Libsql
    scenario: Scenario
    printed: ReadonlyMap<string, Buffer>
  }) {
    this.#server = options.server
    this.#hosts = options.hosts
    this.#observer = options.observer
    this.#db = options.db
    this.#scenario = options.scenario
    this.printed = options.printed
    const { observer } = this.#my()
    observer.onDecision = (before, event, after, sight) =>
      this.#decided(before, event, after, sight)
    observer.onCommitted = (object, sight) => this.#log(object, sight)
  }

  #my() {
    return { observer: this.#observer }
  }

  /** How an attempt's script ended; undefined when it did not, or never began. */
  endOf(attempt: string): number | 'killed' | undefined {
    return this.#ends.get(attempt)
  }
  get isAnythingRunning(): boolean {
    return this.#running.size > 0
  }

  /** After every event. */
  each(): void {
    for (const host of this.#hosts) {
      const from = this.#read.get(host.name) ?? 0
      if (host.ledger.length === from) continue
      for (const deed of host.ledger.slice(from)) this.#deed(host, deed)
      this.#read.set(host.name, host.ledger.length)
    }
    const [error] = this.#server.errors
    if (error !== undefined) throw new Violation('I14', `an unexpected error: ${error}`)
  }

  #deed(host: Machine, deed: Deed): void {
    const { attempt } = deed
    if (deed.type === 'END') {
      this.#running.delete(attempt)
      this.#ends.set(attempt, deed.exit ?? 'killed')
      return
    }
    this.#mayStart(host, attempt)
    this.#running.set(attempt, { host: host.name, attempt })
  }

  /** I1 and I2: looks at each START on a machine. */
  #mayStart(host: Machine, attempt: string): void {
    const sight = this.#observer.sights.get(deploymentOf(attempt))
    const state = sight?.committed
    const found = state?.attempts[numberOf(attempt) - 1]
    if (!state || !found || found.claimedAt === null)
      throw new Violation('I1', `${attempt} was started, but no claim of it is stored`)
    const starts = (this.#starts.get(attempt) ?? 0) + 1
    this.#starts.set(attempt, starts)
    if (starts > 1) throw new Violation('I1', `${attempt} was started ${starts} times`)
    const place = placeOf(state, found)
    const key = `${state.deployment} ${place.name}`
    const tries = (this.#starts.get(key) ?? 0) + 1
    this.#starts.set(key, tries)
    const allowed = 1 + place.retries + repeatsOf(state, found)
    if (!place.isRetrySafe && tries > allowed)
      throw new Violation('I1', `${key} was started ${tries} times; ${allowed} are allowed`)
    for (const other of this.#running.values()) this.#mayOverlap(host, attempt, place, other)
  }

  #mayOverlap(
    host: Machine,
    attempt: string,
    place: Place,
    other: { host: string; attempt: string },
  ): void {
    const state = this.#observer.sights.get(deploymentOf(other.attempt))?.committed
    const found = state?.attempts[numberOf(other.attempt) - 1]
    if (!state || !found) return
    const theirs = placeOf(state, found)
    const isOwn = state.deployment === deploymentOf(attempt)
    if (isOwn && theirs.name === place.name)
      throw new Violation('I2', `${attempt} was started while ${other.attempt} still ran`)
    if (isOwn || place.targetId === null || place.targetId !== theirs.targetId) return
    throw new Violation(
      'I2',
      `${attempt} was started on ${host.name} while ${other.attempt} ran there`,
    )
  }

  #decided(before: Execution, event: Event, after: Execution, sight: Sight): void {
    if (event.type === 'start' && sight.committed === undefined) this.#oneByKey(after)
    for (const attempt of after.attempts) {
      const was = before.attempts[attempt.number - 1]
      if (was?.state !== attempt.state) this.#truth(after, attempt)
    }
    if (after.status === 'Success' && before.status !== 'Success') this.#success(after)
  }

  /** I2: at the begin of a deployment no other one of its key may be under way. */
  #oneByKey({ deployment }: Execution): void {
    if (this.#isPutBack) return
    const keyOf = (id: string) => this.#scenario.deployments.find(each => each.id === id)?.key
    for (const { latest } of this.#observer.sights.values())
      if (
        latest.deployment !== deployment &&
        keyOf(latest.deployment) === keyOf(deployment) &&
        !isFinal(latest) &&
        latest.key === 'held'
      )
        throw new Violation('I2', `${deployment} begins while ${latest.deployment} holds their key`)
  }

  /** I5: looks at what an attempt is called, and at what really happened. */
  #truth({ deployment }: Execution, attempt: Attempt): void {
    const name = `${deployment}:${attempt.number}`
    const exit = this.#ends.get(name)
    const isBegun = this.#starts.has(name)
    if (attempt.state === 'Succeeded' && exit !== 0)
      throw new Violation('I5', `${name} is called Succeeded, but ended ${exit ?? 'not at all'}`)
    if (attempt.state === 'Failed' && isBegun && (exit === undefined || exit === 0))
      throw new Violation('I5', `${name} is called Failed, but ended ${exit ?? 'not at all'}`)
    if (attempt.state === 'Withdrawn' && isBegun)
      throw new Violation('I5', `${name} is called Withdrawn, but was started`)
  }

  /** I5: `Success` only if every END that counts is exit 0, or a person has said otherwise. */
  #success(state: Execution): void {
    for (const [index, step] of state.steps.entries())
      for (const [at, lane] of step.lanes.entries())
        for (const number of lane.attempts) {
          const attempt = number === null ? undefined : state.attempts[number - 1]
          if (!attempt || attempt.state === 'Succeeded') continue
          const isExcused = state.interruptions.some(
            each =>
              each.step === attempt.step &&
              each.lane === attempt.lane &&
              each.action === attempt.action &&
              ['Ignore', 'MarkSucceeded', 'ExcludeMachine'].includes(each.answer ?? ''),
          )
          if (!isExcused)
            throw new Violation(
              'I5',
              `${state.deployment} is called Success, but step ${index + 1}, lane ${at + 1} ended ${attempt.state}`,
            )
        }
  }

  /** I3: looks at each piece of a log as it is committed: no gap, no repeat, and what was printed. */
  #log(object: HostedObject, sight: Sight): void {
    const rows = object.sqlite.all(
      'SELECT seq, attempt, offset, size, bytes FROM chunks WHERE seq > ? ORDER BY seq',
      [sight.logSeq],
    )
    for (const row of rows) {
      const { seq, attempt, offset, size, bytes } = row as unknown as LogRow
      sight.logSeq = seq
      if (attempt === null) continue
      const next = sight.logged.get(attempt) ?? 0
      if (offset !== next)
        throw new Violation('I3', `${attempt}: bytes from ${offset} are stored; ${next} were there`)
      sight.logged.set(attempt, offset + size)
      const truth = this.printed.get(attempt)?.subarray(offset, offset + size)
      if (bytes && !(truth && Buffer.from(bytes).equals(truth)))
        throw new Violation(
          'I3',
          `${attempt}: bytes ${offset} to ${offset + size} are not as printed`,
        )
    }
  }

  /** I3: a runner has been told that this much of a log is safe. What a lost step still prints after its
   *  deployment has ended is taken and dropped: the log is sealed then, and says that its end is unknown. */
  acknowledged(attempt: string, next: number): void {
    const sight = this.#observer.sights.get(deploymentOf(attempt))
    const here = sight?.logged.get(attempt) ?? 0
    const isLost = sight?.latest.attempts[numberOf(attempt) - 1]?.state === 'Unknown'
    if (sight && isLost && isFinal(sight.latest)) return
    if (next > here)
      throw new Violation('I3', `${attempt}: ${next} bytes are acknowledged; ${here} are stored`)
  }

  /** I7: a poll of an ended session gets nothing. I2 and I4 in libSQL. */
  answered(object: HostedObject, method: string, args: unknown[], value: unknown): void {
    if (object.kind !== 'HUB' || method !== 'poll' || !value) return
    const [{ runner, epoch }] = args as [{ runner: string; epoch: number }]
    const { offers } = value as { offers: unknown[] }
    const [row] = object.sqlite.all('SELECT epoch FROM runners WHERE id = ?', [runner])
    if (offers.length > 0 && row && Number(row.epoch) !== epoch)
      throw new Violation(
        'I7',
        `a poll of session ${epoch} of ${runner} got offers; ${row.epoch} is the newest`,
      )
  }

  /** libSQL was put back to an older copy. Until it has been told again it may let in a second task of
   *  a key; the targets are the hub's to keep. */
  putBack(): void {
    this.#taskStates.clear()
    this.#isPutBack = true
    this.published()
  }

  /** A cancel that was on its way may meet the row of an older copy, which the deployment then puts
   *  right: what it says itself is final for good. */
  #isToldAgain(id: string, state: string): boolean {
    return this.#isPutBack && this.#observer.sights.get(id)?.latest.status === state
  }

  /** I2 and I4 as libSQL shows them; after each of its commits. */
  published(): void {
    const rows = this.#db.rows<{ id: string; state: string; key: string; holds: number }>(
      'SELECT deployment_id AS id, state, concurrency_key AS key, holds_key AS holds FROM tasks',
    )
    const held = new Set<string>()
    for (const { id, state, key, holds } of rows) {
      const before = this.#taskStates.get(id) ?? 'Queued'
      if (state === before && state === 'Queued') continue
      const isOver = ['Success', 'Failed', 'Canceled', 'TimedOut'].includes(before)
      if (isOver && state !== before && !this.#isToldAgain(id, state))
        throw new Violation('I4', `the task of ${id} was ${before} and is ${state}`)
      if (state === 'Queued')
        throw new Violation('I4', `the task of ${id} is Queued after ${before}`)
      this.#taskStates.set(id, state)
      if (holds !== 1 || !['Executing', 'Cancelling'].includes(state)) continue
      if (held.has(key)) throw new Violation('I2', `two tasks hold the key ${key}`)
      held.add(key)
    }
  }
}

type LogRow = {
  seq: number
  attempt: string | null
  offset: number
  size: number
  bytes: Uint8Array | null
}
type Place = { name: string; targetId: string | null; retries: number; isRetrySafe: boolean }

/** Where an attempt belongs: one step, on one target, one action of it. */
const placeOf = ({ plan }: Execution, { step, lane, action }: Attempt): Place => {
  const planned = plan.steps[step]
  const doing = planned?.actions[action]
  const targetId = planned?.lanes[lane]?.targetId ?? null
  return {
    name: `step ${step + 1}, lane ${lane + 1}, action ${action + 1}`,
    targetId: doing?.poolId == null ? targetId : null,
    retries: doing?.retries.max ?? 0,
    isRetrySafe: doing?.isRetrySafe ?? false,
  }
}

/** How often a person had it run again; each time its own retries begin anew. */
const repeatsOf = (state: Execution, attempt: Attempt): number => {
  const { retries } = placeOf(state, attempt)
  const answers = state.interruptions.filter(
    each =>
      each.step === attempt.step &&
      each.lane === attempt.lane &&
      each.action === attempt.action &&
      (each.answer === 'Retry' || each.answer === 'RunAgain'),
  )
  return answers.length * (1 + retries)
}

export { isActive, isFinal }
