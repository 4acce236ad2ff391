import { sql } from 'drizzle-orm'
import type { Database, Write } from '../database/client.ts'

/** A runner that has not begun a poll for this long holds none that lives, in milliseconds. */
export const CONNECTED_MS = 35_000
/** After this long without a word its targets are shown as unavailable. */
export const UNAVAILABLE_MS = 60_000
/** How often what was seen is written down for everybody, in milliseconds. */
export const FLUSH_MS = 15_000

export type Health = 'Healthy' | 'Unavailable'

/** When each runner was last heard of, and what has been said of its health. */
export class Liveness {
  readonly seen = new Map<string, number>()
  readonly #told = new Map<string, Health>()
  readonly #dirty = new Set<string>()

  /** True when this changes how it stands: it is new, or it was away. */
  see(runner: string, now: number): boolean {
    this.seen.set(runner, now)
    this.#dirty.add(runner)
    if (this.#told.get(runner) === 'Healthy') return false
    this.#told.set(runner, 'Healthy')
    return true
  }

  isConnected(runner: string, now: number): boolean {
    return now - (this.seen.get(runner) ?? Number.NEGATIVE_INFINITY) < CONNECTED_MS
  }

  /** Runners heard of before this object came up, so that silence is noticed. */
  remember(runner: string, at: number): void {
    if (!this.seen.has(runner)) this.seen.set(runner, at)
  }

  /** Those that have just become unavailable; each is named once. */
  lapse(now: number): string[] {
    const gone = [...this.seen].flatMap(([runner, at]) =>
      now - at >= UNAVAILABLE_MS && this.#told.get(runner) !== 'Unavailable' ? [runner] : [],
    )
    for (const runner of gone) this.#told.set(runner, 'Unavailable')
    return gone
  }

  takeDirty(): Map<string, number> {
    const taken = new Map<string, number>()
    for (const runner of this.#dirty) taken.set(runner, this.seen.get(runner) ?? 0)
    this.#dirty.clear()
    return taken
  }

  /** What could not be written down is to be written the next time. */
  untold(seen: ReadonlyMap<string, number>, lapsed: string[]): void {
    for (const runner of seen.keys()) this.#dirty.add(runner)
    for (const runner of lapsed) this.#told.delete(runner)
  }

  /** Some runner may yet become unavailable. */
  get isWatching(): boolean {
    return [...this.#told.values()].includes('Healthy') || this.seen.size > this.#told.size
  }
}

export const seenWrites = (db: Database, seen: ReadonlyMap<string, number>): Write[] =>
  seen.size === 0
    ? []
    : [
        db.run(sql`UPDATE runners SET last_seen_at = CAST(j.at AS INTEGER)
          FROM (SELECT key AS id, value AS at FROM json_each(${JSON.stringify(Object.fromEntries(seen))})) AS j
          WHERE runners.id = j.id AND coalesce(runners.last_seen_at, 0) < j.at`),
      ]

/** The health of all targets and workers that these runners stand behind. */
export const healthWrites = (db: Database, runners: string[], health: Health): Write[] => {
  if (runners.length === 0) return []
  const ids = JSON.stringify(runners)
  const summary =
    health === 'Healthy' ? 'The runner is connected.' : 'The runner has not been heard of lately.'
  return [
    db.run(sql`UPDATE targets SET health_status = ${health}, status_summary = ${summary}
      WHERE runner_id IN (SELECT value FROM json_each(${ids})) AND health_status <> ${health}`),
    db.run(sql`UPDATE workers SET health_status = ${health}, status_summary = ${summary}
      WHERE runner_id IN (SELECT value FROM json_each(${ids})) AND health_status <> ${health}`),
  ]
}
