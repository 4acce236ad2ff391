import type { Control, Offer, PollReply } from '../../runner/protocol/messages.ts'
import type { Sql } from './locks.ts'

/** How long something handed out in a poll is not handed out again, in milliseconds. */
export const REDELIVER_MS = 5_000
const PER_POLL = 100

export type RunnerRow = { id: string; epoch: number; fence: number; last_seen_at: number | null }

/** Of each runner: its session's epoch, its fence counter, and what waits to be told to it. */
export class Mailbox {
  readonly #sql: Sql
  /** When something was last handed out; lost with the object, and then handed out again. */
  readonly #delivered = new Map<string, number>()

  constructor(sql: Sql) {
    this.#sql = sql
    sql.exec(`CREATE TABLE IF NOT EXISTS runners (id TEXT PRIMARY KEY, epoch INTEGER NOT NULL DEFAULT 0,
      fence INTEGER NOT NULL DEFAULT 0, last_seen_at INTEGER) WITHOUT ROWID`)
    sql.exec(`CREATE TABLE IF NOT EXISTS offers (attempt TEXT PRIMARY KEY, runner TEXT NOT NULL, deployment TEXT NOT NULL,
      fence INTEGER NOT NULL, plan_hash TEXT NOT NULL, ttl_ms INTEGER NOT NULL, accepted INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID`)
    sql.exec('CREATE INDEX IF NOT EXISTS offers_by_runner ON offers (runner, accepted)')
    sql.exec('CREATE INDEX IF NOT EXISTS offers_by_deployment ON offers (deployment)')
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
    this.#sql.exec(
      'UPDATE offers SET accepted = attempt IN (SELECT value FROM json_each(?)) WHERE runner = ?',
      ...[journalled, runner],
    )
    this.#sql.exec(
      `DELETE FROM controls WHERE runner = ? AND type = 'sealed'
        AND attempt NOT IN (SELECT value FROM json_each(?))`,
      ...[runner, journalled],
    )
    for (const { key } of this.#keysOf(runner)) this.#delivered.delete(key)
    return this.find(runner)?.epoch ?? 1
  }

  /** Makes an offer, or finds the one that was made: the same attempt keeps runner and fence. */
  offer(want: {
    attempt: string
    runner: string
    deployment: string
    planHash: string
    ttlMs: number
  }): { runner: string; fence: number; isNew: boolean } {
    const [known] = this.#rows<{ runner: string; fence: number }>(
      'SELECT runner, fence FROM offers WHERE attempt = ?',
      want.attempt,
    )
    if (known) return { ...known, isNew: false }
    const [counter] = this.#rows<{ fence: number }>(
      `INSERT INTO runners (id, fence) VALUES (?, 1)
        ON CONFLICT DO UPDATE SET fence = fence + 1 RETURNING fence`,
      want.runner,
    )
    const fence = counter?.fence ?? 1
    this.#sql.exec(
      'INSERT INTO offers (attempt, runner, deployment, fence, plan_hash, ttl_ms) VALUES (?, ?, ?, ?, ?, ?)',
      ...[want.attempt, want.runner, want.deployment, fence, want.planHash, want.ttlMs],
    )
    return { runner: want.runner, fence, isNew: true }
  }

  /** Takes back every offer of the deployment that is not wanted any more. */
  keepOnly(deployment: string, wanted: string[]): void {
    const gone = this.#rows<{ attempt: string }>(
      `DELETE FROM offers WHERE deployment = ? AND attempt NOT IN (SELECT value FROM json_each(?))
        RETURNING attempt`,
      ...[deployment, JSON.stringify(wanted)],
    )
    for (const { attempt } of gone) this.#delivered.delete(attempt)
  }

  withdraw(attempts: string[]): void {
    this.#sql.exec(
      'DELETE FROM offers WHERE attempt IN (SELECT value FROM json_each(?))',
      JSON.stringify(attempts),
    )
    for (const attempt of attempts) this.#delivered.delete(attempt)
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

  acknowledge(runner: string, accepted: string[], handled: string[]): void {
    if (accepted.length > 0)
      this.#sql.exec(
        'UPDATE offers SET accepted = 1 WHERE runner = ? AND attempt IN (SELECT value FROM json_each(?))',
        ...[runner, JSON.stringify(accepted)],
      )
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
    const offers = this.#rows<{
      attempt: string
      fence: number
      plan_hash: string
      ttl_ms: number
    }>(
      'SELECT attempt, fence, plan_hash, ttl_ms FROM offers WHERE runner = ? AND accepted = 0 ORDER BY fence LIMIT ?',
      ...[runner, PER_POLL],
    )
      .filter(({ attempt }) => isDue(attempt))
      .map(
        (row): Offer => ({
          attempt: row.attempt,
          fence: row.fence,
          planHash: row.plan_hash,
          ttlMs: row.ttl_ms,
        }),
      )
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
    return (
      this.#rows<{ count: number }>(
        'SELECT count(*) AS count FROM offers WHERE runner = ?',
        runner,
      )[0]?.count ?? 0
    )
  }

  saveSeen(seen: ReadonlyMap<string, number>): void {
    for (const [runner, at] of seen)
      this.#sql.exec('UPDATE runners SET last_seen_at = ? WHERE id = ?', at, runner)
  }

  #keysOf(runner: string): { key: string }[] {
    return this.#rows<{ key: string }>(
      `SELECT attempt AS key FROM offers WHERE runner = ?1 AND accepted = 0
        UNION ALL SELECT id FROM controls WHERE runner = ?1 LIMIT ?2`,
      ...[runner, 2 * PER_POLL],
    )
  }

  #rows<T>(query: string, ...values: (string | number | null)[]): T[] {
    return this.#sql.exec(query, ...values).toArray() as T[]
  }
}
