import type { Sql } from '../runners/locks.ts'
import type { Decision } from './execution.ts'
import type { Attempt, Execution, Interruption, LaneRun, StepRun } from './execution-state.ts'
import type { Inputs } from './inputs.ts'
import type { Kept } from './kept.ts'
import type { Publication } from './outbox.ts'
import type { Plan } from './plan.ts'
import type { Recorded } from './turn.ts'
import {
  upgradedAttempt,
  upgradedCore,
  upgradedLanes,
  upgradedPlan,
  upgradedPublication,
} from './upgrade.ts'

type Core = Omit<Execution, 'plan' | 'steps' | 'attempts' | 'interruptions'>

/** Plan, state, outputs and outbox in the object's own SQLite. Rows change only as their part of the
 *  state does. */
export class DeploymentStorage {
  readonly #sql: Sql
  constructor(sql: Sql) {
    this.#sql = sql
    sql.exec(
      'CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID',
    )
    sql.exec('CREATE TABLE IF NOT EXISTS steps (number INTEGER PRIMARY KEY, body TEXT NOT NULL)')
    sql.exec(
      'CREATE TABLE IF NOT EXISTS lanes (step INTEGER, lane INTEGER, body TEXT NOT NULL, PRIMARY KEY (step, lane)) WITHOUT ROWID',
    )
    sql.exec(
      'CREATE TABLE IF NOT EXISTS interruptions (number INTEGER PRIMARY KEY, body TEXT NOT NULL)',
    )
    sql.exec('CREATE TABLE IF NOT EXISTS attempts (number INTEGER PRIMARY KEY, body TEXT NOT NULL)')
    sql.exec(
      'CREATE TABLE IF NOT EXISTS outputs (attempt INTEGER PRIMARY KEY, sealed TEXT NOT NULL)',
    )
    sql.exec('CREATE TABLE IF NOT EXISTS outbox (sequence INTEGER PRIMARY KEY, body TEXT NOT NULL)')
    sql.exec('CREATE TABLE IF NOT EXISTS told (sequence INTEGER PRIMARY KEY, body TEXT NOT NULL)')
  }

