import type { KeyObject } from 'node:crypto'
import { statSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { Conversation, type Request } from './conversation.ts'
import { wakeAt } from './core/advance.ts'
import { step } from './core/core.ts'
import type { Effect, Event } from './core/events.ts'
import { initialState } from './core/state.ts'
import { Grants } from './grants.ts'
import type { Home } from './home.ts'
import type { Identity } from './identity.ts'
import { inspect, unwritable } from './inspection.ts'
import { type Journal, type JournalEntry, openJournal } from './journal.ts'
import { addRecord } from './log/early-record.ts'
import type { LogRecord } from './protocol/log-record.ts'
import type { SessionReply } from './protocol/messages.ts'
import { recover } from './recovery.ts'
import { exitFile } from './result.ts'
import type { Server } from './server.ts'
import { Steps } from './steps.ts'
import { confirmUpdate, mayUpdate } from './update.ts'
import { Updater } from './updater.ts'

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

/** How often the machine is looked at, in milliseconds: ordinarily, and while something is wrong. */
const INSPECT_MS = 30_000
const TROUBLED_MS = 5_000
/** A log that the server has not sealed is kept for so long, in milliseconds. */
const KEEP_MS = 24 * 3_600_000

/** The shell around the core: carries out its effects and tells it what became of them. */
export class Daemon {
  readonly #home: Home
  readonly #conversation: Conversation
  readonly #steps: Steps
  readonly #journal: Journal
  readonly #grants: Grants
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
    this.#grants = new Grants(home, this.#conversation)
    this.#steps = new Steps({
      ...options,
      dispatch: event => this.dispatch(event),
      find: attempt => this.#state.attempts[attempt],
    })
    const { attempts, journal } = openJournal(options.home.journal)
    this.#journal = journal
    this.dispatch({ type: 'booted', attempts: recover(attempts, options.home) })
    this.#inspect()
  }

  /** Steps go on without us: their supervisors finish by themselves. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    clearTimeout(this.#inspection)
    this.#steps.close()
    this.#conversation.close()
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
      if (phase === 'settled' && isOld(exitFile(this.#steps.folder(attempt))))
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
        this.#steps.prepare(effect.attempt)
        return
      case 'acquire':
        void this.#acquire(effect.attempt)
        return
      case 'abandon':
        this.#steps.abandon(effect)
        return
      case 'launch':
        this.#steps.launch(effect, this.#grants.take(effect.attempt))
        return
      case 'adopt':
        this.#steps.adopt(effect)
        return
      case 'cancel':
        this.#steps.cancel(effect.attempt, effect.reason)
        return
      case 'kill':
        this.#steps.kill(effect.attempt)
        return
      case 'forget':
        this.#grants.take(effect.attempt)
        this.#steps.forget(effect.attempt)
        return
      case 'open-session':
        void this.#openSession(effect)
        return
      default:
        void this.#ask(effect)
    }
  }

  async #openSession(effect: Extract<Effect, { type: 'open-session' }>): Promise<void> {
    const event = await this.#conversation.openSession(effect)
    if (event.type === 'session-opened') this.#connected(event.reply)
    this.dispatch(event)
  }

  async #ask(effect: Request): Promise<void> {
    const { session } = this.#state
    if (!session) return
    const event = await this.#conversation.ask(effect, session, {
      folder: 'attempt' in effect ? this.#steps.folder(effect.attempt) : '',
      onGrant: (grant, claimedAt) => this.#grants.keep(grant, claimedAt),
    })
    this.dispatch(event)
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

  async #acquire(attempt: string): Promise<void> {
    const say = (record: Omit<LogRecord, 'at'>) => this.#sayEarly(attempt, record)
    const reason = await this.#grants.acquire(attempt, this.#state.session, say)
    if (reason === undefined) this.dispatch({ type: 'acquired', attempt })
    else this.dispatch({ type: 'acquire-failed', attempt, reason })
  }

  /** One that was canceled meanwhile has nothing more to say. */
  #sayEarly(attempt: string, record: Omit<LogRecord, 'at'>): void {
    if (this.#closed || this.#state.attempts[attempt]?.phase !== 'acquiring') return
    const bytes = addRecord(this.#steps.folder(attempt), { ...record, at: Date.now() })
    this.dispatch({ type: 'spooled', attempt, bytes })
  }
}

const isOld = (path: string): boolean => {
  const writtenAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs
  return writtenAt === undefined || Date.now() - writtenAt > KEEP_MS
}
