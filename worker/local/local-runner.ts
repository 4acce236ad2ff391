import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { RUNNER_MARK } from './host.ts'
import { replaceFile } from './replace-file.ts'

export interface LocalRunner {
  stop(): Promise<void>
}

export interface LocalRunnerOptions {
  /** `runner.mjs`. */
  readonly file: string
  readonly home: string
  readonly dataDir: string
  readonly log: (line: string) => void
}

const STOP_MS = 5_000
const RESTART_MS = 1_000
const LONGEST_RESTART_MS = 30_000
const LIVED_LONG_MS = 60_000

export const isRegistered = (home: string): boolean => existsSync(identityOf(home))

const identityOf = (home: string): string => join(home, 'runner.json')

/** A server that starts on another port than last time keeps its local runner. */
export const pointRunnerAt = async (home: string, server: string): Promise<void> => {
  const identity: unknown = JSON.parse(await readFile(identityOf(home), 'utf8'))
  if (typeof identity !== 'object' || identity === null || !('server' in identity)) return
  if (identity.server === server) return
  await replaceFile(identityOf(home), `${JSON.stringify({ ...identity, server }, null, 2)}\n`)
}

/** Exchanges the single-use token for the runner's own credentials. */
export const registerRunner = async (
  options: LocalRunnerOptions,
  { server, token, name }: { server: string; token: string; name: string },
): Promise<void> => {
  const child = start(options, [
    'register',
    '--server',
    server,
    '--token',
    token,
    '--name',
    name,
    '--home',
    options.home,
  ])
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`The local runner could not be registered (exit code ${code}).`)
}

/** Keeps the local runner running: one that dies is started again, later and later while it keeps dying. */
export const superviseRunner = (options: LocalRunnerOptions): LocalRunner => {
  const stopping = new AbortController()
  let child: ChildProcess | undefined

  const supervise = async (): Promise<void> => {
    let pause = RESTART_MS
    while (!stopping.signal.aborted) {
      const startedAt = performance.now()
      child = start(options, ['run', '--home', options.home])
      const [code, signal] = await once(child, 'exit')
      if (stopping.signal.aborted) return
      pause = performance.now() - startedAt > LIVED_LONG_MS ? RESTART_MS : pause
      options.log(`The local runner ended (${signal ?? `exit code ${code}`}); it is started again.`)
      await delay(pause, undefined, { signal: stopping.signal }).catch(() => undefined)
      pause = Math.min(pause * 2, LONGEST_RESTART_MS)
    }
  }
  const supervised = supervise()
  return {
    stop: async () => {
      stopping.abort()
      child?.kill('SIGTERM')
      const overdue = setTimeout(() => child?.kill('SIGKILL'), STOP_MS)
      await supervised
      clearTimeout(overdue)
    },
  }
}

/** In a process group of its own, so that Ctrl-C reaches it through us alone; and without the key, which
 *  its scripts have no business to know. */
const start = (options: LocalRunnerOptions, args: string[]): ChildProcess => {
  const { SLIPWAY_ADMIN_API_KEY: _kept, ...environment } = process.env
  const child = spawn(process.execPath, [options.file, ...args], {
    cwd: options.home,
    env: { ...environment, [RUNNER_MARK]: options.dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const say = (chunk: Buffer) => {
    for (const line of chunk.toString().split('\n')) if (line !== '') options.log(`runner: ${line}`)
  }
  child.stdout?.on('data', say)
  child.stderr?.on('data', say)
  return child
}
