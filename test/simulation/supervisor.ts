import { createHash } from 'node:crypto'
import type { Host, Program } from './host.ts'
import { type Life, newLife } from './world.ts'

/** What a step's script does, as its body says; the rest is left to chance, anew for each attempt. */
export type Behaviour = {
  lines: number
  ms: number
  /** How likely it ends with exit code 3. */
  fails: number
  /** It does not end when it is asked to. */
  isStubborn: boolean
}

type Grant = {
  attempt: string
  properties: Record<string, string>
  timeoutMs: number
  cancelGraceMs: number
}
type Order = { type: string; grant?: Grant; attempt?: string; reason?: string }
type Stop = { outcome: string; reason: string }

/** How long what runs after healing takes at most: nothing is left that could befall it. */
const HEALED_MS = 2_000

/** What of the product's own files a supervisor of the model uses; set when they are loaded. */
export const product: {
  writeResult: (folder: string, result: unknown) => void
  formatRecord: (record: { level: 'info'; at: number; text: string }) => string
} = { writeResult: () => undefined, formatRecord: ({ text }) => text }

/**
 * Stands in for the process of `runner/supervisor/supervise.ts`: takes orders on its input, runs a
 * script of its own, spools what that prints, leaves the result on disk with the product's own
 * `writeResult`, and gives hints on its output. The script is a process of its own, which goes on
 * when its supervisor is killed.
 */
export class Supervisor implements Program {
  readonly pid: number
  readonly startTime: string
  readonly cookie = undefined
  readonly #host: Host
  readonly #life: Life
  readonly #parent: Life
  #onData: (text: string) => void = () => undefined
  #onClose: () => void = () => undefined
  #script: Script | undefined
  #isOrphan = false

  constructor(host: Host, pid: number, parent: Life) {
    this.#host = host
    this.pid = pid
    this.startTime = `${pid}`
    this.#parent = parent
    this.#life = newLife(`${host.name}/supervisor-${pid}`, host.clock)
  }

  /** As `child_process` gives it to the daemon. */
  child() {
    const { world } = this.#host
    const stdout = {
      setEncoding: () => stdout,
      on: (_event: string, listener: (text: string) => void) => {
        this.#onData = listener
        return stdout
      },
    }
    return {
      pid: this.pid,
      stdin: {
        on: () => undefined,
        end: () => this.orphan(),
        write: (text: string) => {
          const order = JSON.parse(text) as Order
          if (!this.#host.may(`order ${order.type}`)) return
          world.after(1, this.#life, `order ${order.type}`, () => this.#obey(order))
        },
      },
      stdout,
      on: () => undefined,
      once: (event: string, listener: () => void) => {
        if (event === 'close') this.#onClose = listener
      },
      unref: () => undefined,
    }
  }

  /** Its input has ended: it finishes what it has begun, and goes. */
  orphan(): void {
    this.#host.world.after(1, this.#life, 'orphaned', () => {
      this.#isOrphan = true
      if (!this.#script) this.#exit()
    })
  }

  kill(signal: string): void {
    if (signal === 'SIGTERM') {
      this.#host.world.after(1, this.#life, signal, () => {
        if (this.#script) this.#script.stop({ outcome: 'canceled', reason: 'Canceled' })
        else this.#exit()
      })
      return
    }
    this.#exit()
    if (signal === 'POWER') this.#script?.kill(signal)
  }

  get isWorking(): boolean {
    return this.#script !== undefined
  }

  #exit(): void {
    if (!this.#life.isAlive) return
    this.#life.isAlive = false
    this.#host.gone(this.pid)
    this.#host.world.after(1, this.#parent, 'a supervisor is gone', () => this.#onClose())
  }

