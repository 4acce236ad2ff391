import type { SQLInputValue } from 'node:sqlite'
import { isCreation, isWrite, Sqlite } from './sql.ts'
import { type Life, newLife, type Turn, type World } from './world.ts'

type Method = (...args: unknown[]) => unknown
type Instance = Record<string, Method>
type ObjectClass = new (ctx: unknown, env: unknown) => Instance

/** How long a call between two parts of the server is on its way, in milliseconds. */
const CALL_MS = 1
const ALARM_TRIES = 6

const pools = new Map<string, Sqlite[]>()

/**
 * A Durable Object as the platform keeps it: storage that outlives its instances, implicit
 * transactions that end with the turn, outputs held back until then, and one alarm that is fired
 * at least once.
 */
export class HostedObject {
  readonly kind: string
  readonly name: string
  readonly sqlite: Sqlite
  readonly server: Server
  life: Life | undefined
  instance: Instance | undefined
  alarmAt: number | null = null
  /** Something has been committed here. */
  hasBegun = false
  #firing: number | null = null
  #tries = 0
  #alarmInTurn: { at: number | null } | undefined
  #pending: { at: number; run: () => void } | undefined
  /** Callers of this life that still wait for an answer. */
  readonly #waiting = new Set<(error: Error) => void>()

  constructor(server: Server, kind: string, name: string) {
    this.server = server
    this.kind = kind
    this.name = name
    this.sqlite = pools.get(kind)?.pop() ?? new Sqlite()
  }

  call(method: string, args: unknown[], caller: Life | undefined): Promise<unknown> {
    const { world } = this.server
    return new Promise((resolve, reject) => {
      const answered = (outcome: () => void) =>
        world.after(CALL_MS, caller, `answer of ${this.name}.${method}`, outcome)
      world.output(() => {
        const lost = world.faults.is('object-call-lost', `${this.name}.${method}`)
        if (lost) {
          answered(() => reject(new Error('simulated: the call was lost')))
          return
        }
        world.after(CALL_MS, undefined, '', () =>
          this.#receive(method, args, answered, resolve, reject),
        )
      })
    })
  }

