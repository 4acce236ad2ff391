import type { Control, Offer, PollReply } from '../../runner/protocol/messages.ts'
import type { Sql } from './locks.ts'

/** How long something handed out in a poll is not handed out again, in milliseconds. */
export const REDELIVER_MS = 5_000
const PER_POLL = 100

/** So many fences of a runner are stored as used at once; what is left of them is lost with the
 *  object, and gaps are allowed. */
const FENCES = 100

export type RunnerRow = { id: string; epoch: number; fence: number; last_seen_at: number | null }

/** `given`: what the deployment remembers of an offer that this side may have forgotten. */
export type Want = {
  attempt: string
  runner: string
  deployment: string
  planHash: string
  ttlMs: number
  given?: { runner: string; fence: number }
}
type Offered = Offer & {
  runner: string
  deployment: string
  /** When its runner last said that it has the offer; null: never, or not in this session. */
  acceptedAt: number | null
}

/**
 * Of each runner: its session's epoch, its fence counter, and what waits to be told to it. Offers
 * are only held: each is the deployment's own fact, and it is asked for them when the object has
 * come up again.
 */
export class Mailbox {
  readonly #sql: Sql
  readonly #offers = new Map<string, Offered>()
  readonly #fences = new Map<string, { next: number; end: number }>()
  /** When something was last handed out; lost with the object, and then handed out again. */
  readonly #delivered = new Map<string, number>()

  constructor(sql: Sql) {
    this.#sql = sql
    sql.exec(`CREATE TABLE IF NOT EXISTS runners (id TEXT PRIMARY KEY, epoch INTEGER NOT NULL DEFAULT 0,
      fence INTEGER NOT NULL DEFAULT 0, last_seen_at INTEGER) WITHOUT ROWID`)
    sql.exec(`CREATE TABLE IF NOT EXISTS controls (id TEXT PRIMARY KEY, runner TEXT NOT NULL, type TEXT NOT NULL,
      attempt TEXT, body TEXT NOT NULL) WITHOUT ROWID`)
    sql.exec('CREATE INDEX IF NOT EXISTS controls_by_runner ON controls (runner)')
  }

  find(runner: string): RunnerRow | undefined {
    return this.#rows<RunnerRow>('SELECT * FROM runners WHERE id = ?', runner)[0]
  }

  list(): RunnerRow[] {
    return this.#rows<RunnerRow>('SELECT * FROM runners')
  }

  /** A new session ends the older one; what was handed out in that one is handed out again, unless
   *  the journal has it. */
  openSession(runner: string, listed: string[], now: number): number {
    const journalled = JSON.stringify(listed)
    this.#sql.exec(
      `INSERT INTO runners (id, epoch, last_seen_at) VALUES (?, 1, ?)
        ON CONFLICT DO UPDATE SET epoch = epoch + 1, last_seen_at = excluded.last_seen_at`,
      ...[runner, now],
    )
    for (const offered of this.#offersOf(runner))
      offered.acceptedAt = listed.includes(offered.attempt) ? now : null
    this.#sql.exec(
      `DELETE FROM controls WHERE runner = ? AND type = 'sealed'
        AND attempt NOT IN (SELECT value FROM json_each(?))`,
      ...[runner, journalled],
    )
    for (const { key } of this.#keysOf(runner)) this.#delivered.delete(key)
    return this.find(runner)?.epoch ?? 1
  }

  /** Makes an offer, or finds the one that was made: the same attempt keeps runner and fence. One
   *  that was accepted long ago and is still wanted may have been forgotten: it is made again. */
  offer(want: Want, now: number): { runner: string; fence: number; isNew: boolean } {
    const { attempt, deployment, planHash, ttlMs, given } = want
    const known = this.#offers.get(attempt)
    if (known) {
      const isLost = known.acceptedAt !== null && now - known.acceptedAt >= ttlMs
      if (isLost) known.acceptedAt = null
      return { runner: known.runner, fence: known.fence, isNew: isLost }
    }
    const runner = given?.runner ?? want.runner
    const fence = given?.fence ?? this.#nextFence(runner)
    const offered = { attempt, runner, deployment, fence, planHash, ttlMs, acceptedAt: null }
    this.#offers.set(attempt, offered)
    return { runner, fence, isNew: true }
  }

