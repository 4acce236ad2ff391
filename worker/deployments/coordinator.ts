import { DurableObject } from 'cloudflare:workers'
import { crc32c } from '../../runner/protocol/crc32c.ts'
import {
  LEASE_TTL_MS,
  LOG_CHUNK_BYTES,
  LOG_INTERVAL_MS,
  LOG_INTERVAL_WATCHED_MS,
} from '../../runner/protocol/limits.ts'
import type { CompleteRequest, Journalled, Refusal } from '../../runner/protocol/messages.ts'
import { fromBase64 } from '../access/digest.ts'
import { openDatabase } from '../database/client.ts'
import type { Environment } from '../environment.ts'
import { Chores } from './chores.ts'
import { dispatchRequest, hubsOf } from './dispatch.ts'
import { type Answer, decide, type Event } from './execution.ts'
import {
  type Attempt,
  attemptName,
  attemptNumber,
  beginExecution,
  type Execution,
  isActive,
  isFinalStatus,
  nodeOf,
  wakeAt,
} from './execution-state.ts'
import { answersFacade } from './facade.ts'
import { enter, type Inputs } from './inputs.ts'
import { LogDesk } from './log-desk.ts'
import { LogStore } from './log-store.ts'
import { grantFor } from './manifest.ts'
import { ManifestSource } from './manifest-source.ts'
import { outputsKeyText } from './outputs.ts'
import { planDeployment } from './plan.ts'
import { sha256Of } from './sha256.ts'
import { DeploymentStorage } from './storage.ts'
import type {
  CancelReply,
  CommandSurface,
  LogChunkMessage,
  LogQuery,
  Refused,
  RunnerSurface,
  Session,
  StartReply,
} from './surface.ts'
import type { Effect } from './turn.ts'

/** How soon what libSQL, the store or the hub did not take is tried again, in milliseconds. */
const RETRY_MS = 5_000
/** How often a completion that does not fit is asked for again. */
const MAX_TRIES = 3

type Running = { inputs: Inputs; execution: Execution }

/**
 * One per deployment: a shell around {@link decide}. It loads, asks, writes, and only then acts:
 * nothing is answered before it is stored. Secrets are held, never stored.
 */