  load(): { inputs: Inputs; execution: Execution } | undefined {
    const inputs = this.#fact<Inputs>('inputs')
    const plan = this.#fact<Plan>('plan')
    const core = this.#fact<Core>('execution')
    if (!inputs || !plan || !core) return undefined
    const steps = this.#bodies<StepRun>('SELECT body FROM steps ORDER BY number').map(
      (step): StepRun => ({ ...step, lanes: upgradedLanes(step) }),
    )
    const isOld = steps.some(({ lanes }) => lanes.length > 0)
    for (const { step, body } of this.#lanes()) steps[step]?.lanes.push(JSON.parse(body))
    const attempts = this.#bodies<Attempt>('SELECT body FROM attempts ORDER BY number')
    const interruptions = this.#bodies<Interruption>(
      'SELECT body FROM interruptions ORDER BY number',
    )
    const execution: Execution = {
      ...upgradedCore(core),
      plan: upgradedPlan(plan),
      steps,
      attempts: attempts.map(upgradedAttempt),
      interruptions,
    }
    if (isOld) this.#setSteps(execution)
    return { inputs, execution }
  }

  begin(inputs: Inputs, execution: Execution, kept: Kept | null): void {
    if (kept) this.#setFact('kept', kept)
    this.#setFact('inputs', inputs)
    this.#setFact('plan', execution.plan)
    this.#setCore(execution)
    this.#setSteps(execution)
  }

  save({ state, touched }: Pick<Decision, 'state' | 'touched'>): void {
    this.#setCore(state)
    for (const index of touched.steps) {
      const step = state.steps[index]
      if (step) this.#setStep(index, step)
    }
    for (const key of touched.lanes) {
      const [index = 0, at = 0] = key.split('/').map(Number)
      const lane = state.steps[index]?.lanes[at]
      if (lane) this.#setLane(index, at, lane)
    }
    for (const number of touched.attempts)
      this.#setNumbered('attempts', number, state.attempts[number - 1])
    for (const number of touched.interruptions)
      this.#setNumbered('interruptions', number, state.interruptions[number - 1])
  }

  saveOutputs(attempt: number, sealed: string): void {
    this.#sql.exec('INSERT INTO outputs VALUES (?, ?) ON CONFLICT DO NOTHING', attempt, sealed)
  }

  outputs(): { attempt: number; sealed: string }[] {
    return this.#sql.exec('SELECT attempt, sealed FROM outputs ORDER BY rowid').toArray() as {
      attempt: number
      sealed: string
    }[]
  }

  publish(publication: Publication): void {
    this.#sql.exec(
      'INSERT INTO outbox VALUES (?, ?) ON CONFLICT DO NOTHING',
      ...[publication.sequence, JSON.stringify(publication)],
    )
  }

  outbox(): Publication[] {
    return this.#bodies<Publication>('SELECT body FROM outbox ORDER BY sequence LIMIT 100').map(
      upgradedPublication,
    )
  }

  get hasOutbox(): boolean {
    return this.#sql.exec('SELECT 1 FROM outbox LIMIT 1').toArray().length > 0
  }

  /** It has been heard; kept, in case libSQL is put back to an older copy. */
  published(sequence: number): void {
    this.#sql.exec(
      'INSERT INTO told SELECT * FROM outbox WHERE sequence = ? ON CONFLICT DO NOTHING',
      sequence,
    )
    this.#sql.exec('DELETE FROM outbox WHERE sequence = ?', sequence)
  }

  /** All that comes after `sequence` is to be told again, and with it why: `deed` becomes an audit
   *  record. @returns how much of it had been told before */
  tellAgain(sequence: number, deed: Recorded): number {
    this.#sql.exec(
      'INSERT INTO outbox SELECT * FROM told WHERE sequence > ? ON CONFLICT DO NOTHING',
      sequence,
    )
    const lost = this.#sql
      .exec('DELETE FROM told WHERE sequence > ? RETURNING sequence', sequence)
      .toArray().length
    const [first] = this.outbox()
    if (first) {
      const anew = { ...first, follows: sequence, deeds: [...first.deeds, deed] }
      this.#setNumbered('outbox', first.sequence, anew)
    }
    return lost
  }

  /** libSQL does not know the task, and that has been said. */
  get isMissed(): boolean {
    return this.#fact<boolean>('missed') === true
  }
  setMissed(): void {
    this.#setFact('missed', true)
  }

  /** What was taken over from the deployment that this one goes on from. */
  get kept(): Kept | null {
    return this.#fact<Kept>('kept') ?? null
  }

  /** The last row of the log that its seal takes in: as first said, however often it is tried. */
  sealUpTo(lastSeq: number): number {
    const known = this.#fact<number>('sealUpTo')
    if (known === undefined) this.#setFact('sealUpTo', lastSeq)
    return known ?? lastSeq
  }

  get isSealed(): boolean {
    return this.#fact<boolean>('sealed') === true
  }
  setSealed(): void {
    this.#setFact('sealed', true)
  }

  /** Everybody has been told of the sealed log: nothing is left to do. */
  get isClosed(): boolean {
    return this.#fact<boolean>('closed') === true
  }
  setClosed(): void {
    this.#setFact('closed', true)
  }

  #setCore(execution: Execution): void {
    const { plan: _, steps: __, attempts: ___, interruptions: ____, ...core } = execution
    this.#setFact('execution', core)
  }

  #setSteps({ steps }: Execution): void {
    for (const [index, step] of steps.entries()) {
      this.#setStep(index, step)
      for (const [at, lane] of step.lanes.entries()) this.#setLane(index, at, lane)
    }
  }

  /** Without its lanes, which change one by one. */
  #setStep(index: number, { lanes: _, ...step }: StepRun): void {
    this.#setNumbered('steps', index, step)
  }

  #setLane(step: number, at: number, lane: LaneRun): void {
    this.#sql.exec(
      'INSERT INTO lanes VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body',
      ...[step, at, JSON.stringify(lane)],
    )
  }

  #lanes(): { step: number; body: string }[] {
    return this.#sql.exec('SELECT step, body FROM lanes ORDER BY step, lane').toArray() as {
      step: number
      body: string
    }[]
  }

  #setNumbered(
    table: 'steps' | 'attempts' | 'interruptions' | 'outbox',
    number: number,
    row: unknown,
  ): void {
    this.#sql.exec(
      `INSERT INTO ${table} VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body`,
      ...[number, JSON.stringify(row)],
    )
  }

  #setFact(name: string, value: unknown): void {
    this.#sql.exec(
      'INSERT INTO facts VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body',
      ...[name, JSON.stringify(value)],
    )
  }

  #fact<T>(name: string): T | undefined {
    return this.#bodies<T>('SELECT body FROM facts WHERE name = ?', name)[0]
  }

  #bodies<T>(query: string, ...values: string[]): T[] {
    const rows = this.#sql.exec(query, ...values).toArray() as { body: string }[]
    return rows.map(({ body }) => JSON.parse(body) as T)
  }
}
