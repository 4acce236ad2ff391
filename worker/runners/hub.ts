import { DurableObject } from 'cloudflare:workers'
import { OFFER_TTL_MS, POLL_WAIT_MS } from '../../runner/protocol/limits.ts'
import type { PollReply, PollRequest } from '../../runner/protocol/messages.ts'
import type { Offering } from '../deployments/event.ts'
import type { Environment } from '../environment.ts'
import { Attendance } from './attendance.ts'
import { chooseRunner, type DispatchReply, type DispatchRequest } from './dispatching.ts'
import type { Health } from './liveness.ts'
import { type HeldLock, Locks } from './locks.ts'
import { Mailbox } from './mailbox.ts'
import { Nonces } from './nonces.ts'
import { Quarantine } from './quarantine.ts'
import { recordQuarantine } from './quarantine-record.ts'
import { Waiters } from './waiters.ts'
import { wake } from './waking.ts'

export type SessionOpening =
  | { type: 'opened'; epoch: number }
  | { type: 'refused'; message: string; isQuarantined?: true }

const WAKE_AT_ONCE = 100
/** How many deployments are asked for their offers when the object has come up; the others ask. */
const ASK_AT_ONCE = 200

/**
 * One per space. Holds each runner's mailbox, session epoch and long poll, and who may work on which
 * target. A runner holds one poll; a newer one takes its place, since nobody tells when a client
 * has gone. Everything handed out is handed out again until it is acknowledged.
 */
export class Hub extends DurableObject<Environment> {
  readonly #mailbox: Mailbox
  readonly #locks: Locks
  readonly #attendance: Attendance
  readonly #quarantine: Quarantine
  readonly #waiters = new Waiters()
  readonly #nonces = new Nonces()

