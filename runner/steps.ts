import { rm, rmSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { isUnstarted } from './core/attempts.ts'
import type { Effect, Event } from './core/events.ts'
import type { Attempt } from './core/state.ts'
import type { Granted } from './grants.ts'
import { folderName, type Home } from './home.ts'
import { signal } from './process/leftovers.ts'
import { watchSupervisor } from './supervisor/adoption.ts'
import { settleLost, settleUnstarted } from './supervisor/lost.ts'
import { SupervisorPool } from './supervisor/pool.ts'

/** How long after it was forgotten an attempt's folders are removed. */
const TIDY_MS = 250

type Of<T extends Effect['type']> = Extract<Effect, { type: T }>

export type StepsOptions = {
  home: Home
  /** The file a supervisor is started from. */
  program: string
  say: (line: string) => void
  dispatch: (event: Event) => void
  /** What the core knows of an attempt. */
  find: (attempt: string) => Attempt | undefined
}

/** The steps of this machine: in the hands of our supervisors, or of those of a daemon before. */
export class Steps {
  readonly #options: StepsOptions
  readonly #pool: SupervisorPool
  readonly #watches = new Map<string, () => void>()
  readonly #adopted = new Map<string, number>()
  #isClosed = false

  constructor(options: StepsOptions) {
    this.#options = options
    const { home, program, dispatch } = options
    this.#pool = new SupervisorPool(home, program, {
      onGone: attempt => this.#supervisorGone(attempt),
      onHint: hint =>
        dispatch(hint.type === 'taken' ? { type: 'launched', attempt: hint.attempt } : hint),
    })
    this.#pool.warm()
  }

  /** They go on without us: their supervisors finish by themselves. */
  close(): void {
    this.#isClosed = true
    for (const stop of this.#watches.values()) stop()
    this.#pool.close()
  }

  folder(attempt: string): string {
    return join(this.#options.home.attempts, folderName(attempt))
  }

  prepare(attempt: string): void {
    const supervisor = this.#pool.prepare(attempt)
    if (supervisor) this.#options.dispatch({ type: 'prepared', attempt, supervisor })
    else setTimeout(() => this.prepare(attempt), 1_000)
  }

  /** Without its grant nothing can begin, and nothing does. */
  launch({ type: _, attempt, ...before }: Of<'launch'>, granted: Granted | undefined): void {
    if (!granted) return
    const { grant, claimedAt } = granted
    this.#options.say(`${attempt}: ${grant.stepName} (${grant.actionType})`)
    if (this.#pool.has(attempt))
      this.#pool.launch(grant, { ...before, elapsedMs: performance.now() - claimedAt })
    else this.#settleLost(attempt, 'supervisor-lost')
  }

  adopt({ attempt, supervisor }: Of<'adopt'>): void {
    const { say, dispatch } = this.#options
    say(`${attempt}: found running, adopted`)
    this.#adopted.set(attempt, supervisor.pid)
    const stop = watchSupervisor(this.folder(attempt), supervisor, {
      onSpooled: bytes => dispatch({ type: 'spooled', attempt, bytes }),
      onEnded: result => dispatch({ type: 'ended', attempt, result }),
      onGone: () => this.#settleLost(attempt, 'supervisor-lost'),
    })
    this.#watches.set(attempt, stop)
  }

  cancel(attempt: string, reason: string): void {
    this.#options.say(`${attempt}: canceling (${reason})`)
    this.#end(attempt, reason)
  }

  kill(attempt: string): void {
    this.#end(attempt, 'No longer wanted by the server')
  }

  abandon({ attempt, outcome, reason }: Of<'abandon'>): void {
    const result = settleUnstarted(this.folder(attempt), { outcome, reason })
    this.#options.dispatch({ type: 'ended', attempt, result })
  }

  forget(attempt: string): void {
    this.#watches.get(attempt)?.()
    this.#watches.delete(attempt)
    this.#adopted.delete(attempt)
    this.#pool.release(attempt)
    // The next step is likely to come right now: tidying up can wait, and is done at the next start
    // if it must.
    const folders = [this.folder(attempt), join(this.#options.home.work, folderName(attempt))]
    setTimeout(() => {
      // What was refused may have been offered again meanwhile: the folders are the new one's.
      if (this.#options.find(attempt)) return
      for (const folder of folders) rm(folder, { recursive: true, force: true }, () => {})
    }, TIDY_MS)
  }

  #end(attempt: string, reason: string): void {
    if (this.#pool.cancel(attempt, reason)) return
    const pid = this.#adopted.get(attempt)
    if (pid !== undefined) signal(pid, 'SIGTERM')
  }

  /** One that has started nothing is replaced; what another had in its hands may have run. */
  #supervisorGone(attempt: string): void {
    const known = this.#options.find(attempt)
    if (known && isUnstarted(known)) this.#options.dispatch({ type: 'supervisor-gone', attempt })
    else this.#settleLost(attempt, 'supervisor-lost')
  }

  #settleLost(attempt: string, reason: string): void {
    const { home, find, dispatch } = this.#options
    if (this.#isClosed || !find(attempt)) return
    const result = settleLost(this.folder(attempt), reason)
    // Its scripts may hold secrets, and it may be long before anybody wants it forgotten.
    rmSync(join(home.work, folderName(attempt)), { recursive: true, force: true })
    dispatch({ type: 'ended', attempt, result })
  }
}
