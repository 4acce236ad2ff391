import { Backups } from './backups.ts'
import { Checks } from './checks.ts'
import { crashRule, nemesis } from './crashes.ts'
import type { Hits } from './faults.ts'
import { frontOf } from './front.ts'
import { enter } from './here.ts'
import { Host } from './host.ts'
import { type Libsql, libsql } from './libsql.ts'
import { Link } from './network.ts'
import { Observer } from './observer.ts'
import { People } from './people.ts'
import type { Product } from './product.ts'
import { Quiet } from './quiet.ts'
import { makeScenario, type Pace, writeScenario } from './scenario.ts'
import { Server } from './server.ts'
import { Store } from './store.ts'
import { Violation } from './violation.ts'
import { World } from './world.ts'

export type Outcome = {
  seed: number
  events: number
  hits: Hits
  /** The faults that happened, by the names that bring them back. */
  taken: string[]
  violation: { invariant: string; message: string } | undefined
  trace: string[] | undefined
  /** Ends of deployments and questions asked: what the schedule was about. */
  ends: Hits
}

const EPOCH = 1_767_225_600_000
/** What takes long must live long enough: no more goes wrong then, only less often. */
const NEMESIS_MS: Record<Pace, number> = { usual: 4_000, slow: 10_000, lost: 40_000 }
const LOOK_MS = 5_000
/** How long after somebody wanted to cancel it may still be asked again. */
const LATE_CANCEL_MS = 20_000
const HEALED_MS = 45 * 60_000
/** How long after the last step all must have come to its end: {@link Quiet} judges each part. */
const SETTLED_MS = 300_000
const MAX_EVENTS = 60_000
/** How long a machine is out of reach at most, and how often it is asked whether it was given up. */
const LONGEST_MS = 720_000
const GIVEN_UP_MS = 2_000
/** For so long nobody is told that nothing passes; then each try fails at once, and comes again soon. */
const SILENT_MS = 600_000
const AT_WORK_MS = 2_000

/** One schedule from first to last: faults until it heals, then everything must come to its end. */
export const runSchedule = async (
  product: Product,
  seed: number,
  options: { allowed?: ReadonlySet<string>; isTraced?: boolean } = {},
): Promise<Outcome> => {
  const world = new World(seed, options.allowed)
  if (options.isTraced) world.trace = []
  const db = libsql()
  db.begin()
  const schedule = new Schedule(world, product, db)
  let violation: Outcome['violation']
  try {
    await schedule.run()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const isOurs = error instanceof Violation
    violation = {
      invariant: isOurs ? error.invariant : 'defect',
      message: isOurs || !(error instanceof Error) ? message : (error.stack ?? message),
    }
    world.say(`VIOLATION ${message}`)
  } finally {
    schedule.end()
    db.undo()
    enter(undefined)
  }
  const { hits, taken } = world.faults
  return {
    seed,
    events: world.events,
    hits,
    taken,
    violation,
    trace: world.trace,
    ends: schedule.ends,
  }
}

class Schedule {
  readonly ends: Hits = {}
  readonly #world: World
  readonly #product: Product
  readonly #db: Libsql
  readonly #server: Server
  readonly #store = new Store()
  readonly #hosts: Host[] = []
  readonly #links = new Map<string, Link>()
  readonly #observer: Observer
  readonly #scenario: ReturnType<typeof makeScenario>

  constructor(world: World, product: Product, db: Libsql) {
    this.#world = world
    this.#product = product
    this.#db = db
    this.#server = new Server(world, EPOCH)
    this.#observer = new Observer(world)
    this.#scenario = makeScenario(world.chance)
  }