export class Deployment
  extends DurableObject<Environment>
  implements CommandSurface, RunnerSurface
{
  readonly #storage: DeploymentStorage
  readonly #log: LogStore
  readonly #desk: LogDesk
  readonly #manifests: ManifestSource
  readonly #chores: Chores
  #current: Running | undefined
  #starting: Promise<StartReply> | undefined
  #dispatching: Promise<void> | undefined
  #dispatchAgain = false
  #alarmAt: number | null = null
  readonly #refusals = new Map<string, number>()

  constructor(ctx: DurableObjectState, env: Environment) {
    super(ctx, env)
    const current = () => this.#current
    this.#storage = new DeploymentStorage(ctx.storage.sql)
    this.#log = new LogStore(ctx.storage.sql)
    this.#desk = new LogDesk(env.STORE, this.#log, current)
    this.#manifests = new ManifestSource(env, this.#storage)
    this.#chores = new Chores(env, this.#storage, this.#log, current)
    this.#current = this.#storage.load()
    if (this.#current && !isFinalStatus(this.#current.execution.status))
      this.#apply({ type: 'restart' })
    this.#doChores()
  }

  /** The facade of the command surface: see `facade.ts`. */
  override fetch(request: Request): Promise<Response> {
    return answersFacade(this, request)
  }

  /** Called while the deployment is being created: a new object needs some milliseconds. */
  async warm(): Promise<void> {}

  async start(deploymentId: string): Promise<StartReply> {
    if (this.#current) {
      await this.nudge()
      return { type: 'started' }
    }
    this.#starting ??= this.#start(deploymentId).finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  async requestCancel({ by, reason }: { by: string; reason: string }): Promise<CancelReply> {
    const name = this.ctx.id.name
    if (!this.#current && name !== undefined) {
      const started = await this.start(name)
      if (started.type === 'ended' || started.type === 'missing') return started
    }
    if (!this.#current) return { type: 'missing' }
    await this.#ready()
    const answer = this.#apply({ type: 'cancel', by, reason })
    if (answer.type !== 'refused') return { type: 'cancelling' }
    return { type: 'ended', state: this.#current.execution.status }
  }

  /** Something it waited for may have changed: a lock, or the runner's return. */
  async nudge(): Promise<void> {
    this.#doChores()
    await this.#dispatch()
  }

  async details(options: { tail?: number } = {}) {
    return this.#desk.details(options)
  }
  async readLog(query: LogQuery) {
    return this.#desk.page(query)
  }
  async rawLog(): Promise<ReadableStream<Uint8Array>> {
    return this.#desk.raw()
  }

  async claim(session: Session, { attempt, fence }: { attempt: string; fence: number }) {
    const number = attemptNumber(attempt)
    // The runner may be faster than the hub's answer, or the answer was lost.
    if (this.#attempt(number)?.state === 'Pending') await this.#dispatch()
    if (!this.#current) return UNKNOWN
    try {
      const { inputs, execution } = this.#current
      const manifest = await this.#manifests.get(inputs, execution)
      const outputsKey = await outputsKeyText(this.env, attempt)
      const answer = this.#apply({ type: 'claim', ...session, attempt: number, fence })
      const claimed = this.#attempt(number)
      if (answer.type === 'refused' || !claimed) return refusedBy(answer)
      const logIntervalMs = this.#logInterval(Date.now())
      const grant = grantFor(manifest, this.#current.execution, claimed, {
        outputsKey,
        logIntervalMs,
      })
      return { type: 'granted' as const, grant }
    } catch (error) {
      return this.#unavailable(error)
    }
  }

  async appendLog(session: Session, message: LogChunkMessage) {
    const { attempt, fence, offset, bytes, crc } = message
    if (bytes.byteLength > LOG_CHUNK_BYTES)
      return refused('too_large', `A chunk may hold ${LOG_CHUNK_BYTES} bytes.`)
    if (crc32c(bytes) !== crc)
      return refused('invalid', 'The bytes do not agree with their CRC-32C.')
    const answer = this.#apply({
      type: 'renew',
      ...session,
      attempt: attemptNumber(attempt),
      fence,
    })
    if (answer.type === 'refused' || !this.#current) return refusedBy(answer)
    const now = Date.now()
    const appended = this.#append(attempt, offset, bytes, now)
    if (appended.type === 'gap')
      return refused('gap', `Expected bytes from ${appended.next}; found ${offset}.`, appended.next)
    const reply = {
      next: appended.next,
      ttlMs: LEASE_TTL_MS,
      intervalMs: this.#logInterval(now),
      ...(this.#current.execution.cancel && { cancel: true }),
    }
    return { type: 'answered' as const, reply }
  }

  async complete(session: Session, attempt: string, request: CompleteRequest) {
    const number = attemptNumber(attempt)
    const found = this.#attempt(number)
    if (!this.#current || !found) return UNKNOWN
    const { fence, outcome, exitCode, reason, warnings, tail, outputs, finalOffset } = request
    const reporter = { ...session, attempt: number, fence }
    const report = { type: 'complete', ...reporter, outcome, exitCode, reason, warnings } as const
    if (!isActive(found)) return this.#completeLate(attempt, report)
    const renewed = this.#apply({ type: 'renew', ...reporter })
    if (renewed.type === 'refused') return refusedBy(renewed)
    // Everything that has to be waited for comes before the first write: one commit in all.
    const rest = tail ? { offset: tail.offset, bytes: fromBase64(tail.bytes) } : NO_BYTES
    const here = this.#log.nextWith(attempt, rest)
    if (here < finalOffset && this.#mayTryAgain(`${attempt}@${here}`)) {
      const appended = this.#append(attempt, rest.offset, rest.bytes, Date.now())
      const message = `The log is here up to ${appended.next} of ${finalOffset}.`
      return refused('gap', message, appended.next)
    }
    const sha256 = await sha256Of(this.#log.bytesOf(attempt, rest))
    const isWhole = here === finalOffset && sha256 === request.sha256
    if (!isWhole && this.#mayTryAgain(attempt))
      return refused('digest', 'The log that was sent does not agree with its digest.', here)
    const opened =
      outputs === null
        ? undefined
        : await this.#manifests.open(this.#current.execution, found, outputs)
    const isSealedWell = outputs === null || opened !== undefined
    if (!isSealedWell && this.#mayTryAgain(attempt))
      return refused('invalid', 'The outputs do not open with the key of the grant.')
    try {
      await this.#ready()
    } catch (error) {
      return this.#unavailable(error)
    }
    // Others may have come in between: only the first report counts, and only its outputs.
    if (!isActive(this.#attempt(number) ?? found)) return this.#completeLate(attempt, report)
    const { next } = this.#append(attempt, rest.offset, rest.bytes, Date.now())
    const node = nodeOf(this.#current.execution.plan, found)
    if (!isWhole) this.#desk.note(node, 'error', 'The log above is not what the runner wrote.')
    if (opened && outputs !== null) this.#manifests.keep(number, opened, outputs)
    const answer = this.#apply(isSealedWell ? report : { ...report, ...NO_OUTPUTS })
    if (answer.type === 'refused') return refusedBy(answer)
    return { type: 'answered' as const, reply: { accepted: true, next, sealed: false } }
  }

  async reconcile(session: Session, attempts: Journalled[]) {
    return attempts.map(({ attempt, fence, state, reason }) => {
      if (!this.#current) return { attempt, instruction: 'forget' as const, next: 0 }
      const reporter = { ...session, attempt: attemptNumber(attempt), fence }
      const answer = this.#apply({ type: 'reconcile', ...reporter, state, reason })
      const told = answer.type === 'instruct' ? answer.instruction : 'forget'
      const isSafe = told === 'upload-rest' && this.#storage.isSealed
      return {
        attempt,
        instruction: isSafe ? ('forget' as const) : told,
        next: this.#log.next(attempt),
      }
    })
  }

  /** Only what the attempt was granted, while it runs. */
  async findPackage({ runnerId }: Session, wanted: { attempt: string; sha256: string }) {
    const attempt = this.#attempt(attemptNumber(wanted.attempt))
    if (
      !this.#current ||
      attempt?.runnerId !== runnerId ||
      !isActive(attempt) ||
      !attempt.claimedAt
    )
      return refused('gone', 'This attempt is not known, or it has ended.')
    try {
      const { inputs, execution } = this.#current
      const manifest = await this.#manifests.get(inputs, execution)
      const grant = grantFor(manifest, execution, attempt, { outputsKey: '', logIntervalMs: 0 })
      const found = grant.packages.find(({ sha256 }) => sha256 === wanted.sha256)
      if (!found)
        return refused('forbidden', 'The grant of this attempt does not name this package.')
      return { type: 'found' as const, sizeBytes: found.sizeBytes }
    } catch (error) {
      return this.#unavailable(error)
    }
  }

  override async alarm(): Promise<void> {
    this.#alarmAt = null
    try {
      if (this.#current && !isFinalStatus(this.#current.execution.status)) {
        await this.#ready()
        this.#apply({ type: 'tick' })
      }
      this.#doChores()
    } catch (error) {
      // Thrown, it would be tried again a few times only, and then never.
      this.#report(error)
      this.#arm(Date.now() + RETRY_MS)
    }
  }

  async #start(id: string): Promise<StartReply> {
    const now = Date.now()
    const loading = await enter(openDatabase(this.env), id, now)
    if (loading.type !== 'loaded') return loading
    const { inputs, steps, targets, pools } = loading
    const { environment, channel, request, release, project } = inputs
    const planInput = { steps, environment, channelId: channel.id, targets, pools, request }
    const { plan, problem } = planDeployment(planInput)
    const execution = beginExecution(id, plan, now)
    this.#current = { inputs, execution }
    this.#storage.begin(inputs, execution)
    this.#publish()
    const title = `Deploying release ${release.version} of ${project.name} to ${environment.name}.`
    this.#desk.note('', 'info', title)
    this.#manifests.begin(loading)
    try {
      if (problem === null) await this.#ready()
      this.#apply(problem === null ? { type: 'start' } : { type: 'abort', reason: problem })
    } catch (error) {
      this.#report(error)
      this.#apply({ type: 'abort', reason: UNREADABLE })
    }
    this.#doChores()
    return { type: 'started' }
  }

  #apply(event: Event): Answer {
    if (!this.#current) throw new Error('the deployment has not started')
    const { inputs, execution: before } = this.#current
    const decision = decide(before, event, Date.now(), this.#manifests.oracle(inputs))
    this.#current = { inputs, execution: decision.state }
    if (event.type === 'renew' && isMereRenewal(before, decision.state, event.attempt))
      return decision.answer
    this.#storage.save(decision)
    for (const effect of decision.effects) {
      if (effect.type === 'note') this.#desk.note(effect.node, effect.level, effect.text)
      if (effect.type === 'publish') this.#publish()
    }
    this.#act(decision.effects)
    this.#arm(wakeAt(decision.state))
    this.#desk.tell()
    return decision.answer
  }

  /** What goes out to others, once it is stored. */
  #act(effects: Effect[]): void {
    if (!this.#current) return
    const { inputs, execution } = this.#current
    const hub = hubsOf(this.env, inputs, execution)
    const nameOf = (number: number) => attemptName(execution.deployment, number)
    const withdrawn = effects.flatMap(effect =>
      effect.type === 'withdraw' ? [nameOf(effect.attempt)] : [],
    )
    if (withdrawn.length > 0) this.#background(hub.withdraw(withdrawn))
    for (const effect of effects) {
      if (effect.type === 'dispatch') this.#background(this.#dispatch())
      if (effect.type === 'publish' || effect.type === 'finished') this.#doChores()
      const runner = effect.type === 'cancel' && this.#attempt(effect.attempt)?.runnerId
      if (effect.type === 'cancel' && runner)
        this.#background(hub.cancel(runner, nameOf(effect.attempt), effect.reason))
    }
  }

  /** Asks the hub to offer all that waits. One question at a time, and the newest state. */
  #dispatch(): Promise<void> {
    this.#dispatchAgain = true
    this.#dispatching ??= (async () => {
      while (this.#dispatchAgain) {
        this.#dispatchAgain = false
        await this.#ask()
      }
    })().finally(() => {
      this.#dispatching = undefined
    })
    return this.#dispatching
  }

  async #ask(): Promise<void> {
    if (!this.#current) return
    const { inputs, execution } = this.#current
    const request = dispatchRequest(execution, inputs)
    if (!request) return
    try {
      const reply = await hubsOf(this.env, inputs, execution).dispatch(request)
      await this.#ready()
      this.#apply(reply)
    } catch (error) {
      this.#report(error)
      this.#apply({ type: 'undispatched' })
    }
  }

  /** The first answer stands; what comes after the end is evidence, and frees a quarantine. */
  #completeLate(attempt: string, report: Event & { type: 'complete' }) {
    const answer = this.#apply(report)
    if (answer.type === 'refused' || !this.#current) return refusedBy(answer)
    const isLost = this.#attempt(report.attempt)?.state === 'Unknown'
    const hub = hubsOf(this.env, this.#current.inputs, this.#current.execution)
    if (isLost) this.#background(hub.lift(attempt))
    const sealed = this.#storage.isSealed || isLost
    const reply = { accepted: true, next: this.#log.next(attempt), sealed }
    return { type: 'answered' as const, reply }
  }

  /** What cannot be put right by sending it again must not be asked for for ever. */
  #mayTryAgain(what: string): boolean {
    const tries = (this.#refusals.get(what) ?? 0) + 1
    this.#refusals.set(what, tries)
    return tries < MAX_TRIES
  }

  #append(attempt: string, offset: number, bytes: Uint8Array, now: number) {
    const { plan } = (this.#current as Running).execution
    const found = this.#attempt(attemptNumber(attempt)) as Attempt
    const appended = this.#log.append(attempt, nodeOf(plan, found), offset, bytes, now)
    if (appended.type === 'appended' && appended.lines > 0) this.#desk.tell()
    return appended
  }

  #publish(): void {
    if (!this.#current) return
    const { sequence, status, startedAt, endedAt, error, hasWarnings } = this.#current.execution
    this.#storage.publish({
      sequence,
      state: status,
      at: Date.now(),
      startedAt,
      completedAt: endedAt,
      errorMessage: error ?? '',
      hasWarnings,
    })
  }

  #attempt(number: number): Attempt | undefined {
    return this.#current?.execution.attempts[number - 1]
  }

  async #ready(): Promise<void> {
    if (this.#current) await this.#manifests.ready(this.#current.inputs, this.#current.execution)
  }

  #logInterval(now: number): number {
    return this.#desk.isWatched(now) ? LOG_INTERVAL_WATCHED_MS : LOG_INTERVAL_MS
  }

  #doChores(): void {
    if (!this.#chores.areLeft) return
    const work = this.#chores.do().catch(error => {
      this.#report(error)
      this.#arm(Date.now() + RETRY_MS)
    })
    this.ctx.waitUntil(work)
  }

  /** The earliest of all asked-for wake-ups counts; each handler asks anew. */
  #arm(at: number | null): void {
    if (at === null || (this.#alarmAt !== null && this.#alarmAt <= at)) return
    this.#alarmAt = at
    this.#background(this.ctx.storage.setAlarm(at))
  }

  #background(work: Promise<unknown>): void {
    this.ctx.waitUntil(work.catch(error => this.#report(error)))
  }

  #report(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    console.error(JSON.stringify({ deployment: this.#current?.inputs.id, error: text }))
  }

  #unavailable(error: unknown): Refused {
    this.#report(error)
    return refused('unavailable', 'The server cannot answer this now. Try again.')
  }
}

const NO_OUTPUTS = {
  outcome: 'failed',
  reason: 'The step ended, but its output variables could not be read.',
} as const

const NO_BYTES = { offset: 0, bytes: new Uint8Array() }

const UNREADABLE =
  "The release's variables could not be read. Check that the server runs with the master key they were sealed with."

const refused = (error: Refusal['error'], message: string, next?: number): Refused => ({
  type: 'refused',
  refusal: { error, message, ...(next !== undefined && { next }) },
})

const UNKNOWN = refused('gone', 'This attempt is not known.')

const refusedBy = (answer: Answer): Refused =>
  answer.type === 'refused' ? refused(answer.error, answer.message) : UNKNOWN

/** Only the lease has grown: that is held in memory, and stored with the next alarm. */
const isMereRenewal = (before: Execution, after: Execution, number: number): boolean =>
  before.attempts[number - 1]?.state === after.attempts[number - 1]?.state
