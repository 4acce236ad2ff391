import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cookieOf, homeAt, openHome } from '../../runner/home.ts'
import { findLeftovers, killLeftovers } from '../../runner/process/leftovers.ts'
import { register } from '../../runner/registration.ts'
import { runnerFile } from './build-runner.ts'
import { ProtocolServer } from './protocol-server.ts'

/** Stand-ins for programs that a test machine may not have. */
export const STAND_INS = join(dirname(fileURLToPath(import.meta.url)), 'bin')

/** A real runner in a home of its own, as a child process. */
export class RunnerProcess {
  readonly home = mkdtempSync(join(tmpdir(), 'slipway-home-'))
  output = ''
  /** Of its commands, beside ours. */
  environment: Record<string, string> = {}
  /** What carries it out, with its flags. */
  runtime = [process.execPath]
  /** What is started; the program as it is shipped unless it was given another. */
  program: string | undefined
  #child: ChildProcess | undefined

  static async registered(server: ProtocolServer): Promise<RunnerProcess> {
    const runner = new RunnerProcess()
    await register(openHome(runner.home), { server: server.url, token: server.token() })
    return runner
  }

  async command(...args: string[]): Promise<{ code: number | null; output: string }> {
    const [runtime = '', ...flags] = this.runtime
    const program = [...flags, await runnerFile()]
    const child = spawn(runtime, [...program, ...args, '--home', this.home], {
      env: { ...process.env, ...this.environment },
    })
    let output = ''
    child.stdout.on('data', chunk => (output += chunk))
    child.stderr.on('data', chunk => (output += chunk))
    const [code] = (await once(child, 'close')) as [number | null]
    this.output += output
    return { code, output }
  }

  /** @param wrap the command it is started by, given the plain one */
  async start(
    environment: Record<string, string> = {},
    wrap = (command: string[]) => command,
  ): Promise<void> {
    const file = this.program ?? (await runnerFile())
    const plain = [...this.runtime, file, 'run', '--home', this.home]
    const [program = '', ...args] = wrap(plain)
    const child = spawn(program, args, {
      env: { ...process.env, PATH: `${process.env.PATH}:${STAND_INS}`, ...environment },
    })
    this.#child = child
    const connected = new Promise<void>(resolve => {
      let said = ''
      child.stdout.on('data', chunk => {
        this.output += chunk
        said += chunk
        if (said.includes('Connected.')) resolve()
      })
    })
    child.stderr.on('data', chunk => (this.output += chunk))
    await Promise.race([connected, once(child, 'close')])
  }

  get pid(): number {
    return this.#child?.pid as number
  }

  /** The process number of what carries an attempt out, by the runner's own journal. */
  supervisorOf(attempt: string): number {
    const entries = readFileSync(join(this.home, 'journal.jsonl'), 'utf8').split('\n')
    const entry = entries
      .map(line => line && JSON.parse(line))
      .findLast(one => one?.attempt === attempt && one.supervisor)
    return entry.supervisor.pid
  }

  /** What an attempt has running now, by the mark that its processes carry. */
  leftoversOf(attempt: string) {
    return findLeftovers(cookieOf(homeAt(this.home), attempt))
  }

  /** Ends the daemon alone, without a word. */
  async kill(name: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const closed = once(child, 'exit')
    child.kill(name)
    await closed
  }

  async remove(...attempts: string[]): Promise<void> {
    await this.kill('SIGTERM')
    for (const attempt of attempts) killLeftovers(cookieOf(homeAt(this.home), attempt))
    rmSync(this.home, { recursive: true, force: true, maxRetries: 10 })
  }
}

export type Pair = { server: ProtocolServer; runner: RunnerProcess }

/** A runner enrolled at a server of its own; it does not run yet. */
export const enrolledPair = async (): Promise<Pair> => {
  const server = await ProtocolServer.start()
  return { server, runner: await RunnerProcess.registered(server) }
}

/** The same, connected. */
export const runningPair = async (): Promise<Pair> => {
  const pair = await enrolledPair()
  await pair.runner.start()
  return pair
}

/** What an attempt told people: nothing verbose, nothing of fetching; the runner's home is `~`. */
export const saidBy = ({ server, runner }: Pair, attempt: string): string[] =>
  server
    .records(attempt)
    .filter(({ level, text }) => level !== 'verbose' && !/^Fetch(ing|ed) /.test(text))
    .map(({ text }) => text.replaceAll(runner.home, '~'))

export const endPair = async ({ server, runner }: Pair): Promise<void> => {
  await runner.remove()
  await server.close()
}
