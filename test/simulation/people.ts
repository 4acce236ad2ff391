import type { Backups } from './backups.ts'
import { client, type Statement } from './libsql.ts'
import type { Observer } from './observer.ts'
import { isFinal } from './observer.ts'
import type { Product } from './product.ts'
import { creationOf, type Scenario, SPACE } from './scenario.ts'
import { isSimulated, type Server } from './server.ts'

type Stub = Record<string, (...args: unknown[]) => Promise<unknown>>
type Task = Scenario['deployments'][number]

const ADA = {
  kind: 'user',
  id: 'Users-ada',
  username: 'ada',
  displayName: 'Ada',
  email: 'ada@example.com',
  emailAddress: 'ada@example.com',
  isService: false,
  grants: [
    { roleId: 'userroles-systemadministrator', spaceId: null, projectIds: [], environmentIds: [] },
    { roleId: 'userroles-spacemanager', spaceId: null, projectIds: [], environmentIds: [] },
  ],
  establishedWith: 'Host',
}
const BEN = { ...ADA, id: 'Users-ben', username: 'ben', displayName: 'Ben' }

/** How often somebody asks again whose request failed. */
const AGAIN_MS = 3_000
const CRON_MS = 30_000
/** So often a person has one thing run again; then it is called off. */
const MAX_REPEATS = 2

/** Ada and Ben, who create, cancel and answer through the server's front; and the schedule, which
 *  asks by itself. A request that fails is made again, as a client would. */
export class People {
  readonly #server: Server
  readonly #product: Product
  readonly #scenario: Scenario
  readonly #observer: Observer
  readonly #backups: Backups
  readonly created = new Set<string>()

  constructor(
    server: Server,
    product: Product,
    scenario: Scenario,
    observer: Observer,
    backups: Backups,
  ) {
    this.#server = server
    this.#product = product
    this.#scenario = scenario
    this.#observer = observer
    this.#backups = backups
  }

  begin(): void {
    for (const task of this.#scenario.deployments) {
      this.#at(task.createAt, () => this.#create(task))
      for (const at of task.cancelAt) this.#at(at, () => this.#cancel(task, 5))
    }
    this.#at(this.#scenario.answerMs, () => this.#answerAll())
    this.#at(CRON_MS, () => this.#schedule())
  }

  #at(at: number, deed: () => void): void {
    const { world } = this.#server
    world.after(at - world.now, undefined, '', deed)
  }
  #later(ms: number, deed: () => void): void {
    this.#server.world.after(ms, undefined, '', deed)
  }

  /** A request to the front: in a turn of its life, and `failed` when that life ends before. */
  #ask(label: string, deed: () => Promise<unknown>, failed: () => void): void {
    const { world } = this.#server
    if (!this.#server.isUp) {
      this.#later(AGAIN_MS, failed)
      return
    }
    let isOver = false
    const fail = (error?: unknown) => {
      if (isOver) return
      isOver = true
      stop()
      if (error !== undefined && !isOrdinary(error)) this.#server.report(error)
      this.#later(AGAIN_MS, failed)
    }
    const stop = this.#server.onDown(() => fail())
    world.after(1, this.#server.front, label, () => {
      deed().then(() => {
        isOver = true
        stop()
      }, fail)
    })
  }

  #object(id: string): Stub {
    return (this.#server.env.DEPLOYMENT as { get(name: string): Stub }).get(id)
  }

  #create(task: Task): void {
    const { world } = this.#server
    const deed = async () => {
      const writes: Statement[] = creationOf(task, world.chance, this.#server.wall())
      try {
        await client.batch(writes)
      } catch (error) {
        // Asked again after an answer that was lost: it is there.
        if (!String(error).includes('UNIQUE')) throw error
      }
      this.created.add(task.id)
      if (world.faults.isFocus('C1', task.id)) {
        this.#server.crash(world.chance.whole('server down', 50, 20_000))
        return
      }
      await this.#object(task.id).start?.(task.id)
    }
    this.#ask(`create ${task.id}`, deed, () => {
      if (!this.created.has(task.id)) this.#create(task)
    })
  }

  #cancel(task: Task, tries: number): void {
    const again = () => {
      if (tries > 0) this.#cancel(task, tries - 1)
    }
    // What is asked of a row that is behind is asked of what is over.
    if (!this.created.has(task.id) || this.#backups.isBehind(task.id)) {
      this.#later(AGAIN_MS, again)
      return
    }
    const context = {
      ...{ db: this.#product.openDatabase(), env: this.#server.env, now: this.#server.wall() },
      ...{ principal: ADA, origin: { userAgent: '', address: '' } },
    }
    const taskId = task.id.replace('Deployments', 'ServerTasks')
    const deed = () => this.#product.cancelTask(context, SPACE, taskId)
    this.#ask(`cancel ${task.id}`, () => this.#backups.during(deed), again)
  }

  #answerAll(): void {
    for (const { committed } of this.#observer.sights.values()) {
      if (!committed || isFinal(committed)) continue
      for (const question of committed.interruptions ?? [])
        if (question.state === 'Pending') this.#answer(committed.deployment, question.number)
    }
    this.#later(this.#scenario.answerMs, () => this.#answerAll())
  }

  #answer(deployment: string, number: number): void {
    const { chance, faults } = this.#server.world
    const state = this.#observer.sights.get(deployment)?.committed
    const question = state?.interruptions[number - 1]
    if (!state || !question) return
    const before = state.interruptions.filter(
      each => each.step === question.step && each.lane === question.lane && each.answer !== null,
    )
    const isEnough = before.length >= MAX_REPEATS || faults.isHealed
    const choices = question.choices.filter(
      choice => !isEnough || (choice !== 'Retry' && choice !== 'RunAgain'),
    )
    const choice = chance.one('choice', choices)
    const user = chance.is('who', 0.7) ? ADA : BEN
    const interruption = `Interruptions-${deployment.slice(deployment.indexOf('-') + 1)}-${number}`
    const object = this.#object(deployment)
    const takeOver = chance.is('take over', 0.5)
    const deed = async () => {
      await object.takeResponsibility?.({ interruption, user, teamIds: [], takeOver })
      await object.submitInterruption?.({ interruption, user, teamIds: [], choice, notes: '' })
    }
    this.#ask(`answer ${interruption}: ${choice}`, deed, () => undefined)
  }

  #schedule(): void {
    const deed = () => this.#product.runSchedule(this.#server.env, this.#server.wall())
    this.#ask('schedule', deed, () => undefined)
    this.#later(CRON_MS, () => this.#schedule())
  }
}

/** What a client is told instead of being let down. */
const isOrdinary = (error: unknown): boolean =>
  isSimulated(error) || (error instanceof Error && 'code' in error)
