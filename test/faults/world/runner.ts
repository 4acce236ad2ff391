import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gone, isAlive, processes, signal, until } from './processes.ts'

export type RunnerOptions = {
  name: string
  /** `runner.mjs`. */
  program: string
  server: string
  token: string
  environment?: Record<string, string>
  home?: string
}

/** A real runner in a home of its own: a daemon, its supervisors and their steps. */
export class Runner {
  readonly name: string
  readonly home: string
  program: string
  output = ''
  environment: Record<string, string>
  #daemon: ChildProcess | undefined

  private constructor({ name, program, environment = {}, home }: RunnerOptions) {
    this.name = name
    this.program = program
    this.environment = environment
    this.home = home ?? mkdtempSync(join(tmpdir(), `slipway-faults-${name}-`))
  }

  static async enrol(options: RunnerOptions): Promise<Runner> {
    const runner = new Runner(options)
    const { server, token, name } = options
    const child = runner.#spawn(['register', '--server', server, '--token', token, '--name', name])
    const [code] = await once(child, 'exit')
    if (code === 0) return runner
    await runner.remove()
    throw new Error(`${name} could not be registered:\n${runner.output}`)
  }

  /** One that has this home and key already: a clone, or one that moved. */
  static at(options: RunnerOptions & { home: string }): Runner {
    return new Runner(options)
  }

  get pid(): number {
    return this.#daemon?.pid ?? 0
  }

  get isRunning(): boolean {
    return this.#daemon?.exitCode === null && this.#daemon.signalCode === null
  }

  async start(waitForConnection = true): Promise<void> {
    const before = this.output.length
    this.#daemon = this.#spawn(['run'])
    if (waitForConnection)
      await until(`${this.name} is connected`, () =>
        this.output.slice(before).includes('Connected.'),
      )
  }

  /** The daemon alone; what it has started goes on. */
  async kill(name: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const daemon = this.#daemon
    this.#daemon = undefined
    if (!daemon || daemon.exitCode !== null || daemon.signalCode !== null) return
    const ended = once(daemon, 'exit')
    daemon.kill(name)
    await ended
  }

  pause(): void {
    signal(this.pid, 'SIGSTOP')
  }
  resume(): void {
    signal(this.pid, 'SIGCONT')
  }

  supervisors(): number[] {
    return processes()
      .filter(({ command }) => command.includes(`supervise --home ${this.home}`))
      .map(({ pid }) => pid)
  }

  /** The supervisors that have an attempt in hand, by the processes of that attempt. */
  stepProcesses(): { pid: number; attempt: string; command: string }[] {
    const mark = `SLIPWAY_ATTEMPT=${join(this.home, 'attempts')}/`
    return processes().flatMap(({ pid, state, command, environment }) => {
      const found = environment.split('\0').find(entry => entry.startsWith(mark))
      if (!found || /^[ZX]/.test(state)) return []
      return [{ pid, attempt: found.slice(mark.length), command }]
    })
  }

  /** Spools that the server has not said it needs no longer. */
  spools(): string[] {
    try {
      return readdirSync(join(this.home, 'attempts'))
    } catch {
      return []
    }
  }

  /** Everything of it, at once: daemon, supervisors, steps. */
  async killAll(): Promise<void> {
    this.resume()
    const pids = [...this.supervisors(), ...this.stepProcesses().map(({ pid }) => pid)]
    await this.kill()
    for (const pid of pids) signal(pid, 'SIGKILL')
    for (const pid of pids) if (isAlive(pid)) await gone(pid)
  }

  async remove(): Promise<void> {
    await this.killAll().catch(() => undefined)
    try {
      rmSync(this.home, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
    } catch {
      // It may be a mount, which goes with its world.
    }
  }

  #spawn(args: string[]): ChildProcess {
    const child = spawn(process.execPath, [this.program, ...args, '--home', this.home], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...this.environment },
    })
    const keep = (chunk: Buffer) => {
      if (this.output.length < 1_000_000) this.output += chunk
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    return child
  }
}
