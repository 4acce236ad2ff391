import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Home } from './home.ts'
import { runtimeCommand } from './supervisor/pool.ts'
import { readUpdate, takeBack } from './update.ts'

/** What a daemon ends with when it has put a new program in its place. */
export const UPDATED = 75
/** Who started the daemon, in its environment: when that one is gone, so is the daemon. */
export const LAUNCHER = 'SLIPWAY_LAUNCHER'
/** A new version must have reached the server within this time, in milliseconds. */
const GATE_MS = 60_000
const LOOK_MS = 100
const STOP_MS = 5_000
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

type Options = { home: Home; program: string; say: (line: string) => void; gateMs?: number }

/**
 * Runs the program that was put in our place, and keeps an eye on it: one that does not reach the
 * server in time is ended, and the one before takes its place again. Answers what the last of them
 * ended with. This process stays what it was, so a bad version cannot break the way back.
 */
export const launch = async (options: Options): Promise<number> => {
  let current: ChildProcess | undefined
  let isStopping = false
  const stop = (name: NodeJS.Signals) => {
    isStopping = true
    current?.kill(name)
  }
  for (const name of SIGNALS) process.on(name, stop)
  try {
    for (;;) {
      current = start(options)
      const ended = once(current, 'exit').then(([code]) => (code as number | null) ?? 1)
      const reason = await failure(options, ended)
      if (isStopping || reason === undefined) {
        const code = await ended
        if (isStopping || code !== UPDATED) return code
        continue
      }
      await end(current, ended)
      options.say(`The update is taken back: ${reason}.`)
      takeBack(options.home, options.program, reason)
    }
  } finally {
    for (const name of SIGNALS) process.off(name, stop)
  }
}

const start = ({ home, program }: Options): ChildProcess => {
  const [runtime, args] = runtimeCommand(program)
  return spawn(runtime, [...args, 'run', '--home', home.root], {
    stdio: 'inherit',
    env: { ...process.env, [LAUNCHER]: `${process.pid}` },
  })
}

/** Undefined as soon as the version that is tried is good; it is not tried at all when it was before. */
const failure = async (
  { home, gateMs = GATE_MS }: Options,
  ended: Promise<number>,
): Promise<string | undefined> => {
  let code: number | undefined
  void ended.then(value => {
    code = value
  })
  const looks = Math.ceil(gateMs / LOOK_MS)
  for (let look = 0; look < looks; look++) {
    if (readUpdate(home)?.state !== 'trying') return undefined
    if (code !== undefined) return `it ended with code ${code} before it reached the server`
    await new Promise(resolve => setTimeout(resolve, LOOK_MS))
  }
  return `it did not reach the server within ${gateMs / 1000} s`
}

const end = async (child: ChildProcess, ended: Promise<number>): Promise<void> => {
  child.kill('SIGTERM')
  const overdue = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await ended
  clearTimeout(overdue)
}
