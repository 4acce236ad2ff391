import type { KeyObject } from 'node:crypto'
import { rm, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { Conversation } from './conversation.ts'
import { wakeAt } from './core/advance.ts'
import { isUnstarted } from './core/attempts.ts'
import { step } from './core/core.ts'
import type { Effect, Event } from './core/events.ts'
import { initialState } from './core/state.ts'
import { folderName, type Home } from './home.ts'
import type { Identity } from './identity.ts'
import { inspect, unwritable } from './inspection.ts'
import { type Journal, type JournalEntry, openJournal } from './journal.ts'
import { signal } from './process/leftovers.ts'
import type { Grant, SessionReply } from './protocol/messages.ts'
import { recover } from './recovery.ts'
import { exitFile } from './result.ts'
import type { Server } from './server.ts'
import { readRecords, readSpool } from './spool-reader.ts'
import { watchSupervisor } from './supervisor/adoption.ts'
import { artifactFile } from './supervisor/artifacts.ts'
import { settleLost, settleUnstarted } from './supervisor/lost.ts'
import { SupervisorPool } from './supervisor/pool.ts'
import { confirmUpdate, mayUpdate } from './update.ts'
import { Updater } from './updater.ts'
import { PackageCache } from './workspace/package-cache.ts'

export type DaemonOptions = {
  home: Home
  identity: Identity
  key: KeyObject
  server: Server
  /** The file a supervisor is started from. */
  program: string
  say: (line: string) => void
  /** A new program lies in the place of ours: this one is to be closed. */
  onUpdated?: () => void
}

/** How long after it was forgotten an attempt's folders are removed. */
const TIDY_MS = 250
/** How often the machine is looked at, in milliseconds: ordinarily, and while something is wrong. */
const INSPECT_MS = 30_000
const TROUBLED_MS = 5_000
/** A log that the server has not sealed is kept for so long, in milliseconds. */
const KEEP_MS = 24 * 3_600_000

/** The shell around the core: carries out its effects and tells it what became of them. */
export class Daemon {
  readonly #home: Home
  readonly #conversation: Conversation
  readonly #pool: SupervisorPool
  readonly #journal: Journal
  readonly #cache: PackageCache
  readonly #grants = new Map<string, Grant & { claimedAt: number }>()
  readonly #watches = new Map<string, () => void>()
  readonly #adopted = new Map<string, number>()
  readonly #queue: Event[] = []
  readonly #say: (line: string) => void
  readonly #updater: Updater | undefined
  #state = initialState()
  #working = false
  #closed = false
  #timer: NodeJS.Timeout | undefined
  #inspection: NodeJS.Timeout | undefined
  #problem: string | undefined

  constructor(options: DaemonOptions) {
    this.#home = options.home
    this.#say = options.say
    this.#conversation = new Conversation(options)
    const { home, program, identity, onUpdated } = options
    if (onUpdated && mayUpdate(home, program, identity.updates !== false))
      this.#updater = new Updater({
        ...options,
        pinnedKey: identity.releaseKey,
        isIdle: () => this.#isIdle(),
        onSwapped: onUpdated,
      })
    this.#cache = new PackageCache(options.home.packages)
    this.#pool = new SupervisorPool(options.home, options.program, {
      onGone: attempt => this.#supervisorGone(attempt),
      onHint: hint => {
        if (hint.type === 'taken') this.dispatch({ type: 'launched', attempt: hint.attempt })
        else this.dispatch(hint)
      },
    })
    const { attempts, journal } = openJournal(options.home.journal)
    this.#journal = journal
    this.#pool.warm()
    this.dispatch({ type: 'booted', attempts: recover(attempts, options.home) })
    this.#inspect()
  }

  /** Steps go on without us: their supervisors finish by themselves. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    clearTimeout(this.#inspection)
    for (const stop of this.#watches.values()) stop()
    this.#conversation.close()
    this.#pool.close()
    this.#journal.close()
  }

  dispatch(event: Event): void {
    this.#queue.push(event)
    if (this.#working || this.#closed) return
    this.#working = true
    try {
      for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
        const instant = { now: performance.now(), random: Math.random() }
        const { state, effects } = step(this.#state, next, instant)
        this.#state = state
        this.#carryOutAll(effects)
      }
    } finally {
      this.#working = false
    }
    this.#setTimer()
  }

  /** What cannot be journalled is not done: the attempt's other effects are left out. */
  #carryOutAll(effects: readonly Effect[]): void {
    const failed = new Set<string>()
    for (const effect of effects) {
      if ('attempt' in effect && failed.has(effect.attempt)) continue
      if (effect.type === 'poll')
        this.#carryOut({ ...effect, accepted: effect.accepted.filter(id => !failed.has(id)) })
      else if (effect.type !== 'journal') this.#carryOut(effect)
      else {
        const reason = this.#write(effect.entry)
        if (reason === undefined) continue
        const { attempt } = effect.entry
        failed.add(attempt)
        this.#queue.push({ type: 'journal-failed', attempt, reason })
        this.#lookAgain(TROUBLED_MS)
      }
    }
  }

  /** Why it could not be written down, if it could not. */
  #write(entry: JournalEntry): string | undefined {
    try {
      this.#journal.append(entry)
      return undefined
    } catch (error) {
      return unwritable(this.#home.root, error)
    }
  }

  #inspect(): void {
    const report = inspect(this.#home)
    if (report.problem !== undefined && report.problem !== this.#problem) this.#say(report.problem)
    this.#problem = report.problem
    this.dispatch({ type: 'inspected', report })
    for (const { attempt, phase } of Object.values(this.#state.attempts))
      if (phase === 'settled' && isOld(exitFile(this.#folder(attempt))))
        this.dispatch({ type: 'expired', attempt })
    void this.#updater?.attempt()
    this.#lookAgain(report.problem === undefined ? INSPECT_MS : TROUBLED_MS)
  }

  #lookAgain(afterMs: number): void {
    clearTimeout(this.#inspection)
    if (this.#closed) return
    this.#inspection = setTimeout(() => this.#inspect(), afterMs)
    this.#inspection.unref()
  }

  #setTimer(): void {
    clearTimeout(this.#timer)
    const at = wakeAt(this.#state)
    if (!Number.isFinite(at) || this.#closed) return
    const delay = Math.min(Math.max(Math.ceil(at - performance.now()), 0), 60_000)
    this.#timer = setTimeout(() => this.dispatch({ type: 'woken' }), delay)
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'journal':
        return
      case 'prepare':
        this.#prepare(effect.attempt)
        return
      case 'acquire':
        void this.#acquire(effect.attempt)
        return
      case 'abandon':
        this.dispatch({
          type: 'ended',
          attempt: effect.attempt,
          result: settleUnstarted(this.#folder(effect.attempt), effect.reason),
        })
        return
      case 'launch':
        this.#launch(effect.attempt)
        return
      case 'adopt':
        this.#adopt(effect)
        return
      case 'cancel':
        this.#say(`${effect.attempt}: canceling (${effect.reason})`)
        if (!this.#pool.cancel(effect.attempt, effect.reason))
          this.#signalAdopted(effect.attempt, 'SIGTERM')
        return
      case 'kill':
        this.#kill(effect.attempt)
        return
      case 'forget':
        this.#forget(effect.attempt)
        return
      default:
        void this.#converse(effect)
    }
  }

  async #converse(
    effect: Extract<
      Effect,
      { type: 'open-session' | 'poll' | 'claim' | 'upload' | 'hand-in' | 'complete' }
    >,
  ): Promise<void> {
    const { session } = this.#state
    if (effect.type === 'open-session') {
      const event = await this.#conversation.openSession(effect)
      if (event.type === 'session-opened') this.#connected(event.reply)
      this.dispatch(event)
    } else if (!session) return
    else if (effect.type === 'poll') this.dispatch(await this.#conversation.poll(effect, session))
    else if (effect.type === 'claim') {
      const { event, grant } = await this.#conversation.claim(effect, session)
      if (grant && event.type === 'granted')
        this.#grants.set(grant.attempt, { ...grant, claimedAt: event.sentAt })
      this.dispatch(event)
    } else if (effect.type === 'upload')
      this.dispatch(
        await this.#conversation.upload(
          effect,
          readRecords(this.#folder(effect.attempt), effect.offset, effect.limit),
          session,
        ),
      )
    else if (effect.type === 'hand-in')
      this.dispatch(
        await this.#conversation.handIn(
          effect,
          artifactFile(this.#folder(effect.attempt), effect.artifact.sha256),
          session,
        ),
      )
    else
      this.dispatch(
        await this.#conversation.complete(
          effect,
          readSpool(
            this.#folder(effect.attempt),
            effect.from,
            effect.result.finalOffset - effect.from,
          ),
          session,
        ),
      )
  }

  #connected({ release }: SessionReply): void {
    this.#say('Connected.')
    confirmUpdate(this.#home)
    if (!release) return
    this.#updater?.announced(release)
    void this.#updater?.attempt()
  }

  #isIdle(): boolean {
    return Object.values(this.#state.attempts).every(({ phase }) => phase === 'settled')
  }

  #prepare(attempt: string): void {
    const supervisor = this.#pool.prepare(attempt)
    if (supervisor) this.dispatch({ type: 'prepared', attempt, supervisor })
    else setTimeout(() => this.#prepare(attempt), 1_000)
  }

  async #acquire(attempt: string): Promise<void> {
    const grant = this.#grants.get(attempt)
    const { session } = this.#state
    const reason =
      grant && session
        ? await this.#conversation.acquire(grant, this.#cache, session)
        : 'There is no session with the server.'
    if (reason === undefined) this.dispatch({ type: 'acquired', attempt })
    else this.dispatch({ type: 'acquire-failed', attempt, reason })
  }

  #launch(attempt: string): void {
    const grant = this.#grants.get(attempt)
    this.#grants.delete(attempt)
    if (!grant) return
    const { claimedAt, ...plain } = grant
    this.#say(`${attempt}: ${grant.stepName} (${grant.actionType})`)
    if (this.#pool.has(attempt)) this.#pool.launch(plain, performance.now() - claimedAt)
    else this.#settleLost(attempt, 'supervisor-lost')
  }

  #adopt({ attempt, supervisor }: Extract<Effect, { type: 'adopt' }>): void {
    this.#say(`${attempt}: found running, adopted`)
    this.#adopted.set(attempt, supervisor.pid)
    const stop = watchSupervisor(this.#folder(attempt), supervisor, {
      onSpooled: bytes => this.dispatch({ type: 'spooled', attempt, bytes }),
      onEnded: result => this.dispatch({ type: 'ended', attempt, result }),
      onGone: () => this.#settleLost(attempt, 'supervisor-lost'),
    })
    this.#watches.set(attempt, stop)
  }

  /** One that has started nothing is replaced; what another had in its hands may have run. */
  #supervisorGone(attempt: string): void {
    const known = this.#state.attempts[attempt]
    if (known && isUnstarted(known)) this.dispatch({ type: 'supervisor-gone', attempt })
    else this.#settleLost(attempt, 'supervisor-lost')
  }

  #settleLost(attempt: string, reason: string): void {
    if (this.#closed || !this.#state.attempts[attempt]) return
    const result = settleLost(this.#folder(attempt), reason)
    // Its scripts may hold secrets, and it may be long before anybody wants it forgotten.
    rmSync(join(this.#home.work, folderName(attempt)), { recursive: true, force: true })
    this.dispatch({ type: 'ended', attempt, result })
  }

  #kill(attempt: string): void {
    if (!this.#pool.cancel(attempt, 'No longer wanted by the server'))
      this.#signalAdopted(attempt, 'SIGTERM')
  }

  #signalAdopted(attempt: string, name: NodeJS.Signals): void {
    const pid = this.#adopted.get(attempt)
    if (pid !== undefined) signal(pid, name)
  }

  #forget(attempt: string): void {
    this.#watches.get(attempt)?.()
    this.#watches.delete(attempt)
    this.#adopted.delete(attempt)
    this.#grants.delete(attempt)
    this.#pool.release(attempt)
    // The next step is likely to come right now: tidying up can wait, and is done at the next start
    // if it must.
    const folders = [this.#folder(attempt), join(this.#home.work, folderName(attempt))]
    setTimeout(() => {
      // What was refused may have been offered again meanwhile: the folders are the new one's.
      if (this.#state.attempts[attempt]) return
      for (const folder of folders) rm(folder, { recursive: true, force: true }, () => {})
    }, TIDY_MS)
  }

  #folder(attempt: string): string {
    return join(this.#home.attempts, folderName(attempt))
  }
}

const isOld = (path: string): boolean => {
  const writtenAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs
  return writtenAt === undefined || Date.now() - writtenAt > KEEP_MS
}
