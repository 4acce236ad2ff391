import { openDatabase } from '../database/client.ts'
import type { Environment } from '../environment.ts'
import type { Hubs } from '../runners/hubs.ts'
import { AlarmClock } from './alarm-clock.ts'
import type { Answer } from './answer.ts'
import { Chores } from './chores.ts'
import { GIVEN_UP, isGivenUp, isUnopenable, UNREADABLE } from './delay.ts'
import { dispatchRequest, hubsOf } from './dispatch.ts'
import type { Event } from './event.ts'
import { type Decision, decide } from './execution.ts'
import {
  type Attempt,
  attemptName,
  beginExecution,
  type Execution,
  isActive,
  isFinalStatus,
} from './execution-state.ts'
import { tellHubs } from './hub-messages.ts'
import { enter, type Inputs, planInputOf } from './inputs.ts'
import { type Kept, keptOf } from './kept.ts'
import { LogDesk } from './log-desk.ts'
import { LogStore } from './log-store.ts'
import { inOrder, ManifestSource, ownerOf } from './manifest-source.ts'
import { deploymentObject } from './object.ts'
import { OneAtATime } from './one-at-a-time.ts'
import { publicationOf } from './outbox.ts'
import { wakeAt } from './passing.ts'
import { planDeployment } from './plan.ts'
import { DeploymentStorage } from './storage.ts'
import type { StartReply } from './surface.ts'
import type { Effect } from './turn.ts'
import { isMereOffer, isMereRenewal, lyingOffers } from './unstored.ts'
import { lateNodeOf, nodeOf } from './whereabouts.ts'

/** How soon what libSQL, the store or the hub did not take is tried again, in milliseconds. */
const RETRY_MS = 5_000
/** The record of a start is written this much later, out of the way of the first steps. */
const RECORD_AFTER_MS = 250
/** How often in a row the hub is asked at most; what is left then is asked for by the alarm. */
const MAX_QUESTIONS = 100

type Running = { inputs: Inputs; execution: Execution }

/**
 * A deployment while its object is up: asks {@link decide}, stores what it says, and only then
 * acts. Nothing is answered before it is stored; secrets are held, never stored.
 */
export class LiveDeployment {
  readonly env: Environment
  readonly storage: DeploymentStorage
  readonly log: LogStore
  readonly desk: LogDesk
  readonly manifests: ManifestSource
  readonly #ctx: DurableObjectState
  readonly #chores: Chores
  #current: Running | undefined
  readonly #alarm: AlarmClock
  /** One question at a time, and the newest state. */
  readonly #asking = new OneAtATime(() => this.#ask(), MAX_QUESTIONS)

