import { sql } from 'drizzle-orm'
import type { Report } from '../../runner/protocol/messages.ts'
import type { Database, Write } from '../database/client.ts'

/** A runner that has not begun a poll for this long holds none that lives, in milliseconds. */
export const CONNECTED_MS = 35_000
/** After this long without a word its targets are shown as unavailable. */
export const UNAVAILABLE_MS = 60_000
/** How often what was seen is written down for everybody, in milliseconds. */
export const FLUSH_MS = 15_000

/** How a runner stands, and why, in words. */
export type Health = {
  status: 'Healthy' | 'HasWarnings' | 'Unhealthy' | 'Unavailable'
  summary: string
}

const HEALTHY: Health = { status: 'Healthy', summary: 'The runner is connected.' }
export const UNAVAILABLE: Health = {
  status: 'Unavailable',
  summary: 'The runner has not been heard of lately.',
}

/** A problem keeps work away, a warning does not. */
export const healthOf = (report: Report | undefined): Health => {
  if (report?.problem) return { status: 'Unhealthy', summary: report.problem }
  if (report && report.warnings.length > 0)
    return { status: 'HasWarnings', summary: report.warnings.join(' ').slice(0, 1_000) }
  return HEALTHY
}

/** When each runner was last heard of, and what has been said of its health. */
export class Liveness {
  readonly seen = new Map<string, number>()
  readonly #told = new Map<string, Health>()
  readonly #dirty = new Set<string>()

  /** How it stands now, if that is news: it is new, was away, or reports something else. */
  see(runner: string, now: number, health: Health = HEALTHY): Health | undefined {
    this.seen.set(runner, now)
    this.#dirty.add(runner)
    const told = this.#told.get(runner)
    if (told?.status === health.status && told.summary === health.summary) return undefined
    this.#told.set(runner, health)
    return health
  }

  isConnected(runner: string, now: number): boolean {
    return now - (this.seen.get(runner) ?? Number.NEGATIVE_INFINITY) < CONNECTED_MS
  }

  /** Runners heard of before this object came up, so that silence is noticed. */
  remember(runner: string, at: number): void {
    if (!this.seen.has(runner)) this.seen.set(runner, at)
  }

  /** Those that have just become unavailable; each is named once. */
  lapse(now: number): Map<string, Health> {
    const gone = new Map<string, Health>()
    for (const [runner, at] of this.seen)
      if (now - at >= UNAVAILABLE_MS && this.#told.get(runner)?.status !== 'Unavailable') {
        this.#told.set(runner, UNAVAILABLE)
        gone.set(runner, UNAVAILABLE)
      }
    return gone
  }

  takeDirty(): Map<string, number> {
    const taken = new Map<string, number>()
    for (const runner of this.#dirty) taken.set(runner, this.seen.get(runner) ?? 0)
    this.#dirty.clear()
    return taken
  }

  /** What could not be written down is to be written the next time. */
  untold(seen: ReadonlyMap<string, number>, health: ReadonlyMap<string, Health>): void {
    for (const runner of seen.keys()) this.#dirty.add(runner)
    for (const runner of health.keys()) this.#told.delete(runner)
  }

  /** Some runner may yet become unavailable. */
  get isWatching(): boolean {
    const isThere = [...this.#told.values()].some(({ status }) => status !== 'Unavailable')
    return isThere || this.seen.size > this.#told.size
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

/** The health of all targets and workers that these runners stand behind, in one statement each. */
export const healthWrites = (db: Database, health: ReadonlyMap<string, Health>): Write[] => {
  if (health.size === 0) return []
  const rows = JSON.stringify([...health].map(([runner, each]) => ({ runner, ...each })))
  const told = sql`(SELECT value ->> 'runner' AS runner, value ->> 'status' AS status,
    value ->> 'summary' AS summary FROM json_each(${rows})) AS j`
  const changed = sql`(health_status <> j.status OR status_summary <> j.summary)`
  return [
    db.run(sql`UPDATE targets SET health_status = j.status, status_summary = j.summary
      FROM ${told} WHERE targets.runner_id = j.runner AND ${changed}`),
    db.run(sql`UPDATE workers SET health_status = j.status, status_summary = j.summary
      FROM ${told} WHERE workers.runner_id = j.runner AND ${changed}`),
  ]
}