  #hint(hint: Record<string, unknown>): void {
    const { world } = this.#host
    world.after(1, this.#parent, `hint ${hint.type}`, () =>
      this.#onData(`${JSON.stringify(hint)}\n`),
    )
  }

  #obey(order: Order): void {
    if (order.type === 'run' && order.grant && !this.#script) this.#run(order.grant)
    else if (order.type === 'cancel' && order.attempt === this.#script?.attempt)
      this.#script?.stop({ outcome: 'canceled', reason: order.reason ?? '' })
  }

  #run(grant: Grant): void {
    const { attempt } = grant
    const { world, home, disk } = this.#host
    const folder = `${home}/attempts/${attempt.replace(':', '_')}`
    disk.makeFolder(folder)
    const spool = disk.open(`${folder}/out.spool`, 'w')
    const hash = createHash('sha256')
    let size = 0
    this.#hint({ type: 'taken', attempt })
    const onLine = (text: string) => {
      if (!this.#life.isAlive) return
      const record = product.formatRecord({ level: 'info', at: 0, text })
      const isTorn = world.faults.is('torn-write', attempt)
      // A reader may come in the midst of a record: its beginning is there for a while.
      const bytes = Buffer.from(record)
      if (isTorn) disk.write(spool, bytes.subarray(0, 5))
      const rest = () => {
        disk.write(spool, isTorn ? bytes.subarray(5) : bytes)
        hash.update(bytes)
        size += bytes.length
        const before = this.#host.printed.get(attempt)
        this.#host.printed.set(attempt, before ? Buffer.concat([before, bytes]) : bytes)
        this.#host.tell()
        this.#hint({ type: 'spooled', attempt, bytes: size })
      }
      if (!isTorn) rest()
      else {
        this.#host.tell()
        rest()
      }
    }
    const onEnd = (exit: number | 'killed', stop: Stop | undefined) => {
      world.after(1, this.#life, 'the script has ended', () => {
        this.#script = undefined
        disk.sync(spool)
        disk.close(spool)
        const result = {
          outcome: stop?.outcome ?? (exit === 0 ? 'succeeded' : 'failed'),
          exitCode: typeof exit === 'number' ? exit : null,
          signal: exit === 'killed' ? 'SIGTERM' : null,
          reason: stop?.reason ?? (exit === 0 ? null : `exit code ${exit}`),
          finalOffset: size,
          sha256: hash.digest('hex'),
          warnings: false,
          outputs: null,
        }
        try {
          product.writeResult(folder, result)
        } catch {
          // Not even the result could be written: the daemon finds out that it is lost.
          this.#exit()
          return
        }
        this.#hint({ type: 'ended', attempt, result })
        if (this.#isOrphan) this.#exit()
      })
    }
    this.#script = new Script(this.#host, grant, folder, onLine, onEnd)
    if (world.faults.is('kill-supervisor', attempt) || world.faults.isFocus('C10', attempt)) {
      world.after(world.chance.whole('kill-supervisor', 2, 3_000), this.#life, 'SIGKILL', () => {
        if (this.#script && world.faults.focus !== 'C10') world.faults.hit('C10')
        this.#exit()
      })
    }
  }
}

/** The process of a step, with the attempt's cookie. */
class Script implements Program {
  readonly pid: number
  readonly startTime: string
  readonly cookie: string
  readonly attempt: string
  readonly #host: Host
  readonly #life: Life
  readonly #grant: Grant
  readonly #behaviour: Behaviour
  readonly #onEnd: (exit: number | 'killed', stop: Stop | undefined) => void
  #stop: Stop | undefined
  /** It comes to its own end soon. */
  #hurry: () => void = () => undefined

  constructor(
    host: Host,
    grant: Grant,
    folder: string,
    onLine: (text: string) => void,
    onEnd: (exit: number | 'killed', stop: Stop | undefined) => void,
  ) {
    this.#host = host
    this.#grant = grant
    this.attempt = grant.attempt
    this.cookie = folder
    this.#onEnd = onEnd
    this.pid = host.nextPid()
    this.startTime = `${this.pid}`
    this.#life = newLife(`${host.name}/script-${this.pid}`, host.clock)
    this.#behaviour = JSON.parse(
      grant.properties['Octopus.Action.Script.ScriptBody'] ?? '{}',
    ) as Behaviour
    host.programs.set(this.pid, this)
    host.record({ attempt: this.attempt, type: 'START' })
    const { world } = host
    const { lines, ms, fails } = this.#behaviour
    const longest = world.faults.isHealed ? HEALED_MS : Number.POSITIVE_INFINITY
    const drawn = Math.round(ms * (0.5 + world.chance.draw(`script ${this.attempt}`)))
    const totalMs = Math.min(drawn, longest)
    for (let line = 0; line < lines; line++)
      world.after(((line + 0.5) * totalMs) / lines, this.#life, 'prints', () =>
        onLine(`${this.attempt} line ${line}`),
      )
    const exit = world.chance.is(`exit ${this.attempt}`, fails) ? 3 : 0
    world.after(totalMs, this.#life, 'ends', () => this.#finish(exit))
    this.#hurry = () => world.after(HEALED_MS, this.#life, 'ends', () => this.#finish(exit))
    if (grant.timeoutMs > 0)
      world.after(grant.timeoutMs, this.#life, 'time-out', () =>
        this.stop({ outcome: 'timed-out', reason: 'The step ran out of time.' }),
      )
  }

  /** It is asked to end, and made to after the grace. */
  stop(stop: Stop): void {
    if (this.#stop) return
    this.#stop = stop
    const ms = this.#behaviour.isStubborn ? this.#grant.cancelGraceMs : 20
    this.#host.world.after(ms, this.#life, 'is ended', () => this.#finish('killed'))
  }

  heal(): void {
    this.#hurry()
  }

  kill(_signal: string): void {
    this.#finish('killed')
  }

  #finish(exit: number | 'killed'): void {
    if (!this.#life.isAlive) return
    this.#life.isAlive = false
    this.#host.record({ attempt: this.attempt, type: 'END', exit })
    this.#host.gone(this.pid)
    this.#onEnd(exit, this.#stop)
  }
}
