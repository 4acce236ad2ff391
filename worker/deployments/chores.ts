import { type Database, openDatabase } from '../database/client.ts'
import { numberOf } from '../database/ids.ts'
import type { Environment } from '../environment.ts'
import { autoDeployNext } from './auto-deploy.ts'
import { hubsOf, quarantinedOf } from './dispatch.ts'
import { attemptName, type Execution, isFinalStatus } from './execution-state.ts'
import { nextQueued, reclaimKey } from './gate.ts'
import type { Inputs } from './inputs.ts'
import type { Current } from './log-desk.ts'
import { logKey, sealLog } from './log-seal.ts'
import type { LogStore } from './log-store.ts'
import { deploymentObject } from './object.ts'
import { OneAtATime } from './one-at-a-time.ts'
import { heardOf, publishSeal, publishStates, recordAlarm } from './publication.ts'
import type { DeploymentStorage } from './storage.ts'

/** How many hundred changes are told in one go; what is left is told the next time. */
const MAX_BATCHES = 20

type Shell = {
  /** What the gate answered about the concurrency key. */
  onKey: (waitsFor: string | null) => void
  /** Something that whoever runs the server must know. */
  onAlarm: (alarm: string) => void
}

/**
 * What the others must be told, and what is left to do after the end: release locks, publish to
 * libSQL, start who waits, seal the log. Every part may be done twice; whatever fails is left for
 * the next time.
 */
export class Chores {
  readonly #env: Environment
  readonly #storage: DeploymentStorage
  readonly #log: LogStore
  readonly #current: () => Current
  readonly #shell: Shell
  /** What this object has let go of since it came up, while it waits for a person. */
  #isFreed = false
  readonly #turns = new OneAtATime(() => this.#turn())
  /** libSQL was put back to an older copy since this object came up. */
  #isForgotten = false

  constructor(
    env: Environment,
    storage: DeploymentStorage,
    log: LogStore,
    current: () => Current,
    shell: Shell,
  ) {
    this.#env = env
    this.#storage = storage
    this.#log = log
    this.#current = current
    this.#shell = shell
  }

  get areLeft(): boolean {
    const current = this.#current()
    if (!current) return false
    const { status, key } = current.execution
    if (isFinalStatus(status)) return this.#storage.hasOutbox || !this.#storage.isClosed
    return this.#storage.hasOutbox || key === 'wanted' || (key === 'free' && !this.#isFreed)
  }

  /** Does what there is, and what comes up meanwhile. */
  do(): Promise<void> {
    return this.#turns.do()
  }