  constructor(ctx: DurableObjectState, env: Environment) {
    super(ctx, env)
    this.#attendance = new Attendance(ctx, env)
    this.#mailbox = new Mailbox(ctx.storage.sql)
    this.#locks = new Locks(ctx.storage.sql)
    this.#quarantine = new Quarantine(ctx.storage.sql)
    for (const { id, last_seen_at } of this.#mailbox.list())
      if (last_seen_at !== null) this.#attendance.remember(id, last_seen_at)
    wake(ctx, env, this.#locks.atWork.slice(0, ASK_AT_ONCE))
  }

  /** A number used once, for a runner to sign. */
  nonce(runner: string): string {
    return this.#nonces.issue(runner, Date.now())
  }

  /** The caller has verified the signature over the nonce. */
  async openSession(request: {
    runner: string
    nonce: string
    /** The process that speaks. */
    instance: string
    attempts: { attempt: string; isRunning: boolean }[]
  }): Promise<SessionOpening> {
    const { runner, nonce, instance, attempts } = request
    const now = Date.now()
    if (!this.#nonces.take(runner, nonce, now))
      return { type: 'refused', message: 'The nonce is used up or too old. Ask for a new one.' }
    const known = this.#quarantine.reasonOf(runner)
    const reason = known ?? this.#quarantine.note(runner, instance, now)
    if (reason !== undefined && reason !== known) this.#shutOut(runner, reason, now)
    if (reason !== undefined) return { type: 'refused', message: reason, isQuarantined: true }
    const epoch = this.#mailbox.openSession(
      runner,
      attempts.map(each => each.attempt),
      now,
    )
    this.#locks.reconcile(
      runner,
      attempts.filter(each => each.isRunning).map(each => each.attempt),
    )
    this.#waiters.supersede(runner)
    this.#attendance.see(runner, now)
    this.#wakeWaiting()
    return { type: 'opened', epoch }
  }

  /** Held until there is something to tell, at most as long as asked; undefined: the session is over. */
  async poll(
    request: PollRequest & { runner: string; epoch: number },
  ): Promise<PollReply | undefined> {
    const { runner, epoch, waitMs, accepted, handled, report } = request
    if (this.#mailbox.find(runner)?.epoch !== epoch) return undefined
    if (this.#quarantine.reasonOf(runner) !== undefined) return undefined
    const now = Date.now()
    this.#attendance.note(runner, report)
    this.#attendance.see(runner, now)
    this.#mailbox.acknowledge(runner, accepted, handled, now)
    this.#waiters.supersede(runner)
    const ready = this.#mailbox.collect(runner, now)
    if (ready.offers.length > 0 || ready.controls.length > 0 || waitMs === 0) return ready
    const until = Math.min(now + Math.min(waitMs, POLL_WAIT_MS), this.#mailbox.redeliverAt(runner))
    return this.#waiters.hold(runner, Math.max(1, until - now), () => this.#tell(runner))
  }

  /** What was to be ended has ended: quarantines of it are over. False: the session is. */
  async absent(runner: string, epoch: number, attempts: string[]): Promise<boolean> {
    if (this.#mailbox.find(runner)?.epoch !== epoch) return false
    this.#locks.absent(runner, attempts)
    this.#wakeWaiting()
    return true
  }

  /** Takes the deployment's locks and puts its offers into the mailboxes. Asking again changes
   *  nothing and gives the same answer. */
  async dispatch(request: DispatchRequest): Promise<DispatchReply> {
    const now = Date.now()
    const { deployment, planHash, wants } = request
    const holders = this.#locks.acquire(request, now)
    if (holders !== undefined)
      return { type: 'locked', holders, held: this.#locks.holdersOf(request) }
    this.#mailbox.keepOnly(
      deployment,
      wants.map(({ attempt }) => attempt),
    )
    const offerings: Offering[] = []
    const told = new Set<string>()
    const about = {
      isWilling: (runner: string) => this.#refusalOf(runner) === undefined,
      isConnected: (runner: string) => this.#attendance.isConnected(runner, now),
      loadOf: (runner: string) => this.#mailbox.openOffersOf(runner),
    }
    for (const { attempt, number, runners, given } of wants) {
      const chosen = given?.runner ?? chooseRunner(runners, about)
      if (chosen === undefined) continue
      const want = { attempt, runner: chosen, deployment, planHash, ttlMs: OFFER_TTL_MS }
      const { runner, fence, isNew } = this.#mailbox.offer(
        { ...want, ...(given && { given }) },
        now,
      )
      if (isNew) told.add(runner)
      const refusing = this.#refusalOf(runner)
      const epoch = this.#mailbox.find(runner)?.epoch
      offerings.push({
        attempt: number,
        fence,
        runnerId: runner,
        ...(epoch && { epoch }),
        ...(refusing && { refusing }),
        isConnected: this.#attendance.isConnected(runner, now),
        lastSeenAt: this.#attendance.lastSeenAt(runner),
      })
    }
    for (const runner of told) if (this.#waiters.has(runner)) this.#tell(runner)
    // The runners' answers need not wait for the locks: nothing is granted before this answer.
    if (this.#locks.isBehind) {
      await scheduler.wait(0)
      this.#locks.store()
    }
    return { type: 'offered', offerings }
  }

  async withdraw(attempts: string[]): Promise<void> {
    this.#mailbox.withdraw(attempts)
  }

  /** The runner could not claim what it was offered: the deployment will say what stands. */
  async forget(runner: string, attempt: string): Promise<void> {
    this.#mailbox.forget(runner, attempt)
  }

  async cancel(runner: string, attempt: string, reason: string): Promise<void> {
    this.#mailbox.control(runner, {
      id: `cancel:${attempt}`,
      type: 'cancel',
      attempt,
      reason: reason.slice(0, 500),
    })
    if (this.#waiters.has(runner)) this.#tell(runner)
  }

  /** The log is safe: the runners may delete what they kept of it. */
  async sealed(attempts: { runner: string; attempt: string }[]): Promise<void> {
    for (const { runner, attempt } of attempts)
      this.#mailbox.control(runner, { id: `sealed:${attempt}`, type: 'sealed', attempt })
    for (const { runner } of attempts) if (this.#waiters.has(runner)) this.#tell(runner)
  }

  /** The deployment has ended; attempts nobody knows the end of keep their targets. */
  async release(
    deployment: string,
    quarantined: { target: string; attempt: string; runner: string }[],
  ): Promise<void> {
    this.#mailbox.keepOnly(deployment, [])
    this.#locks.release(deployment, quarantined)
    this.#wakeWaiting()
  }

  /** What had become of a quarantined attempt is known now. */
  async lift(attempt: string): Promise<void> {
    this.#locks.lift(attempt)
    this.#wakeWaiting()
  }

  /** Somebody has looked at a runner that was found twice: it may come in again. */
  async releaseRunner(runner: string): Promise<void> {
    this.#quarantine.release(runner)
  }

  /** How the runners are now: whether each is there, and what it last said of its machine. */
  async examine(runners: string[]): Promise<Record<string, Health>> {
    const now = Date.now()
    const healthOf = (runner: string) =>
      this.#attendance.healthOf(runner, now, this.#quarantine.reasonOf(runner))
    return Object.fromEntries(runners.map(runner => [runner, healthOf(runner)]))
  }

  /** Who works on a target, or whose unknown outcome keeps it. */
  async lockOf(target: string): Promise<HeldLock | undefined> {
    return this.#locks.lockOf(target)
  }

  /** Somebody answers for what is unknown there: the target is free. False when nothing was held so. */
  async liftTarget(target: string): Promise<boolean> {
    const isLifted = this.#locks.liftTarget(target)
    if (isLifted) this.#wakeWaiting()
    return isLifted
  }

  override alarm(): Promise<void> {
    return this.#attendance.flush(
      Date.now(),
      runner => this.#quarantine.reasonOf(runner),
      seen => this.#mailbox.saveSeen(seen),
    )
  }

  /** Its poll ends, its targets say why, and the record has it. */
  #shutOut(runner: string, reason: string, now: number): void {
    this.#waiters.supersede(runner)
    this.#attendance.see(runner, now, { status: 'Unhealthy', summary: reason })
    this.ctx.waitUntil(recordQuarantine(this.env, runner, reason, now))
  }

  #refusalOf(runner: string): string | undefined {
    return this.#quarantine.reasonOf(runner) ?? this.#attendance.problemOf(runner)
  }

  #tell(runner: string): void {
    this.#waiters.answer(runner, this.#mailbox.collect(runner, Date.now()))
  }

  /** Those whose turn it is are told to ask again. */
  #wakeWaiting(): void {
    wake(this.ctx, this.env, this.#locks.next(Date.now()).slice(0, WAKE_AT_ONCE))
  }
}
