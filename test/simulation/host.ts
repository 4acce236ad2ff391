import { Disk } from './disk.ts'
import type { CrashPoint } from './faults.ts'
import { Supervisor } from './supervisor.ts'
import { type Life, newLife, type World } from './world.ts'

/** What really happened on a machine: no crash and no power cut touches it. */
export type Deed = { attempt: string; type: 'START' | 'END'; at: number; exit?: number | 'killed' }

export type Program = {
  pid: number
  startTime: string
  /** Of a script: the attempt's folder, which all its processes carry. */
  cookie: string | undefined
  kill: (signal: string) => void
  /** Nothing goes wrong any more. */
  heal?: () => void
}

/** Reads, at a crash of the daemon, which named point that was. */
const POINT_OF: readonly (readonly [part: RegExp, point: CrashPoint])[] = [
  [/^write \S*journal\S* .*"accepted"/, 'C4'],
  [/^send claim/, 'C5'],
  [/^write \S*journal\S* .*"starting"/, 'C7'],
  [/^order run/, 'C8'],
  [/^write \S*journal\S* .*"started"/, 'C8'],
  [/^send log/, 'C9'],
  [/^send complete/, 'C12'],
]

/** A target's machine: its disk, its processes, its clocks, and the runner's daemon on it. */
export class Host {
  readonly name: string
  readonly runnerId: string
  readonly world: World
  readonly disk = new Disk()
  readonly clock = { offset: 0 }
  readonly programs = new Map<number, Program>()
  readonly ledger: Deed[] = []
  readonly isNaming = true
  /** Bytes of each attempt's log as they were printed. */
  readonly printed: Map<string, Buffer>
  bootId = 'boot-1'
  daemon: Life | undefined
  /** Brings the daemon up in the turn of its life. */
  begin: () => void = () => undefined
  readonly #watchers = new Set<() => void>()
  #boots = 1
  #pids = 100
  #lives = 0

  constructor(world: World, name: string, runnerId: string, printed: Map<string, Buffer>) {
    this.world = world
    this.printed = printed
    this.name = name
    this.runnerId = runnerId
    this.disk.makeFolder(this.home)
  }

  get home(): string {
    return `/${this.name}`
  }

  monotonic(): number {
    return 1_000_000 + this.world.now
  }

  start(afterMs: number): void {
    const life = newLife(`${this.name}/daemon-${++this.#lives}`, this.clock)
    this.daemon = life
    this.world.after(afterMs, life, 'start', () => this.begin())
  }

  /** Whether the process that runs now still may: each effect of a daemon is a place to crash at. */
  may(what: string): boolean {
    const { turn, faults, chance } = this.world
    const life = turn?.life
    if (!life?.isAlive) return false
    if (life !== this.daemon || faults.isHealed) return true
    const point = POINT_OF.find(([part]) => part.test(what))?.[1]
    const isFocus =
      point !== undefined && faults.isFocus(point, `${this.name} ${what.slice(0, 12)}`)
    if (!isFocus && !faults.is('crash-runner', this.name)) return true
    if (point && !isFocus) faults.hit(point)
    this.world.say(`${this.name}: daemon dies before: ${what.trimEnd()}`)
    // Half of the crashes come right after the effect instead of before it.
    const isAfter = chance.is('crash-after', 0.5)
    this.crash(chance.whole('restart', 10, 30_000))
    return isAfter
  }

  /** `kill -9` of the daemon; whoever watches services starts it again. */
  crash(downMs: number): void {
    const { daemon } = this
    if (!daemon?.isAlive) return
    daemon.isAlive = false
    for (const program of this.programs.values())
      if (program instanceof Supervisor) program.orphan()
    this.start(downMs)
  }

  /** The power goes: processes, what was not synced, and the daemon. */
  reboot(downMs: number): void {
    this.world.say(`${this.name}: power cut`)
    if (this.daemon) this.daemon.isAlive = false
    for (const program of [...this.programs.values()]) program.kill('POWER')
    this.programs.clear()
    this.disk.cutPower(what => this.world.chance.draw(`power ${this.name} ${what}`))
    this.disk.makeFolder(this.home)
    this.bootId = `boot-${++this.#boots}`
    this.#watchers.clear()
    this.start(downMs)
  }

  spawn(args: string[]) {
    if (!this.may(`spawn ${args.at(-1)}`) || !this.daemon) return deadChild()
    const supervisor = new Supervisor(this, this.nextPid(), this.daemon)
    this.programs.set(supervisor.pid, supervisor)
    return supervisor.child()
  }

  heal(): void {
    for (const program of this.programs.values()) program.heal?.()
  }

  nextPid(): number {
    return this.#pids++
  }

  startTimeOf(pid: number): string | undefined {
    return this.programs.get(pid)?.startTime
  }

  leftovers(cookie: string): { pid: number; name: string }[] {
    return [...this.programs.values()]
      .filter(program => program.cookie === cookie)
      .map(({ pid }) => ({ pid, name: 'script' }))
  }

  signal(pid: number, name: string): void {
    if (this.may(`signal ${name}`)) this.programs.get(pid)?.kill(name)
  }

  gone(pid: number): void {
    this.programs.delete(pid)
    this.tell()
  }

  record(deed: Omit<Deed, 'at'>): void {
    this.ledger.push({ ...deed, at: this.world.now })
    const exit = deed.exit === undefined ? '' : ` ${deed.exit}`
    this.world.say(`${this.name}: ${deed.type} ${deed.attempt}${exit}`)
  }

  /** Calls back once, when a file or a process has changed. */
  changed(callback: () => void): void {
    this.#watchers.add(callback)
  }
  tell(): void {
    if (this.#watchers.size === 0) return
    const all = [...this.#watchers]
    this.#watchers.clear()
    for (const callback of all) callback()
  }
}

const deadChild = () => ({
  pid: undefined,
  stdin: null,
  stdout: null,
  once: () => undefined,
  on: () => undefined,
})
