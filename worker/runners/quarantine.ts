import type { Sql } from './locks.ts'

/** Within this time sessions that change hands to and fro are held against each other. */
export const WINDOW_MS = 300_000
/** So many changes of hands, one of them back, are no restart. */
export const MAX_CHANGES = 3
const MAX_REMEMBERED = 20

type Opening = { instance: string; at: number }

export const CLONED =
  'Two machines use the key of this runner in turn, so neither is given work. Stop the copy, ' +
  'or register it anew, then release the runner.'

/**
 * Finds runners that exist twice. A process that was restarted never comes back; when sessions change
 * from one process to another and back, both live. Such a runner stays out until a person lets it
 * in again.
 */
export class Quarantine {
  readonly #sql: Sql
  readonly #openings = new Map<string, Opening[]>()
  readonly #quarantined = new Map<string, string>()

  constructor(sql: Sql) {
    this.#sql = sql
    sql.exec(
      'CREATE TABLE IF NOT EXISTS quarantine (runner TEXT PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID',
    )
    for (const row of sql.exec('SELECT runner, reason FROM quarantine').toArray())
      this.#quarantined.set(String(row.runner), String(row.reason))
  }

  /** Why this runner is kept out, if it is. */
  reasonOf(runner: string): string | undefined {
    return this.#quarantined.get(runner)
  }

  /** A session is about to begin. The reason, when this one shows that there are two. */
  note(runner: string, instance: string, now: number): string | undefined {
    const recent = (this.#openings.get(runner) ?? []).filter(({ at }) => now - at < WINDOW_MS)
    if (recent.at(-1)?.instance !== instance) recent.push({ instance, at: now })
    this.#openings.set(runner, recent.slice(-MAX_REMEMBERED))
    const isBack = new Set(recent.map(each => each.instance)).size < recent.length
    if (!isBack || recent.length <= MAX_CHANGES) return undefined
    this.#sql.exec(
      'INSERT INTO quarantine VALUES (?, ?) ON CONFLICT DO NOTHING',
      ...[runner, CLONED],
    )
    this.#quarantined.set(runner, CLONED)
    return CLONED
  }

  /** Somebody has looked: it may come in again. */
  release(runner: string): void {
    this.#sql.exec('DELETE FROM quarantine WHERE runner = ?', runner)
    this.#quarantined.delete(runner)
    this.#openings.delete(runner)
  }
}
