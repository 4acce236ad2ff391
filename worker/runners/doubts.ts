import type { Sql } from './locks.ts'

/** An attempt of unknown outcome, and the target that it may still work on. */
export type Doubt = { target: string; attempt: string; runner: string }

/**
 * What keeps targets in quarantine. One target may be in doubt several times: steps side by side, or
 * a worker that acts on behalf of it. It is free when nothing of that is left.
 */
export class Doubts {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
    sql.exec(`CREATE TABLE IF NOT EXISTS doubts (target TEXT NOT NULL, deployment TEXT NOT NULL,
      attempt TEXT NOT NULL, runner TEXT, PRIMARY KEY (target, attempt)) WITHOUT ROWID`)
    // An earlier version knew one of each target.
    sql.exec(`INSERT INTO doubts SELECT target, deployment, attempt, runner FROM held
      WHERE attempt IS NOT NULL ON CONFLICT DO NOTHING`)
  }

  /** About a target that the deployment holds. */
  add(deployment: string, { target, attempt, runner }: Doubt): void {
    this.#sql.exec(
      `INSERT INTO doubts SELECT target, deployment, ?, ? FROM held
        WHERE target = ? AND deployment = ? ON CONFLICT DO NOTHING`,
      ...[attempt, runner, target, deployment],
    )
  }

  /** A runner has said which attempts still run there: every other doubt about it is over. */
  keepOnly(runner: string, running: string[]): void {
    this.#sql.exec(
      `DELETE FROM doubts WHERE runner = ? AND attempt NOT IN (SELECT value FROM json_each(?))`,
      ...[runner, JSON.stringify(running)],
    )
    this.#settle()
  }

  /** Nothing of these runs on their runner any more. */
  end(runner: string, attempts: string[]): void {
    this.#sql.exec(
      `DELETE FROM doubts WHERE runner = ? AND attempt IN (SELECT value FROM json_each(?))`,
      ...[runner, JSON.stringify(attempts)],
    )
    this.#settle()
  }

  lift(attempt: string): void {
    this.#sql.exec('DELETE FROM doubts WHERE attempt = ?', attempt)
    this.#settle()
  }

  liftTarget(target: string): void {
    this.#sql.exec('DELETE FROM doubts WHERE target = ?', target)
    this.#settle()
  }

  /** Frees what nothing is in doubt about any more; what is still held names what keeps it. */
  #settle(): void {
    const left = 'FROM doubts AS d WHERE d.target = held.target AND d.deployment = held.deployment'
    this.#sql.exec(`DELETE FROM held WHERE attempt IS NOT NULL AND NOT EXISTS (SELECT 1 ${left})`)
    this.#sql.exec(
      `UPDATE held SET attempt = (SELECT min(d.attempt) ${left})
        WHERE attempt IS NOT NULL AND NOT EXISTS (SELECT 1 ${left} AND d.attempt = held.attempt)`,
    )
  }
}
