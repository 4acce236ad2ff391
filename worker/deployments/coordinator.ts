import { DurableObject } from 'cloudflare:workers'
import { crc32c } from '../../runner/protocol/crc32c.ts'
import {
  LEASE_TTL_MS,
  LOG_CHUNK_BYTES,
  LOG_INTERVAL_MS,
  LOG_INTERVAL_WATCHED_MS,
} from '../../runner/protocol/limits.ts'
import { formatRecord } from '../../runner/protocol/log-record.ts'
import type { CompleteRequest, Journalled, Refusal } from '../../runner/protocol/messages.ts'
import { openDatabase } from '../database/client.ts'
import type { Environment } from '../environment.ts'
import { hubObject } from '../runners/object.ts'
import { rawText, type TaskDetails } from '../tasks/log.ts'
import { nodesOf, progressOf, treeOf } from './details.ts'
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
  placed,
  wakeAt,
} from './execution-state.ts'
import { answersFacade } from './facade.ts'
import { enter, type Inputs, type Loaded, openSecrets, type Secrets } from './inputs.ts'
import { LogReader, logKey, sealLog } from './log-seal.ts'
import { LogStore } from './log-store.ts'
import { grantFor, type Manifest, oracleOf } from './manifest.ts'
import { deploymentObject } from './object.ts'
import { type ActionOutputs, openOutputs, outputsKeyText } from './outputs.ts'
import { planDeployment } from './plan.ts'
import type { Oracle } from './progress.ts'
import { nextQueued, publishSeal, publishState } from './publication.ts'
import { sha256Of } from './sha256.ts'
import { DeploymentStorage } from './storage.ts'
import type {
  CancelReply,
  CommandSurface,
  LogPage,
  LogQuery,
  Refused,
  RunnerSurface,
  Session,
  StartReply,
} from './surface.ts'
import type { Effect } from './turn.ts'