  #receive(
    method: string,
    args: unknown[],
    answered: (outcome: () => void) => void,
    resolve: (value: unknown) => void,
    reject: (error: Error) => void,
  ): void {
    const { world, isUp } = this.server
    if (!isUp) {
      answered(() => reject(new Error('simulated: the server is down')))
      return
    }
    this.#wake()
    const fail = (error: Error) => {
      this.#waiting.delete(fail)
      answered(() => reject(error))
    }
    this.#waiting.add(fail)
    this.do(method, () => {
      const settle = (outcome: () => void) => {
        world.output(() => {
          this.#waiting.delete(fail)
          answered(outcome)
        })
      }
      invoke(this.instance, method, args).then(
        value => {
          this.server.onAnswer(this, method, args, value)
          settle(() => resolve(value))
        },
        (error: Error) => settle(() => reject(error)),
      )
    })
  }

  /** One turn of this life; the instance comes up in it if it must. */
  do(label: string, run: () => void): void {
    this.server.world.after(0, this.#wake(), label, () => {
      this.#open()
      run()
    })
  }

  #wake(): Life {
    if (!this.life) {
      this.life = newLife(this.name, this.server.clock)
      this.life.pausedUntil = this.server.pausedUntil
    }
    return this.life
  }

  #open(): void {
    const { turn } = this.server.world
    if (turn) turn.onEnd = ending => this.#end(ending)
    if (this.instance) return
    const found = this.server.classes[this.kind]
    if (!found) throw new Error(`there is no class ${this.kind}`)
    this.instance = new found(this.#context(), this.server.env)
  }

  #context() {
    return {
      id: { name: this.name },
      storage: {
        sql: { exec: (query: string, ...values: SQLInputValue[]) => this.#exec(query, values) },
        setAlarm: async (at: number | Date) => this.#setAlarm(Number(at)),
        deleteAlarm: async () => this.#setAlarm(null),
        getAlarm: async () => (this.#alarmInTurn ? this.#alarmInTurn.at : this.alarmAt),
        transactionSync: <T>(run: () => T): T => run(),
        sync: async () => undefined,
      },
      waitUntil: (work: Promise<unknown>) => {
        work.catch(error => this.server.report(error))
      },
      blockConcurrencyWhile: <T>(run: () => Promise<T>): Promise<T> => run(),
    }
  }

  #exec(query: string, values: SQLInputValue[]) {
    const { turn } = this.server.world
    // The tables are made once and for all schedules: they are no state.
    if (isCreation(query) && turn && !turn.isWriting) this.sqlite.prepared(query).run()
    else {
      if (isWrite(query)) this.#write()
      const rows = this.sqlite.all(query, values)
      return Object.assign(rows.values(), { toArray: () => rows, one: () => rows[0] })
    }
    return Object.assign([].values(), { toArray: () => [], one: () => undefined })
  }

  #write(): void {
    const { turn } = this.server.world
    if (!turn) throw new Error('a write outside of any turn')
    // What a life that is over still runs into must leave no trace.
    this.sqlite.begin()
    turn.isWriting = true
    turn.onEnd ??= ending => this.#end(ending)
  }

  #setAlarm(at: number | null): void {
    this.#write()
    this.#alarmInTurn = { at }
  }

  #end(turn: Turn): void {
    const { server } = this
    const before = server.crashAt(this, turn, 'before-commit')
    if (before) {
      this.sqlite.rollback()
      this.#alarmInTurn = undefined
      before()
      return
    }
    this.sqlite.commit()
    if (this.#alarmInTurn) this.alarmAt = this.#alarmInTurn.at
    if (this.#alarmInTurn) this.schedule()
    this.#alarmInTurn = undefined
    if (turn.isWriting) {
      this.hasBegun = true
      server.onCommit(this)
    }
    server.crashAt(this, turn, 'after-commit')?.()
  }

  /** The instance is gone, with all that it only held in memory. */
  abort(): void {
    const { life } = this
    if (life) life.isAlive = false
    this.life = undefined
    this.instance = undefined
    if (this.#firing !== null) {
      this.alarmAt ??= this.#firing
      this.#firing = null
      this.schedule()
    }
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const fail of waiting) fail(new Error('simulated: the object was lost'))
  }

  /** Fires the alarm when the server's clock says so. */
  schedule(): void {
    const { world, clock } = this.server
    if (this.#pending) this.#pending.run = () => undefined
    this.#pending = undefined
    if (this.alarmAt === null || !this.server.isUp) return
    const late = world.faults.is('alarm-late', this.name)
      ? world.chance.whole('alarm', 1_000, 20_000)
      : 0
    const delay = this.alarmAt - this.server.epoch - clock.offset - world.now + late
    this.#pending = world.after(delay, undefined, '', () => this.#fire())
  }

  #fire(): void {
    if (this.alarmAt === null || !this.server.isUp) return
    this.#pending = undefined
    this.#firing = this.alarmAt
    this.alarmAt = null
    const { world } = this.server
    this.do('alarm', () => {
      invoke(this.instance, 'alarm', []).then(
        // Only with the commit of what it did: until then it would be fired again.
        () =>
          world.output(() => {
            this.#firing = null
            this.#tries = 0
          }),
        error => {
          this.server.report(error)
          this.#firing = null
          if (++this.#tries > ALARM_TRIES) return
          this.alarmAt ??= this.server.wall() + 2_000 * 2 ** this.#tries
          this.schedule()
        },
      )
    })
  }

  retire(): void {
    this.sqlite.clear()
    const pool = pools.get(this.kind) ?? []
    pool.push(this.sqlite)
    pools.set(this.kind, pool)
  }
}

/** It, or what it was made of, is a failure that a schedule has put there. */
export const isSimulated = (error: unknown): boolean => {
  for (let each = error; each instanceof Error; each = each.cause)
    if (each.message.includes('simulated:')) return true
  return String(error).includes('simulated:')
}

