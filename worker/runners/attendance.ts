import type { Report } from '../../runner/protocol/messages.ts'
import { commit, openDatabase } from '../database/client.ts'
import type { Environment } from '../environment.ts'
import {
  FLUSH_MS,
  type Health,
  healthOf,
  healthWrites,
  Liveness,
  seenWrites,
  UNAVAILABLE,
} from './liveness.ts'

/** Who was heard of when, and how well they are: held here, and written down for everybody. */
export class Attendance {
  readonly #ctx: DurableObjectState
  readonly #env: Environment
  readonly #liveness = new Liveness()
  /** What each runner last said of its machine. */
  readonly #reports = new Map<string, Report>()

  constructor(ctx: DurableObjectState, env: Environment) {
    this.#ctx = ctx
    this.#env = env
  }

  /** Heard of before this object came up. */
  remember(runner: string, at: number): void {
    this.#liveness.remember(runner, at)
  }

  isConnected(runner: string, now: number): boolean {
    return this.#liveness.isConnected(runner, now)
  }

  lastSeenAt(runner: string): number | null {
    return this.#liveness.seen.get(runner) ?? null
  }

  /** What it says of its machine; nothing: all is well there. */
  note(runner: string, report: Report | undefined): void {
    if (report) this.#reports.set(runner, report)
    else this.#reports.delete(runner)
  }

  /** Why it takes no work, as it says itself. */
  problemOf(runner: string): string | undefined {
    return this.#reports.get(runner)?.problem
  }

  /** How it is now; `reason`: it is kept out. */
  healthOf(runner: string, now: number, reason?: string): Health {
    if (reason !== undefined) return { status: 'Unhealthy', summary: reason }
    return this.isConnected(runner, now) ? healthOf(this.#reports.get(runner)) : UNAVAILABLE
  }

  see(runner: string, now: number, health = healthOf(this.#reports.get(runner))): void {
    const news = this.#liveness.see(runner, now, health)
    if (news) this.#ctx.waitUntil(this.#announce(runner, now, news))
  }

  /** Writes down who was seen and who has gone. `why` has the last word on what is said of the latter;
   *  `save` keeps who was seen here too. */
  async flush(
    now: number,
    why: (runner: string) => string | undefined,
    save: (seen: ReadonlyMap<string, number>) => void,
  ): Promise<void> {
    const seen = this.#liveness.takeDirty()
    const gone = this.#liveness.lapse(now)
    for (const runner of gone.keys()) {
      const reason = why(runner)
      if (reason !== undefined) gone.set(runner, { status: 'Unhealthy', summary: reason })
    }
    save(seen)
    if (this.#liveness.isWatching) await this.#ctx.storage.setAlarm(now + FLUSH_MS)
    // Thrown, the alarm would be tried again a few times only, and then never.
    if (!(await this.#tell(seen, gone))) await this.#ctx.storage.setAlarm(now + FLUSH_MS)
  }

  async #announce(runner: string, now: number, health: Health): Promise<void> {
    if ((await this.#ctx.storage.getAlarm()) === null)
      await this.#ctx.storage.setAlarm(now + FLUSH_MS)
    await this.#tell(new Map([[runner, now]]), new Map([[runner, health]]))
  }

  /** False when it has to be told again. */
  async #tell(
    seen: ReadonlyMap<string, number>,
    health: ReadonlyMap<string, Health>,
  ): Promise<boolean> {
    try {
      const db = openDatabase(this.#env)
      await commit(db, [...seenWrites(db, seen), ...healthWrites(db, health)])
      return true
    } catch (error) {
      console.error(JSON.stringify({ hub: String(error) }))
      this.#liveness.untold(seen, health)
      return false
    }
  }
}
