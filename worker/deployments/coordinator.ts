import { DurableObject } from 'cloudflare:workers'
import type { Absent, CompleteRequest, Journalled } from '../../runner/protocol/messages.ts'
import type { Environment } from '../environment.ts'
import type { InterruptionReply, InterruptionSurface } from '../interruptions/interruption.ts'
import { ProofWindow } from '../runners/proof.ts'
import type { Event } from './event.ts'
import { interruptionNumber } from './execution-state.ts'
import { answersFacade } from './facade.ts'
import { free } from './free.ts'
import type { Kept } from './kept.ts'
import { LiveDeployment } from './live.ts'
import { findPackage, findStep } from './provisions.ts'
import { refused } from './refused.ts'
import { noteAbsent, reconcile } from './roll-call.ts'
import { RunnerDesk } from './runner-desk.ts'
import type { ShownOutput } from './shown-outputs.ts'
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

/** One per deployment, named by its id: the door to what runs inside. */
export class Deployment
  extends DurableObject<Environment>
  implements CommandSurface, RunnerSurface
{
  readonly #live: LiveDeployment
  readonly #runners: RunnerDesk
  readonly #proofs: ProofWindow
  #starting: Promise<StartReply> | undefined

  constructor(ctx: DurableObjectState, env: Environment) {
    super(ctx, env)
    this.#live = new LiveDeployment(ctx, env)
    this.#proofs = new ProofWindow(ctx.storage.sql)
    this.#runners = new RunnerDesk(this.#live, this.#proofs)
  }

  /** The facade of the command surface: see `facade.ts`. */
  override fetch(request: Request): Promise<Response> {
    return answersFacade(this, request)
  }

  /** Called before the deployment exists: a new object needs some milliseconds to come up. */
  async warm(): Promise<void> {}

  async start(deploymentId: string): Promise<StartReply> {
    if (this.#live.current) {
      await this.nudge()
      await this.#live.restate()
      return { type: 'started' }
    }
    this.#starting ??= this.#live.begin(deploymentId).finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  async requestCancel({ by, reason }: { by: string; reason: string }): Promise<CancelReply> {
    const name = this.ctx.id.name
    if (!this.#live.current && name !== undefined) {
      const started = await this.start(name)
      if (started.type === 'ended' || started.type === 'missing') return started
    }
    if (!this.#live.current) return { type: 'missing' }
    // One that waits for the database to begin with is cancelled without it.
    if (this.#live.current.execution.group > 0) await this.#live.ready()
    const answer = this.#live.apply({ type: 'cancel', by, reason })
    if (answer.type !== 'refused') return { type: 'cancelling' }
    return { type: 'ended', state: this.#live.current.execution.status }
  }

  async takeResponsibility(
    request: Parameters<InterruptionSurface['takeResponsibility']>[0],
  ): Promise<InterruptionReply> {
    const { interruption, user: by, teamIds, takeOver = false } = request
    const number = interruptionNumber(interruption)
    return this.#answered({ type: 'take', interruption: number, by, teamIds, takeOver })
  }

  async submitInterruption(
    request: Parameters<InterruptionSurface['submitInterruption']>[0],
  ): Promise<InterruptionReply> {
    const { interruption, user: by, teamIds, choice, notes } = request
    const number = interruptionNumber(interruption)
    return this.#answered({ type: 'answer', interruption: number, by, teamIds, choice, notes })
  }

  async #answered(event: Event): Promise<InterruptionReply> {
    if (!this.#live.current)
      return { type: 'refused', code: 'missing', message: 'The deployment has not started.' }
    await this.#live.ready()
    const answer = this.#live.apply(event)
    if (answer.type !== 'declined') return { type: 'done' }
    return { type: 'refused', code: answer.code, message: answer.message }
  }

  async kept(): Promise<Kept | undefined> {
    return this.#live.kept()
  }

  async outputs(): Promise<ShownOutput[]> {
    const { current, manifests } = this.#live
    return current ? manifests.shown(current.execution) : []
  }

  /** Something it waited for may have changed: a lock, or the runner's return. */
  async nudge(): Promise<void> {
    this.#live.doChores()
    await this.#live.dispatch()
  }

  async details(options: { tail?: number } = {}) {
    return this.#live.desk.details(options)
  }
  async readLog(query: LogQuery) {
    return this.#live.desk.page(query)
  }
  async rawLog(): Promise<ReadableStream<Uint8Array>> {
    return this.#live.desk.raw()
  }

  claim(session: Session, claim: { attempt: string; fence: number }) {
    return this.#ifNew(session, claim.attempt, plain => this.#runners.claim(plain, claim))
  }
  async appendLog(session: Session, message: LogChunkMessage) {
    try {
      return await this.#runners.appendLog(session, message)
    } finally {
      // What came with the call is a copy of our own.
      free(message.bytes.buffer)
    }
  }
  complete(session: Session, attempt: string, request: CompleteRequest) {
    return this.#ifNew(session, attempt, plain => this.#runners.complete(plain, attempt, request))
  }
  reconcile(session: Session, attempts: Journalled[]) {
    return reconcile(this.#live, session, attempts)
  }
  absent(session: Session, absent: Absent[]) {
    return noteAbsent(this.#live, session, absent)
  }
  findStep(session: Session, wanted: { attempt: string; fence: number }) {
    return findStep(this.#live, session, wanted)
  }
  findPackage(session: Session, wanted: { attempt: string; sha256: string }) {
    return findPackage(this.#live, session, wanted)
  }

  /** A proven message counts once: who sends a recorded one again is told nothing. */
  async #ifNew<T>(
    { proof, ...session }: Session,
    attempt: string,
    take: (session: Session) => Promise<T>,
  ): Promise<T | Refused> {
    if (proof !== undefined && !this.#proofs.take(session, proof, attempt))
      return refused('replayed', 'This very message was taken before. Ask with a new proof.')
    try {
      return await take(session)
    } finally {
      // With what came of it, as a rule; what changed nothing is not to change anything later.
      this.#proofs.store()
    }
  }

  override alarm(): Promise<void> {
    return this.#live.wake()
  }
}