const invoke = async (instance: Instance | undefined, method: string, args: unknown[]) => {
  const found = instance?.[method]
  if (!found) throw new Error(`the object has no ${method}`)
  return found.apply(instance, args)
}

/** Decides on crashes of the server and its objects; see `crashes.ts`. */
export type CrashRule = (
  object: HostedObject,
  turn: Turn,
  when: 'before-commit' | 'after-commit',
) => (() => void) | undefined

/** The one server: its objects, whether it is up, and what its clock says. */
export class Server {
  readonly world: World
  readonly epoch: number
  readonly clock = { offset: 0 }
  readonly objects = new Map<string, HostedObject>()
  readonly classes: Record<string, ObjectClass> = {}
  readonly errors: string[] = []
  env: Record<string, unknown> = {}
  isUp = true
  isLibsqlDown = false
  pausedUntil = 0
  readonly #down = new Set<() => void>()
  /** What answers runners and people; a new one after each crash. */
  front: Life
  crashAt: CrashRule = () => undefined
  onCommit: (object: HostedObject) => void = () => undefined
  onAnswer: (object: HostedObject, method: string, args: unknown[], value: unknown) => void = () =>
    undefined

  constructor(world: World, epoch: number) {
    this.world = world
    this.epoch = epoch
    this.front = newLife('front', this.clock)
  }

  wall(): number {
    return this.epoch + Math.floor(this.world.now) + this.clock.offset
  }

  object(kind: string, name: string): HostedObject {
    const key = `${kind} ${name}`
    let found = this.objects.get(key)
    if (!found) {
      found = new HostedObject(this, kind, name)
      this.objects.set(key, found)
    }
    return found
  }

  /** As bindings give it: any method called on it is a call over the wire. */
  namespace(kind: string) {
    const stubs = new Map<string, unknown>()
    return {
      idFromName: (name: string) => name,
      get: (name: string) => {
        let stub = stubs.get(name)
        if (!stub) {
          const call =
            (method: string) =>
            (...args: unknown[]) =>
              this.object(kind, name).call(method, args, this.world.turn?.life)
          stub = new Proxy({} as Record<string, unknown>, {
            get: (cache, method) => {
              if (typeof method !== 'string' || method === 'then') return undefined
              cache[method] ??= call(method)
              return cache[method]
            },
          })
          stubs.set(name, stub)
        }
        return stub
      },
    }
  }

  /** All of it at once; comes back after `downMs`. */
  crash(downMs: number): void {
    if (!this.isUp) return
    this.isUp = false
    this.world.say(`server: crash, back in ${downMs} ms`)
    this.front.isAlive = false
    const told = [...this.#down]
    this.#down.clear()
    for (const tell of told) tell()
    for (const object of this.objects.values()) object.abort()
    this.world.after(downMs, undefined, 'server up', () => this.#start())
  }

  /** Calls back when the server crashes; answers how to call that off. */
  onDown(tell: () => void): () => void {
    this.#down.add(tell)
    return () => this.#down.delete(tell)
  }

  #start(): void {
    this.isUp = true
    this.front = newLife('front', this.clock)
    this.world.say('server: up')
    for (const object of this.objects.values()) object.schedule()
  }

  /** All of it stands still; what is on its way arrives then. */
  pauseUntil(until: number): void {
    this.pausedUntil = until
    this.front.pausedUntil = until
    for (const { life } of this.objects.values()) if (life) life.pausedUntil = until
  }

  /** The wall clock is set; timers go on as they were, alarms are compared anew. */
  jump(ms: number): void {
    this.clock.offset += ms
    for (const object of this.objects.values()) object.schedule()
  }

  /** An error of the product's own is a defect; that something simulated failed is not. */
  report(error: unknown): void {
    if (!isSimulated(error))
      this.errors.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }

  retire(): void {
    for (const object of this.objects.values()) object.retire()
  }
}