  constructor(ctx: DurableObjectState, env: Environment) {
    this.#ctx = ctx
    this.env = env
    const current = () => this.#current
    this.storage = new DeploymentStorage(ctx.storage.sql)
    this.log = new LogStore(ctx.storage.sql)
    this.desk = new LogDesk(env.STORE, this.log, current)
    this.manifests = new ManifestSource(env, this.storage)
    this.#chores = new Chores(env, this.storage, this.log, current, {
      onKey: waitsFor => this.apply({ type: 'key', waitsFor }),
      onAlarm: alarm => this.#raise(alarm),
    })
    this.#alarm = new AlarmClock({
      storage: ctx.storage,
      background: work => this.background(work),
      isWanted: () => this.#isAlarmWanted(),
    })
    this.#current = this.storage.load()
    if (this.#current && !isFinalStatus(this.#current.execution.status))
      this.apply({ type: 'restart' })
    this.doChores()
  }

  /** Undefined before it has started. */
  get current(): Running | undefined {
    return this.#current
  }

  attempt(number: number): Attempt | undefined {
    return this.#current?.execution.attempts[number - 1]
  }

  hubs({ inputs, execution }: Running): Hubs {
    return hubsOf(this.env, inputs, execution)
  }

  /** Passes the gate, plans, and begins. */
  async begin(id: string): Promise<StartReply> {
    const now = Date.now()
    const loading = await enter(openDatabase(this.env), id, now)
    if (loading.type !== 'loaded') return loading
    const { inputs } = loading
    const { environment, release, project } = inputs
    const { plan, problem } = planDeployment(planInputOf(loading))
    const kept = inputs.resumedFrom === null ? null : await this.#keptOf(inputs.resumedFrom)
    const execution = beginExecution(id, plan, now, { guidedFailure: inputs.guidedFailure, kept })
    const title = `Deploying release ${release.version} of ${project.name} to ${environment.name}.`
    this.manifests.begin(loading, kept)
    const event: Event =
      problem === null
        ? await this.#startOf({ inputs, execution })
        : { type: 'abort', reason: problem }
    this.#current = { inputs, execution }
    this.apply(event, () => {
      this.storage.begin(inputs, execution, kept)
      this.storage.publish(publicationOf(execution, 0, now, [STARTED]))
      this.desk.note('', 'info', title)
      if (inputs.resumedFrom !== null && !kept)
        this.desk.note('', 'warning', `${inputs.resumedFrom} has left nothing to go on from.`)
    })
    // The gate has told everybody already; its record can wait until the first steps are under way.
    this.background(scheduler.wait(RECORD_AFTER_MS).then(() => this.doChores()))
    return { type: 'started' }
  }

  /** What comes of trying to begin: it may have to wait until everything can be read. */
  async #startOf({ inputs, execution }: Running): Promise<Event> {
    try {
      await this.manifests.ready(inputs, execution)
      return { type: 'start' }
    } catch (error) {
      this.report(error)
      if (isUnopenable(error)) return { type: 'abort', reason: UNREADABLE }
      if (isGivenUp(execution, Date.now())) return { type: 'abort', reason: GIVEN_UP }
      return { type: 'unread' }
    }
  }

  /** What the deployment that this one goes on from leaves to it; a release that was never deployed
   *  that way begins anew. */
  async #keptOf(deployment: string): Promise<Kept | null> {
    return (await deploymentObject(this.env, deployment).kept()) ?? null
  }

  /** Time has passed. Never throws: an alarm is tried again a few times only, and then never. */
  async wake(): Promise<void> {
    const wasAway = this.#alarm.rang(Date.now())
    if (this.#chores.areLeft) this.#alarm.armNow(Date.now() + RETRY_MS)
    try {
      if (this.#current?.execution.delay) this.apply(await this.#startOf(this.#current))
      else if (this.#current && !isFinalStatus(this.#current.execution.status)) {
        await this.ready()
        // No lease lapses for a time in which nobody could be heard.
        if (wasAway) this.apply({ type: 'restart' })
        this.apply({ type: 'tick' })
      }
      this.doChores()
    } catch (error) {
      this.report(error)
      this.#alarm.arm(Date.now() + RETRY_MS)
    }
  }

  /** Everything that a decision may need is at hand: after the end nothing is, which cannot be read
   *  again then. @throws Error when it cannot be read */
  async ready(): Promise<void> {
    if (!this.#current || isFinalStatus(this.#current.execution.status)) return
    await this.manifests.ready(this.#current.inputs, this.#current.execution)
  }

  /** @param storeFirst what belongs into the same commit, before the decision */
  apply(event: Event, storeFirst: () => void = () => undefined): Answer {
    if (!this.#current) throw new Error('the deployment has not started')
    const { inputs, execution: before } = this.#current
    const decision = decide(before, event, Date.now(), this.manifests.oracle(inputs))
    this.#current = { inputs, execution: decision.state }
    if (isMereRenewal(before, event, decision)) return decision.answer
    // An offer is not held back by the commit below; the grant is, and a lost one is taken back.
    if (decision.effects.some(({ type }) => type === 'dispatch')) this.background(this.dispatch())
    if (isMereOffer(before, event, decision)) {
      this.#alarm.arm(wakeAt(decision.state))
      return decision.answer
    }
    storeFirst()
    this.storage.save(decision)
    for (const effect of decision.effects)
      if (effect.type === 'note') this.desk.note(effect.node, effect.level, effect.text)
    this.#publish(before, decision)
    if (decision.effects.some(({ type }) => type === 'finished'))
      this.#alarm.armNow(Date.now() + RETRY_MS)
    this.#act(this.#current, decision.effects)
    this.#alarm.arm(wakeAt(decision.state))
    this.desk.tell()
    return decision.answer
  }

  /** Undefined before the end. */
  kept(): Kept | undefined {
    const execution = this.#current?.execution
    if (!execution || !isFinalStatus(execution.status)) return undefined
    const outputs = inOrder(this.storage.outputs(), execution).map(({ attempt, sealed }) => ({
      attempt: attemptName(execution.deployment, attempt.number),
      ...ownerOf(execution, attempt),
      sealed,
    }))
    return keptOf(execution, outputs, this.storage.kept)
  }

  /** What comes after the end of its attempt is kept apart. */
  append(attempt: string, found: Attempt, offset: number, bytes: Uint8Array) {
    const { plan } = (this.#current as Running).execution
    const node = isActive(found) ? nodeOf(plan, found) : lateNodeOf(plan, found)
    const screen = this.manifests.screen()
    const appended = this.log.append(attempt, node, offset, bytes, Date.now(), screen)
    if (appended.type === 'appended' && appended.isBlotted) this.desk.note(node, 'warning', BLOTTED)
    if (appended.type === 'appended' && appended.lines > 0) this.desk.tell()
    return appended
  }

  /** Asks the hub to offer all that waits. */
  dispatch(): Promise<void> {
    return this.#asking.do()
  }

  /** What is being asked has been answered. */
  offered(): Promise<void> {
    return this.#asking.running ?? this.dispatch()
  }

  doChores(): void {
    if (!this.#chores.areLeft) return
    const work = this.#chores.do().catch(error => {
      this.report(error)
      this.#alarm.arm(Date.now() + RETRY_MS)
    })
    this.#ctx.waitUntil(work)
  }

  /** libSQL may have been put back to an older copy. */
  restate(): Promise<void> {
    return this.#chores.restate()
  }

  background(work: Promise<unknown>): void {
    this.#ctx.waitUntil(work.catch(error => this.report(error)))
  }

  report(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    console.error(JSON.stringify({ deployment: this.#current?.inputs.id, error: text }))
  }

  async #ask(): Promise<void> {
    if (!this.#current) return
    const request = dispatchRequest(this.#current.execution, this.#current.inputs)
    if (!request) return
    try {
      const reply = await this.hubs(this.#current).dispatch(request)
      await this.ready()
      this.apply(reply)
    } catch (error) {
      this.report(error)
      this.apply({ type: 'undispatched' })
    }
  }

  /** What goes out to others, once it is stored. */
  #act(current: Running, effects: Effect[]): void {
    for (const told of tellHubs(this.hubs(current), current.execution, effects))
      this.background(told)
    if (effects.some(({ type }) => CHORES.has(type))) this.doChores()
  }

  #publish(before: Execution, { state, effects, touched }: Decision): void {
    if (!effects.some(({ type }) => type === 'publish')) return
    const deeds = effects.flatMap(effect =>
      effect.type === 'record'
        ? [{ category: effect.category, message: effect.message, by: effect.by }]
        : [],
    )
    const { interruptions } = touched
    this.storage.publish(publicationOf(state, before.sequence, Date.now(), deeds, interruptions))
  }

  /** For whoever runs the server, and for whoever looks at this deployment. */
  #raise(alarm: string): void {
    // In the commit of what is to be told again: one that is over has nobody else to wake it.
    this.#alarm.armNow(Date.now() + RETRY_MS)
    console.error(JSON.stringify({ deployment: this.#current?.inputs.id, alarm }))
    this.desk.note('', 'warning', alarm)
    this.desk.tell()
  }

  #isAlarmWanted(): boolean {
    const isOver = this.#current && isFinalStatus(this.#current.execution.status)
    if (isOver) return this.#chores.areLeft
    if (this.#current) {
      const { execution: state } = this.#current
      const touched = lyingOffers(state)
      if (touched.attempts.size > 0) this.storage.save({ state, touched })
    }
    return true
  }
}

const BLOTTED = 'A secret came through from the runner; it was blotted out here.'
const STARTED = { category: 'DeploymentStarted', message: '', by: null }
const CHORES: ReadonlySet<Effect['type']> = new Set(['publish', 'reclaim', 'finished'])
