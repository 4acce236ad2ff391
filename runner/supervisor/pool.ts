import { type ChildProcess, spawn } from 'node:child_process'
import type { Home } from '../home.ts'
import { identify, type ProcessIdentity } from '../process/identity.ts'
import type { Grant } from '../protocol/messages.ts'
import { type BeforeStart, type Hint, lineReader, type Order } from './messages.ts'

/** After so many steps a supervisor is replaced, so that nothing accumulates in it. */
const MAX_STEPS = 500
/** So many are kept waiting for their next step. */
const MAX_IDLE = 2

type Supervisor = {
  child: ChildProcess
  identity: ProcessIdentity
  steps: number
  attempt?: string
  ended?: true
}

export type PoolEvents = {
  onHint: (hint: Hint) => void
  /** It went away with the attempt in its hands. */
  onGone: (attempt: string) => void
}

/** The supervisors of this daemon: one is always warm, so that a step need not wait for a process
 *  to start; one that ended its step takes the next. */
export class SupervisorPool {
  readonly #home: Home
  readonly #program: string
  readonly #events: PoolEvents
  readonly #idle: Supervisor[] = []
  readonly #taken = new Map<string, Supervisor>()

  constructor(home: Home, program: string, events: PoolEvents) {
    this.#home = home
    this.#program = program
    this.#events = events
  }

  warm(): void {
    if (this.#idle.length > 0) return
    const supervisor = this.#spawn()
    if (supervisor) this.#idle.push(supervisor)
  }

  /** Sets one aside for this attempt; undefined when none can be started. */
  prepare(attempt: string): ProcessIdentity | undefined {
    const supervisor = this.#idle.pop() ?? this.#spawn()
    if (!supervisor) return undefined
    supervisor.attempt = attempt
    this.#taken.set(attempt, supervisor)
    return supervisor.identity
  }

  launch(grant: Grant, before: BeforeStart): void {
    const supervisor = this.#taken.get(grant.attempt)
    if (supervisor) order(supervisor, { type: 'run', grant, ...before })
  }

  /** False when this daemon has no supervisor for it. */
  cancel(attempt: string, reason: string): boolean {
    const supervisor = this.#taken.get(attempt)
    if (supervisor) order(supervisor, { type: 'cancel', attempt, reason })
    return supervisor !== undefined
  }

  has(attempt: string): boolean {
    return this.#taken.has(attempt)
  }

  /** The attempt needs it no longer; one that has run nothing or ended cleanly is used again. */
  release(attempt: string): void {
    const supervisor = this.#taken.get(attempt)
    if (!supervisor) return
    this.#taken.delete(attempt)
    delete supervisor.attempt
    if (supervisor.ended) return
    if (supervisor.steps < MAX_STEPS && this.#idle.length < MAX_IDLE) this.#idle.push(supervisor)
    else supervisor.child.stdin?.end()
  }

  /** Those that wait go; those that work finish by themselves. */
  close(): void {
    for (const { child } of [...this.#idle, ...this.#taken.values()]) child.stdin?.end()
  }

  #spawn(): Supervisor | undefined {
    const [program, args] = runtimeCommand(this.#program)
    const child = spawn(program, [...args, 'supervise', '--home', this.#home.root], {
      cwd: this.#home.root,
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    child.once('error', () => {})
    if (child.pid === undefined) return undefined
    const supervisor: Supervisor = { child, identity: identify(child.pid), steps: 0 }
    child.stdin?.on('error', () => {})
    const onLine = lineReader(line => {
      const hint = JSON.parse(line) as Hint
      if (hint.type === 'ended') {
        supervisor.steps += 1
        this.release(hint.attempt)
      }
      this.#events.onHint(hint)
    })
    child.stdout?.setEncoding('utf8').on('data', onLine)
    child.once('close', () => this.#onGone(supervisor))
    return supervisor
  }

  #onGone(supervisor: Supervisor): void {
    supervisor.ended = true
    const at = this.#idle.indexOf(supervisor)
    if (at !== -1) this.#idle.splice(at, 1)
    const { attempt } = supervisor
    if (attempt === undefined) return
    this.#taken.delete(attempt)
    this.#events.onGone(attempt)
  }
}

const order = ({ child }: Supervisor, message: Order): void => {
  child.stdin?.write(`${JSON.stringify(message)}\n`)
}

/** The same runtime that runs us, told to run the same file. */
export const runtimeCommand = (file: string): [string, string[]] =>
  'Deno' in globalThis
    ? [process.execPath, ['run', '-A', `--v8-flags=${SMALL_NURSERY}`, file]]
    : [process.execPath, [SMALL_NURSERY, file]]

/** Output is garbage as soon as it is on disk: it must not pile up before it is collected. */
const SMALL_NURSERY = '--max-semi-space-size=1'
