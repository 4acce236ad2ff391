import { openDatabase } from '../database/client.ts'
import { numberOf } from '../database/ids.ts'
import type { Environment } from '../environment.ts'
import { hubsOf, quarantinedOf } from './dispatch.ts'
import { attemptName, type Execution, isFinalStatus } from './execution-state.ts'
import { nextQueued } from './gate.ts'
import type { Current } from './log-desk.ts'
import { logKey, sealLog } from './log-seal.ts'
import type { LogStore } from './log-store.ts'
import { deploymentObject } from './object.ts'
import { publishSeal, publishStates } from './publication.ts'
import type { DeploymentStorage } from './storage.ts'

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
  #running: Promise<void> | undefined
  #isWanted = false

  constructor(env: Environment, storage: DeploymentStorage, log: LogStore, current: () => Current) {
    this.#env = env
    this.#storage = storage
    this.#log = log
    this.#current = current
  }

  get areLeft(): boolean {
    const current = this.#current()
    if (!current) return false
    const isOver = isFinalStatus(current.execution.status)
    return this.#storage.hasOutbox || (isOver && !this.#storage.isSealed)
  }

  get areUnderWay(): boolean {
    return this.#running !== undefined
  }

  /** Does what there is, and what comes up meanwhile. */
  do(): Promise<void> {
    this.#isWanted = true
    this.#running ??= this.#untilDone().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #untilDone(): Promise<void> {
    while (this.#isWanted) {
      this.#isWanted = false
      const current = this.#current()
      if (current) await this.#once(current)
    }
  }

  async #once({ inputs, execution }: NonNullable<Current>): Promise<void> {
    const db = openDatabase(this.#env)
    const hub = hubsOf(this.#env, inputs, execution)
    const isEnding = isFinalStatus(execution.status) && !this.#storage.isSealed
    if (isEnding) await hub.release(inputs.id, quarantinedOf(execution))
    const publications = this.#storage.outbox()
    await publishStates(db, inputs, publications)
    for (const { sequence } of publications) this.#storage.published(sequence)
    if (!isEnding) return
    const next = await nextQueued(db, inputs.task.concurrencyKey, Date.now())
    if (next !== undefined && next !== inputs.id)
      await deploymentObject(this.#env, next).start(next)
    await sealLog(this.#env.STORE, logKey(inputs.id), this.#log)
    this.#storage.setSealed()
    await publishSeal(db, inputs.task.id, logKey(inputs.id))
    await hub.sealed(spooled(execution))
    // Making an object's file takes several syncs: the next deployment finds it made.
    await deploymentObject(this.#env, following(inputs.id)).warm()
  }
}

/** The id that the next deployment will have. */
const following = (id: string) => `Deployments-${numberOf(id) + 1}`

/** Whose runners still keep a copy of the log. */
const spooled = ({ deployment, attempts }: Execution) =>
  attempts.flatMap(({ number, runnerId, claimedAt }) =>
    runnerId && claimedAt ? [{ runner: runnerId, attempt: attemptName(deployment, number) }] : [],
  )