  async run(): Promise<void> {
    const world = this.#world
    const server = this.#server
    const scenario = this.#scenario
    const printed = new Map<string, Buffer>()
    writeScenario(this.#db, world.chance, scenario, EPOCH)
    Object.assign(server.classes, { DEPLOYMENT: this.#product.Deployment, HUB: this.#product.Hub })
    server.env = this.#environment()
    for (const { name, runnerId } of scenario.hosts) this.#addHost(name, runnerId, printed)
    const hosts = new Map(this.#hosts.map(host => [host.name, host]))
    enter({ world, server, hosts })
    const parts = {
      server,
      hosts: this.#hosts,
      observer: this.#observer,
      db: this.#db,
      scenario,
      printed,
    }
    const backups = new Backups(server, this.#db)
    const checks = new Checks(parts)
    const quiet = new Quiet({ ...parts, store: this.#store, backups })
    backups.onPutBack = () => checks.putBack()
    const failed: unknown[] = []
    const guarded = (deed: () => void) => {
      try {
        deed()
      } catch (error) {
        failed.push(error)
      }
    }
    server.crashAt = crashRule(server)
    server.onCommit = object => guarded(() => this.#observer.committed(object))
    server.onAnswer = (...given) => guarded(() => checks.answered(...given))
    this.#db.onCommit = () => guarded(() => checks.published())
    for (const link of this.#links.values())
      link.onAcknowledged = (attempt, next) => guarded(() => checks.acknowledged(attempt, next))
    Object.assign(globalThis, {
      simulation: {
        decided: (decide: never, given: never[]) => {
          try {
            return this.#observer.decided(decide, given)
          } catch (error) {
            failed.push(error)
            throw error
          }
        },
      },
    })
    world.afterEach = () => {
      checks.each()
      if (failed.length > 0) throw failed[0]
    }
    for (const host of this.#hosts) host.start(world.chance.whole('host start', 0, 2_000))
    new People(server, this.#product, scenario, this.#observer, backups).begin()
    backups.begin()
    this.#disturb()
    if (scenario.pace !== 'usual') this.#cutOff(scenario.pace === 'lost')
    await this.#suffer(quiet)
    await this.#heal(quiet)
    quiet.judge()
    this.#count()
  }

  /** Until it heals, or until everything has ended that faults could befall. */
  async #suffer(quiet: Quiet): Promise<void> {
    const { healAt, deployments } = this.#scenario
    const settled = Math.max(...deployments.flatMap(each => [each.createAt, ...each.cancelAt]))
    while (this.#world.now < healAt) {
      await this.#world.run(Math.min(healAt, this.#world.now + LOOK_MS), MAX_EVENTS)
      if (this.#world.now > settled + LATE_CANCEL_MS && quiet.isOver) return
    }
  }

  #environment(): Record<string, unknown> {
    return {
      HUB: this.#server.namespace('HUB'),
      DEPLOYMENT: this.#server.namespace('DEPLOYMENT'),
      STORE: this.#store,
      LIBSQL_URL: 'simulated',
      MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
      PUBLIC_URL: 'http://127.0.0.1:8787',
      INSTALLATION_ID: 'simulated',
      HOSTED: 'local',
    }
  }

  #addHost(name: string, runnerId: string, printed: Map<string, Buffer>): void {
    const host = new Host(this.#world, name, runnerId, printed)
    const link = new Link(host, frontOf(this.#server))
    link.isSkewed = this.#world.faults.is('version-skew', name)
    const identity = { server: 'http://127.0.0.1:8787', runnerId, spaceId: 'Spaces-1', name }
    host.begin = () => {
      const home = this.#product.openHome(host.home)
      const say = (line: string) => this.#world.say(`  ${name} says: ${line}`)
      new this.#product.Daemon({
        home,
        identity,
        key: KEY,
        server: link.server,
        program: 'runner',
        say,
      })
    }
    this.#hosts.push(host)
    this.#links.set(name, link)
  }

  #disturb(): void {
    const world = this.#world
    if (world.faults.isHealed) return
    nemesis(
      this.#server,
      this.#hosts.map(host => ({
        name: host.name,
        link: this.#links.get(host.name) as Link,
        clock: host.clock,
        daemon: host.daemon,
        isWorking: isAtWork(host),
        reboot: (ms: number) => host.reboot(ms),
      })),
      this.#scenario.healAt,
    )
    world.after(NEMESIS_MS[this.#scenario.pace], undefined, '', () => this.#disturb())
  }

  /** A machine is out of reach for longer than its leases last, or than anybody waits for it, and back
   *  before its steps end. */
  #cutOff(isLost: boolean): void {
    for (const host of this.#hosts)
      if (this.#world.faults.isPlanned('partition', host.name, isLost ? 0.95 : 0.7))
        this.#cutOffAtWork(host, isLost)
  }

  #cutOffAtWork(host: Host, isLost: boolean): void {
    const world = this.#world
    if (world.faults.isHealed) return
    if (!isAtWork(host) || world.chance.is('not yet', 0.7)) {
      world.after(AT_WORK_MS, undefined, '', () => this.#cutOffAtWork(host, isLost))
      return
    }
    const link = this.#links.get(host.name) as Link
    link.cutUntil = world.now + (isLost ? LONGEST_MS : world.chance.whole('back', 90_000, 150_000))
    world.say(`${host.name}: cut off until ${link.cutUntil / 1000}`)
    if (!isLost) return
    world.after(SILENT_MS, undefined, '', () => {
      link.isRefusing = true
      this.#bringBack(host, link)
    })
  }

  /** At the worst moment: just when it has been given up, and others are to work there. */
  #bringBack(host: Host, link: Link): void {
    const world = this.#world
    if (world.now >= link.cutUntil) return
    const { runnerId } = host
    const isGivenUp = [...this.#observer.sights.values()].some(({ latest }) =>
      latest.attempts.some(each => each.state === 'Unknown' && each.runnerId === runnerId),
    )
    if (isGivenUp) link.cutUntil = world.now + world.chance.whole('back', 0, 12_000)
    else world.after(GIVEN_UP_MS, undefined, '', () => this.#bringBack(host, link))
  }

  /** Nothing goes wrong any more; what is down comes up, as it would have. */
  async #heal(quiet: Quiet): Promise<void> {
    const world = this.#world
    world.say('— healed —')
    world.faults.isHealed = true
    this.#server.isLibsqlDown = false
    for (const link of this.#links.values()) link.heal()
    for (const host of this.#hosts) host.heal()
    quiet.heal()
    let end = world.now + HEALED_MS
    while (world.now < end) {
      await world.run(world.now + LOOK_MS, MAX_EVENTS)
      if (quiet.look()) return
      // Steps that take long may take longer still, when they are tried again.
      if (this.#hosts.some(isAtWork)) end = Math.max(end, world.now + SETTLED_MS)
    }
    throw new Violation('I6', 'not everything has ended three quarters of an hour after healing')
  }

  #count(): void {
    const add = (name: string) => {
      this.ends[name] = (this.ends[name] ?? 0) + 1
    }
    for (const { latest } of this.#observer.sights.values()) {
      add(latest.conclusion ?? latest.status)
      for (const { kind, answer } of latest.interruptions ?? [])
        add(`${kind}: ${answer ?? 'unanswered'}`)
      for (const { state } of latest.attempts) add(`attempt ${state}`)
    }
  }

  end(): void {
    this.#server.retire()
  }
}

const KEY = {}

const isAtWork = ({ programs }: Host): boolean =>
  [...programs.values()].some(({ cookie }) => cookie !== undefined)