  /** Takes back every offer of the deployment that is not wanted any more. */
  keepOnly(deployment: string, wanted: string[]): void {
    const kept = new Set(wanted)
    for (const offered of this.#offers.values())
      if (offered.deployment === deployment && !kept.has(offered.attempt))
        this.withdraw([offered.attempt])
  }

  withdraw(attempts: string[]): void {
    for (const attempt of attempts) {
      this.#offers.delete(attempt)
      this.#delivered.delete(attempt)
    }
  }

  forget(runner: string, attempt: string): void {
    if (this.#offers.get(attempt)?.runner === runner) this.withdraw([attempt])
  }

  control(runner: string, control: Control): void {
    this.#sql.exec(
      'INSERT INTO controls VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
      ...[
        control.id,
        runner,
        control.type,
        'attempt' in control ? control.attempt : null,
        JSON.stringify(control),
      ],
    )
  }

  acknowledge(runner: string, accepted: string[], handled: string[], now: number): void {
    for (const attempt of accepted) {
      const offered = this.#offers.get(attempt)
      if (offered?.runner === runner) offered.acceptedAt = now
    }
    if (handled.length > 0)
      this.#sql.exec(
        'DELETE FROM controls WHERE runner = ? AND id IN (SELECT value FROM json_each(?))',
        ...[runner, JSON.stringify(handled)],
      )
    for (const key of [...accepted, ...handled]) this.#delivered.delete(key)
  }

  /** What is to be told now, and marks it told. */
  collect(runner: string, now: number): Pick<PollReply, 'offers' | 'controls'> {
    const isDue = (key: string) =>
      now >= (this.#delivered.get(key) ?? Number.NEGATIVE_INFINITY) + REDELIVER_MS
    const offers = this.#offersOf(runner)
      .filter(({ attempt, acceptedAt }) => acceptedAt === null && isDue(attempt))
      .sort((left, right) => left.fence - right.fence)
      .slice(0, PER_POLL)
      .map(({ attempt, fence, planHash, ttlMs }): Offer => ({ attempt, fence, planHash, ttlMs }))
    const controls = this.#rows<{ id: string; body: string }>(
      'SELECT id, body FROM controls WHERE runner = ? LIMIT ?',
      ...[runner, PER_POLL],
    )
      .filter(({ id }) => isDue(id))
      .map(({ body }) => JSON.parse(body) as Control)
    for (const { attempt } of offers) this.#delivered.set(attempt, now)
    for (const { id } of controls) this.#delivered.set(id, now)
    return { offers, controls }
  }

  /** When something that was told but not acknowledged is to be told again; Infinity: never. */
  redeliverAt(runner: string): number {
    return Math.min(
      ...this.#keysOf(runner).map(({ key }) => (this.#delivered.get(key) ?? 0) + REDELIVER_MS),
    )
  }

  openOffersOf(runner: string): number {
    return this.#offersOf(runner).length
  }

  saveSeen(seen: ReadonlyMap<string, number>): void {
    for (const [runner, at] of seen)
      this.#sql.exec('UPDATE runners SET last_seen_at = ? WHERE id = ?', at, runner)
  }

  #offersOf(runner: string): Offered[] {
    return [...this.#offers.values()].filter(offered => offered.runner === runner)
  }

  #keysOf(runner: string): { key: string }[] {
    const offers = this.#offersOf(runner).filter(({ acceptedAt }) => acceptedAt === null)
    const controls = this.#rows<{ key: string }>(
      'SELECT id AS key FROM controls WHERE runner = ? LIMIT ?',
      ...[runner, PER_POLL],
    )
    return [...offers.map(({ attempt }) => ({ key: attempt })), ...controls]
  }

  #nextFence(runner: string): number {
    let left = this.#fences.get(runner)
    if (!left || left.next > left.end) {
      const [counter] = this.#rows<{ fence: number }>(
        `INSERT INTO runners (id, fence) VALUES (?1, ?2)
          ON CONFLICT DO UPDATE SET fence = fence + ?2 RETURNING fence`,
        ...[runner, FENCES],
      )
      const end = counter?.fence ?? FENCES
      left = { next: end - FENCES + 1, end }
      this.#fences.set(runner, left)
    }
    return left.next++
  }

  #rows<T>(query: string, ...values: (string | number | null)[]): T[] {
    return this.#sql.exec(query, ...values).toArray() as T[]
  }
}