const PAGE_BYTES = 1_048_576
const MAX_WAIT_MS = 25_000
const DETAIL_LINES = 1_000
const DETAIL_BYTES = 8_388_608
/** How long somebody who read the log counts as watching, in milliseconds. */
const WATCHING_MS = 10_000
/** How soon what libSQL, the store or the hub did not take is tried again, in milliseconds. */
const CHORE_RETRY_MS = 5_000

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
  #inputs: Inputs | undefined
  #execution: Execution | undefined
  #starting: Promise<StartReply> | undefined
  #secrets: Promise<Secrets> | undefined
  #opened: Secrets | undefined
  #outputs: ActionOutputs[] | undefined
  #dispatching: Promise<void> | undefined
  #dispatchAgain = false
  #settling: Promise<void> | undefined
  #settleAgain = false
  #alarmAt: number | null = null
  #watchedAt = Number.NEGATIVE_INFINITY
  readonly #readers = new Set<() => void>()
  #reader: LogReader | undefined

  constructor(ctx: DurableObjectState, env: Environment) {
    super(ctx, env)
    this.#storage = new DeploymentStorage(ctx.storage.sql)
    this.#log = new LogStore(ctx.storage.sql)
    const stored = this.#storage.load()
    if (!stored) return
    this.#inputs = stored.inputs
    this.#execution = stored.execution
    if (!isFinalStatus(stored.execution.status)) this.#apply({ type: 'restart' })
    else if (this.#hasChores()) this.#settle()
  }

  /** The facade of the command surface: see `facade.ts`. */
  override fetch(request: Request): Promise<Response> {
    return answersFacade(this, request)
  }

  async start(deploymentId: string): Promise<StartReply> {
    if (this.#execution) {
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
    if (!this.#execution && name !== undefined) {
      const started = await this.start(name)
      if (started.type === 'ended' || started.type === 'missing') return started
    }
    if (!this.#execution) return { type: 'missing' }
    await this.#ready()
    const answer = this.#apply({ type: 'cancel', by, reason })
    return answer.type === 'refused'
      ? { type: 'ended', state: this.#execution.status }
      : { type: 'cancelling' }
  }

  /** Something it waited for may have changed: a lock, or the runner's return. */
  async nudge(): Promise<void> {
    if (!this.#execution) return
    if (this.#hasChores()) this.#settle()
    if (!isFinalStatus(this.#execution.status)) await this.#dispatch()
  }

  async claim(session: Session, { attempt, fence }: { attempt: string; fence: number }) {
    const number = attemptNumber(attempt)
    // The runner may be faster than the hub's answer, or the answer was lost.
    if (this.#execution?.attempts[number - 1]?.state === 'Pending')
      await (this.#dispatching ?? this.#dispatch())
    if (!this.#execution || !this.#inputs) return refused('gone', 'This attempt is not known.')
    let manifest: Manifest
    let outputsKey: string
    try {
      manifest = await this.#manifest()
      outputsKey = await outputsKeyText(this.env, attempt)
    } catch (error) {
      return this.#unavailable(error)
    }
    const answer = this.#apply({ type: 'claim', ...session, attempt: number, fence })
    const claimed = this.#execution.attempts[number - 1]
    if (answer.type === 'refused' || !claimed) return refusedBy(answer)
    const logIntervalMs = this.#logInterval(Date.now())
    const grant = grantFor(manifest, this.#execution, claimed, { outputsKey, logIntervalMs })
    return { type: 'granted' as const, grant }
  }

  async appendLog(
    session: Session,
    chunk: { attempt: string; fence: number; offset: number; crc: string; bytes: Uint8Array },
  ) {
    const { attempt, fence, offset, bytes } = chunk
    if (bytes.byteLength > LOG_CHUNK_BYTES)
      return refused('too_large', `A chunk may hold ${LOG_CHUNK_BYTES} bytes.`)
    if (crc32c(bytes) !== chunk.crc)
      return refused('invalid', 'The bytes do not agree with their CRC-32C.')
    const answer = this.#apply({
      type: 'renew',
      ...session,
      attempt: attemptNumber(attempt),
      fence,
    })
    const execution = this.#execution
    if (answer.type === 'refused' || !execution) return refusedBy(answer)
    const now = Date.now()
    const found = execution.attempts[attemptNumber(attempt) - 1] as Attempt
    const appended = this.#log.append(attempt, nodeOf(execution.plan, found), offset, bytes, now)
    if (appended.type === 'gap')
      return refused('gap', `Expected bytes from ${appended.next}; found ${offset}.`, appended.next)
    if (appended.lines > 0) this.#wakeReaders()
    return {
      type: 'answered' as const,
      reply: {
        next: appended.next,
        ttlMs: LEASE_TTL_MS,
        intervalMs: this.#logInterval(now),
        ...(execution.cancel && { cancel: true }),
      },
    }
  }

  async complete(session: Session, attempt: string, request: CompleteRequest) {
    const number = attemptNumber(attempt)
    const found = this.#execution?.attempts[number - 1]
    if (!this.#execution || !found) return refused('gone', 'This attempt is not known.')
    const report: Event = {
      type: 'complete',
      ...session,
      attempt: number,
      fence: request.fence,
      outcome: request.outcome,
      exitCode: request.exitCode,
      reason: request.reason,
      warnings: request.warnings,
    }
    if (!isActive(found)) return this.#completeLate(attempt, found, report)
    const renewed = this.#apply({
      type: 'renew',
      ...session,
      attempt: number,
      fence: request.fence,
    })
    if (renewed.type === 'refused') return refusedBy(renewed)
    if (request.tail) {
      const node = nodeOf(this.#execution.plan, found)
      const bytes = Uint8Array.from(atob(request.tail.bytes), char => char.charCodeAt(0))
      this.#log.append(attempt, node, request.tail.offset, bytes, Date.now())
      this.#wakeReaders()
    }
    const next = this.#log.next(attempt)
    if (next < request.finalOffset)
      return refused('gap', `The log is here up to ${next} of ${request.finalOffset}.`, next)
    if (
      next > request.finalOffset ||
      (await sha256Of(this.#log.bytesOf(attempt))) !== request.sha256
    )
      return refused('digest', 'The log that was sent does not agree with its digest.', next)
    let outputs: ActionOutputs | undefined
    if (request.outputs !== null) {
      const opened = await openOutputs(this.env, attempt, request.outputs)
      if (!opened) return refused('invalid', 'The outputs do not open with the key of the grant.')
      outputs = this.#outputsOf(found, opened)
    }
    try {
      await this.#ready()
    } catch (error) {
      return this.#unavailable(error)
    }
    const now = this.#execution.attempts[number - 1]
    if (now && !isActive(now)) return this.#completeLate(attempt, now, report)
    if (outputs && request.outputs !== null) {
      this.#storage.saveOutputs(number, request.outputs)
      this.#outputs?.push(outputs)
    }
    const answer = this.#apply(report)
    if (answer.type === 'refused') return refusedBy(answer)
    return { type: 'answered' as const, reply: { accepted: true, next, sealed: false } }
  }

  async reconcile({ runnerId, epoch }: Session, attempts: Journalled[]) {
    return attempts.map(({ attempt, fence, state, reason }) => {
      if (!this.#execution) return { attempt, instruction: 'forget' as const, next: 0 }
      const answer = this.#apply({
        type: 'reconcile',
        attempt: attemptNumber(attempt),
        fence,
        runnerId,
        epoch,
        state,
        reason,
      })
      const told = answer.type === 'instruct' ? answer.instruction : 'forget'
      const isOver = told === 'upload-rest' && isFinalStatus(this.#execution.status)
      const instruction = isOver && this.#storage.isSealed ? ('forget' as const) : told
      return { attempt, instruction, next: this.#log.next(attempt) }
    })
  }

  /** Only what the attempt was granted, while it runs. */
  async findPackage({ runnerId }: Session, wanted: { attempt: string; sha256: string }) {
    const execution = this.#execution
    const attempt = execution?.attempts[attemptNumber(wanted.attempt) - 1]
    if (!execution || attempt?.runnerId !== runnerId || !isActive(attempt) || !attempt.claimedAt)
      return refused('gone', 'This attempt is not known, or it has ended.')
    let manifest: Manifest
    try {
      manifest = await this.#manifest()
    } catch (error) {
      return this.#unavailable(error)
    }
    const { packages } = grantFor(manifest, execution, attempt, {
      outputsKey: '',
      logIntervalMs: 0,
    })
    const found = packages.find(({ sha256 }) => sha256 === wanted.sha256)
    if (!found) return refused('forbidden', 'The grant of this attempt does not name this package.')
    return { type: 'found' as const, sizeBytes: found.sizeBytes }
  }

  async details({ tail = DETAIL_LINES }: { tail?: number } = {}): Promise<TaskDetails | undefined> {
    const { execution, inputs } = this.#loaded() ?? {}
    if (!execution || !inputs) return undefined
    const tree = treeOf(execution, inputs)
    const nodes = nodesOf(tree)
    const share = Math.max(65_536, Math.floor(DETAIL_BYTES / nodes.length))
    const rows = nodes.flatMap(node => this.#log.tail(node, tail, share))
    return {
      taskId: inputs.task.id,
      state: execution.status,
      errorMessage: execution.error ?? '',
      hasWarnings: execution.hasWarnings,
      progress: progressOf(execution),
      logBytes: this.#log.byteCount,
      lastSeq: this.#log.lastSeq,
      tree,
      chunks: await this.#logReader(inputs).read(rows),
    }
  }

  async readLog({ after, limit, waitMs = 0, levels, node }: LogQuery): Promise<LogPage> {
    const deadline = Date.now() + Math.min(Math.max(waitMs, 0), MAX_WAIT_MS)
    let position = after
    for (;;) {
      const now = Date.now()
      if (waitMs > 0) this.#watchedAt = now
      const rows = this.#log.page(position, Math.min(Math.max(limit, 1), 50_000), PAGE_BYTES, node)
      const { execution, inputs } = this.#loaded() ?? {}
      const read = inputs ? await this.#logReader(inputs).read(rows) : []
      const chunks = levels ? read.map(chunk => onlyLevels(chunk, levels)).filter(hasText) : read
      position = rows.at(-1)?.seq ?? position
      const isOver = execution !== undefined && isFinalStatus(execution.status)
      const isComplete = isOver && (rows.length === 0 || position >= this.#log.lastSeq)
      if (chunks.length > 0 || isComplete || now >= deadline)
        return { chunks, next: position, state: execution?.status ?? 'Queued', isComplete }
      if (rows.length === 0) await this.#news(deadline - now)
    }
  }

  async rawLog(): Promise<ReadableStream<Uint8Array>> {
    const { execution, inputs } = this.#loaded() ?? {}
    if (!execution || !inputs) return new Response('').body ?? new ReadableStream()
    const reader = this.#logReader(inputs)
    const log = this.#log
    async function* chunksOf(node: string) {
      let after = 0
      for (;;) {
        const rows = log.page(after, Number.POSITIVE_INFINITY, PAGE_BYTES, node)
        if (rows.length === 0) return
        after = rows.at(-1)?.seq ?? after
        yield* await reader.read(rows)
      }
    }
    const text = rawText(rawHead(inputs, execution), treeOf(execution, inputs), chunksOf)
    const encoder = new TextEncoder()
    return new ReadableStream({
      type: 'bytes',
      async pull(controller) {
        const { value, done } = await text.next()
        if (done) controller.close()
        else controller.enqueue(encoder.encode(value))
      },
    })
  }

  override async alarm(): Promise<void> {
    this.#alarmAt = null
    if (!this.#execution) return
    if (!isFinalStatus(this.#execution.status)) {
      await this.#ready()
      this.#apply({ type: 'tick' })
    }
    if (this.#hasChores()) this.#settle()
    await Promise.all([this.#dispatching, this.#settling])
    this.#arm()
  }

  async #start(id: string): Promise<StartReply> {
    const now = Date.now()
    const loading = await enter(openDatabase(this.env), id, now)
    if (loading.type !== 'loaded') return loading
    if (this.#execution) return { type: 'started' }
    const { inputs, steps, targets, pools } = loading
    const { environment, channel, request } = inputs
    const planInput = { steps, environment, channelId: channel.id, targets, pools, request }
    const { plan, problem } = planDeployment(planInput)
    const execution = beginExecution(id, plan, now)
    this.#inputs = inputs
    this.#execution = execution
    this.#outputs = []
    this.#storage.begin(inputs, execution)
    this.#publishState()
    this.#note(
      '',
      `Deploying release ${inputs.release.version} of ${inputs.project.name} to ${environment.name}.`,
    )
    if (problem === null) {
      this.#load(loading)
      try {
        await this.#ready()
        this.#apply({ type: 'start' })
      } catch (error) {
        this.#report(error)
        this.#apply({ type: 'abort', reason: UNREADABLE })
      }
    } else this.#apply({ type: 'abort', reason: problem })
    this.#settle()
    return { type: 'started' }
  }

  /** Opens the secrets beside everything else; whoever needs them waits for them. */
  #load(loaded: Pick<Loaded, 'inputs' | 'steps' | 'formValues'>): Promise<Secrets> {
    const opening = openSecrets(this.env, openDatabase(this.env), loaded)
    this.#secrets = opening
    opening.then(
      secrets => {
        this.#opened = secrets
      },
      () => {
        this.#secrets = undefined
      },
    )
    return opening
  }

  async #manifest(): Promise<Manifest> {
    const inputs = this.#inputs
    const execution = this.#execution
    if (!inputs || !execution) throw new Error('the deployment has not started')
    if (!this.#opened) {
      this.#secrets ??= this.#reload(inputs.id)
      this.#opened = await this.#secrets
    }
    this.#outputs ??= await this.#readOutputs(execution)
    return this.#toManifest(inputs, this.#opened, this.#outputs)
  }

  async #reload(id: string): Promise<Secrets> {
    const loading = await enter(openDatabase(this.env), id, Date.now())
    if (loading.type !== 'loaded') throw new Error(`${id} cannot be read again: ${loading.type}`)
    return this.#load(loading)
  }

  #toManifest(inputs: Inputs, secrets: Secrets, outputs: ActionOutputs[]): Manifest {
    return { inputs, secrets, outputs, publicUrl: this.env.PUBLIC_URL }
  }

  async #readOutputs({ deployment, attempts }: Execution): Promise<ActionOutputs[]> {
    const all: ActionOutputs[] = []
    for (const { attempt: number, sealed } of this.#storage.outputs()) {
      const attempt = attempts[number - 1]
      const opened = await openOutputs(this.env, attemptName(deployment, number), sealed)
      if (attempt && opened) all.push(this.#outputsOf(attempt, opened))
    }
    return all
  }

  #outputsOf(attempt: Attempt, outputs: ActionOutputs['outputs']): ActionOutputs {
    const { plan } = this.#execution as Execution
    const { action, lane } = placed(plan, attempt)
    const target = lane.targetId === null ? undefined : plan.targets[lane.targetId]
    const machine = target ? { id: target.id, name: target.name } : null
    return { actionName: action.name, machine, outputs }
  }

  /** A decision may have to evaluate a condition: then variables and outputs must be at hand. */
  async #ready(): Promise<void> {
    const asks = this.#execution?.plan.steps.some(
      step => step.expression !== null || step.actions.some(action => action.expression !== null),
    )
    if (asks && !(this.#opened && this.#outputs)) await this.#manifest()
    else this.#outputs ??= this.#execution ? await this.#readOutputs(this.#execution) : []
  }

  readonly #oracle: Oracle = (state, at) => {
    if (!this.#inputs || !this.#opened)
      throw new Error('a condition was asked before its variables were read')
    return oracleOf(this.#toManifest(this.#inputs, this.#opened, this.#outputs ?? []))(state, at)
  }

  #apply(event: Event): Answer {
    const before = this.#execution
    if (!before) throw new Error('the deployment has not started')
    const now = Date.now()
    const decision = decide(before, event, now, this.#oracle)
    this.#execution = decision.state
    if (event.type === 'renew' && isMereRenewal(before, decision.state, event.attempt))
      return decision.answer
    this.#storage.save(decision)
    for (const effect of decision.effects) {
      if (effect.type === 'note') this.#note(effect.node, effect.text, effect.level)
      if (effect.type === 'publish') this.#publishState()
    }
    this.#act(decision.effects)
    this.#arm()
    this.#wakeReaders()
    return decision.answer
  }

  /** What can wait for an answer of others. */
  #act(effects: Effect[]): void {
    const execution = this.#execution as Execution
    const hub = hubObject(this.env, (this.#inputs as Inputs).space.id)
    const withdrawn: string[] = []
    for (const effect of effects) {
      if (effect.type === 'dispatch') this.ctx.waitUntil(this.#dispatch())
      if (effect.type === 'withdraw')
        withdrawn.push(attemptName(execution.deployment, effect.attempt))
      if (effect.type === 'cancel') {
        const runner = execution.attempts[effect.attempt - 1]?.runnerId
        const name = attemptName(execution.deployment, effect.attempt)
        if (runner) this.#background(hub.cancel(runner, name, effect.reason))
      }
      if (effect.type === 'publish' || effect.type === 'finished') this.#settle()
    }
    if (withdrawn.length > 0) this.#background(hub.withdraw(withdrawn))
  }

  /** Asks the hub to offer all that waits. One question at a time, and the newest state. */
  #dispatch(): Promise<void> {
    if (this.#dispatching) {
      this.#dispatchAgain = true
      return this.#dispatching
    }
    this.#dispatching = (async () => {
      do {
        this.#dispatchAgain = false
        await this.#ask()
      } while (this.#dispatchAgain)
    })().finally(() => {
      this.#dispatching = undefined
    })
    return this.#dispatching
  }

  async #ask(): Promise<void> {
    const execution = this.#execution
    const inputs = this.#inputs
    if (!execution || !inputs || execution.status !== 'Executing') return
    const { deployment } = execution
    const wants = execution.attempts
      .filter(({ state }) => state === 'Pending' || state === 'Offered')
      .slice(0, 1_000)
      .map(attempt => ({
        attempt: attemptName(deployment, attempt.number),
        number: attempt.number,
        runners: runnersOf(execution, attempt),
      }))
    if (wants.length === 0) return
    try {
      const reply = await hubObject(this.env, inputs.space.id).dispatch({
        deployment,
        label: `${inputs.task.id} (${inputs.task.description})`,
        targets: lockedTargets(execution),
        planHash: deployment,
        wants,
      })
      if (isFinalStatus(this.#execution?.status ?? 'Failed')) return
      if (reply.type === 'locked') this.#apply({ type: 'locked', holders: reply.holders })
      else {
        await this.#ready()
        this.#apply({ type: 'offered', offerings: reply.offerings })
      }
    } catch (error) {
      this.#report(error)
      this.#apply({ type: 'undispatched' })
    }
  }

  #hasChores(): boolean {
    const isOver = this.#execution !== undefined && isFinalStatus(this.#execution.status)
    return this.#storage.outbox().length > 0 || (isOver && !this.#storage.isSealed)
  }

  /** Carries to the others what they must know; whatever fails is tried again by the alarm. */
  #settle(): void {
    if (this.#settling) {
      this.#settleAgain = true
      return
    }
    this.#settling = (async () => {
      do {
        this.#settleAgain = false
        await this.#carryOut()
      } while (this.#settleAgain)
    })()
      .catch(error => this.#report(error))
      .finally(() => {
        this.#settling = undefined
        this.#arm()
      })
    this.ctx.waitUntil(this.#settling)
  }

  async #carryOut(): Promise<void> {
    const inputs = this.#inputs
    const execution = this.#execution
    if (!inputs || !execution) return
    const db = openDatabase(this.env)
    const isOver = isFinalStatus(execution.status)
    const hub = hubObject(this.env, inputs.space.id)
    if (isOver && !this.#storage.isSealed) await hub.release(inputs.id, quarantinedOf(execution))
    for (const publication of this.#storage.outbox()) {
      await publishState(db, inputs, publication)
      this.#storage.published(publication.sequence)
    }
    if (!isOver || this.#storage.isSealed) return
    const next = await nextQueued(db, inputs.task.concurrencyKey, Date.now())
    if (next !== undefined && next !== inputs.id)
      this.#background(deploymentObject(this.env, next).start(next))
    await sealLog(this.env.STORE, logKey(inputs.id), this.#log)
    this.#storage.setSealed()
    await publishSeal(db, inputs.task.id, logKey(inputs.id))
    await hub.sealed(
      execution.attempts.flatMap(({ number, runnerId, claimedAt }) =>
        runnerId && claimedAt
          ? [{ runner: runnerId, attempt: attemptName(inputs.id, number) }]
          : [],
      ),
    )
  }

  /** The first answer stands; what comes after the end is evidence, and frees a quarantine. */
  async #completeLate(attempt: string, found: Attempt, report: Event) {
    const answer = this.#apply(report)
    if (answer.type === 'refused') return refusedBy(answer)
    const isLost = found.state === 'Unknown'
    if (isLost && this.#inputs)
      this.#background(hubObject(this.env, this.#inputs.space.id).lift(attempt))
    return {
      type: 'answered' as const,
      reply: {
        accepted: true,
        next: this.#log.next(attempt),
        sealed: this.#storage.isSealed || isLost,
      },
    }
  }

  #publishState(): void {
    const { sequence, status, startedAt, endedAt, error, hasWarnings } = this
      .#execution as Execution
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

  #note(
    node: string,
    text: string,
    level: Parameters<typeof formatRecord>[0]['level'] = 'info',
  ): void {
    const now = Date.now()
    this.#log.note(node, formatRecord({ level, at: now, text }), now)
  }

  #loaded() {
    const execution = this.#execution
    const inputs = this.#inputs
    return execution && inputs ? { execution, inputs } : undefined
  }

  #logReader(inputs: Inputs): LogReader {
    this.#reader ??= new LogReader(this.env.STORE, logKey(inputs.id))
    return this.#reader
  }

  #logInterval(now: number): number {
    return now - this.#watchedAt < WATCHING_MS ? LOG_INTERVAL_WATCHED_MS : LOG_INTERVAL_MS
  }

  #news(waitMs: number): Promise<void> {
    return new Promise(resolve => {
      const end = () => {
        clearTimeout(timer)
        this.#readers.delete(end)
        resolve()
      }
      const timer = setTimeout(end, waitMs)
      this.#readers.add(end)
    })
  }

  #wakeReaders(): void {
    for (const wake of [...this.#readers]) wake()
  }

  #arm(): void {
    const execution = this.#execution
    if (!execution) return
    const due = isFinalStatus(execution.status) ? null : wakeAt(execution)
    const chore = this.#hasChores() && !this.#settling ? Date.now() + CHORE_RETRY_MS : null
    const at = Math.min(due ?? Number.POSITIVE_INFINITY, chore ?? Number.POSITIVE_INFINITY)
    if (!Number.isFinite(at) || (this.#alarmAt !== null && this.#alarmAt <= at)) return
    this.#alarmAt = at
    this.ctx.waitUntil(this.ctx.storage.setAlarm(at))
  }

  #background(work: Promise<unknown>): void {
    this.ctx.waitUntil(work.catch(error => this.#report(error)))
  }

  #report(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    console.error(JSON.stringify({ deployment: this.#inputs?.id, error: text }))
  }

  #unavailable(error: unknown): Refused {
    this.#report(error)
    return refused('unavailable', 'The server cannot answer this now. Try again.')
  }
}

const UNREADABLE =
  "The release's variables could not be read. Check that the server runs with the master key they were sealed with."

const refused = (error: Refusal['error'], message: string, next?: number): Refused => ({
  type: 'refused',
  refusal: { error, message, ...(next !== undefined && { next }) },
})

const refusedBy = (answer: Answer): Refused =>
  answer.type === 'refused'
    ? refused(answer.error, answer.message)
    : refused('gone', 'This attempt is not known.')

const isMereRenewal = (before: Execution, after: Execution, number: number): boolean =>
  before.attempts[number - 1]?.state === after.attempts[number - 1]?.state

const runnersOf = ({ plan }: Execution, attempt: Attempt): string[] => {
  const { lane, action } = placed(plan, attempt)
  if (action.poolId === null) {
    const runner = lane.targetId === null ? null : plan.targets[lane.targetId]?.runnerId
    return runner ? [runner] : []
  }
  const workers = plan.pools[action.poolId]?.workers ?? []
  return workers.flatMap(({ runnerId }) => (runnerId === null ? [] : [runnerId]))
}

/** Targets that steps of this deployment run on; a worker's are not locked. */
const lockedTargets = ({ plan }: Execution): { id: string; name: string }[] => {
  const ids = new Set(
    plan.steps
      .filter(({ skip }) => skip === null)
      .flatMap(({ lanes }) => lanes.flatMap(({ targetId }) => targetId ?? [])),
  )
  return [...ids].flatMap(id => {
    const target = plan.targets[id]
    return target ? [{ id, name: target.name }] : []
  })
}

const quarantinedOf = ({ plan, attempts, deployment }: Execution) =>
  attempts.flatMap(attempt => {
    const { targetId } = placed(plan, attempt).lane
    return attempt.state === 'Unknown' && targetId && attempt.runnerId
      ? [
          {
            target: targetId,
            attempt: attemptName(deployment, attempt.number),
            runner: attempt.runnerId,
          },
        ]
      : []
  })

const rawHead = ({ id, task, release, project, environment }: Inputs, execution: Execution) =>
  [
    ['Task ID:', task.id],
    ['Related IDs:', [id, release.id, project.id, environment.id].join(', ')],
    ['Task status:', execution.status],
    ['Task queued:', new Date(task.queuedAt).toISOString()],
    ['Task started:', new Date(execution.startedAt).toISOString()],
    [
      'Task completed:',
      execution.endedAt === null ? '' : new Date(execution.endedAt).toISOString(),
    ],
  ]
    .map(([label = '', value = '']) => `${label.padEnd(20)}${value}`.trimEnd())
    .join('\n')
    .concat('\n\n')

const CODE = {
  verbose: 'v',
  info: 'i',
  highlight: 'h',
  wait: 't',
  warning: 'w',
  error: 'e',
  fatal: 'f',
} as const

/** By the second character of each record, without reading the rest. */
const onlyLevels = <C extends { text: string }>(
  chunk: C,
  levels: NonNullable<LogQuery['levels']>,
): C => {
  const codes = new Set(levels.map(level => CODE[level] as string))
  const kept = chunk.text.split('\n').filter(line => codes.has(line.charAt(2)))
  return { ...chunk, text: kept.map(line => `${line}\n`).join('') }
}
const hasText = ({ text }: { text: string }) => text !== ''