  /**
   * Somebody takes this deployment for one that runs, or has not been heard of: if libSQL knows less
   * than it was told, it was put back to an older copy, and is told again.
   */
  async restate(): Promise<void> {
    const current = this.#current()
    if (!current || this.#storage.hasOutbox) return
    const { inputs, execution } = current
    const db = openDatabase(this.#env)
    const heard = await heardOf(db, inputs.task)
    if (heard === undefined) await this.#missed(db, inputs)
    if (heard === undefined || heard >= execution.sequence || this.#storage.hasOutbox) return
    if (this.#tellAgain(inputs, execution, heard)) await this.do()
  }

  /** True when there is something to tell. */
  #tellAgain({ task }: Inputs, { sequence }: Execution, heard: number): boolean {
    const alarm = `libSQL knew ${task.id} up to change ${heard} of ${sequence} only: it was put back to an older copy. What was missing is told again.`
    this.#storage.tellAgain(heard, { category: 'DeploymentRestated', message: alarm, by: null })
    // An earlier version did not keep what it had told.
    if (!this.#storage.hasOutbox) return false
    this.#isForgotten = true
    this.#shell.onAlarm(alarm)
    return true
  }

  /** Once: what there is to tell has nowhere to go, and must not hold up the deployment. */
  async #missed(db: Database, inputs: Inputs): Promise<void> {
    if (this.#storage.isMissed) return
    const message = `libSQL does not know ${inputs.task.id} as it was queued here: it was put back to an older copy. The deployment goes on, but its row says nothing of it.`
    const deed = { category: 'DeploymentMissed', message, by: null, at: Date.now() }
    await recordAlarm(db, inputs, deed)
    if (this.#storage.isMissed) return
    this.#storage.setMissed()
    this.#shell.onAlarm(message)
  }

  async #turn(): Promise<void> {
    const current = this.#current()
    if (current) await this.#once(current)
  }

  async #once({ inputs, execution }: NonNullable<Current>): Promise<void> {
    const db = openDatabase(this.#env)
    const hub = hubsOf(this.#env, inputs, execution)
    const isOver = isFinalStatus(execution.status)
    const isEnding = isOver && !this.#storage.isClosed
    const isFree = !isOver && execution.key === 'free'
    const isFreeing = isFree && !this.#isFreed
    if (isEnding) await hub.release(inputs.id, quarantinedOf(execution))
    // Before anybody hears that others may run; nothing is offered again until the key is held.
    if (isFreeing) await hub.release(inputs.id, [])
    await this.#publish(db, inputs, execution)
    if (this.#isForgotten) await this.#remind(db, inputs, execution)
    this.#isFreed = isFree
    if (isFreeing) await this.#startNext(db, inputs)
    if (!isOver && execution.key === 'wanted') {
      const reply = await reclaimKey(db, inputs.id, Date.now())
      this.#shell.onKey(reply === 'held' ? null : reply.waitsFor)
    }
    if (!isEnding) return
    await this.#startNext(db, inputs)
    if (!this.#storage.isSealed) {
      // What is noted between two tries must not make another log of it.
      const upTo = this.#storage.sealUpTo(this.#log.lastSeq)
      await sealLog(this.#env.STORE, logKey(inputs.id), this.#log, upTo)
      this.#storage.setSealed()
    }
    await publishSeal(db, inputs.task, logKey(inputs.id))
    await hub.sealed(spooled(execution))
    if (execution.status === 'Success') await autoDeployNext(this.#env, inputs, Date.now())
    this.#storage.setClosed()
    // Making an object's file takes several syncs: the next deployment finds it made.
    await deploymentObject(this.#env, following(inputs.id)).warm()
  }

  async #publish(db: Database, inputs: Inputs, execution: Execution): Promise<void> {
    for (let batch = 0; batch < MAX_BATCHES; batch++) {
      const publications = this.#storage.outbox()
      if (publications.length === 0) return
      const hearing = await publishStates(db, inputs, publications)
      if (hearing.type === 'behind') {
        this.#tellAgain(inputs, execution, hearing.heard)
        continue
      }
      if (hearing.type === 'missing') await this.#missed(db, inputs)
      for (const { sequence } of publications) this.#storage.published(sequence)
    }
  }

  /** What an older copy says beside the state: who has the concurrency key, where the log is; and who
   *  waited for what was long over goes on. */
  async #remind(db: Database, inputs: Inputs, { status, key }: Execution): Promise<void> {
    if (!isFinalStatus(status) && key === 'held') await reclaimKey(db, inputs.id, Date.now())
    if (this.#storage.isSealed) await publishSeal(db, inputs.task, logKey(inputs.id))
    if (isFinalStatus(status)) await this.#startNext(db, inputs)
    this.#isForgotten = false
  }

  async #startNext(db: Database, { id, task }: Inputs): Promise<void> {
    const next = await nextQueued(db, task.concurrencyKey, Date.now())
    if (next !== undefined && next !== id) await deploymentObject(this.#env, next).start(next)
  }
}

/** The id that the next deployment will have. */
const following = (id: string) => `Deployments-${numberOf(id) + 1}`

/** Whose runners still keep a copy of the log. */
const spooled = ({ deployment, attempts }: Execution) =>
  attempts.flatMap(({ number, runnerId, claimedAt }) =>
    runnerId && claimedAt ? [{ runner: runnerId, attempt: attemptName(deployment, number) }] : [],
  )
