import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { findProgram } from '../facts.ts'
import { quote } from '../scripts/quote.ts'
import { closeKillSets, type KillSet, openKillSet } from './kill-set.ts'
import { COOKIE } from './leftovers.ts'

/** A program with its output as streams. */
export type Started = ChildProcessByStdio<Writable | null, Readable, Readable> & {
  killSet?: KillSet | undefined
}

export type Start = {
  program: string
  args: readonly string[]
  folder: string
  /** Marks it and all it starts; see `leftovers.ts`. */
  cookie: string
  /** Beside what the supervisor has in its own. */
  environment?: Readonly<Record<string, string>>
}

/** So long at most is waited for the shell's end, in milliseconds. */
const COOL_MS = 500

/** What a shell does first: it joins its kill set, so that all it starts is in there. */
const JOIN = 'echo $$ > "$0" 2>/dev/null'
const members = (killSet: KillSet | undefined) => killSet?.members ?? '/dev/null'

let waiting: Started | undefined

/**
 * Has a shell at hand that waits for what it shall become. To start a process out of a runtime with
 * a large memory takes milliseconds, most of what a short step takes; so it is done while there is
 * nothing else to do, and the shell replaces itself by the program when the time has come.
 */
export const warmUp = (): void => {
  const shell = findProgram('bash')
  if (waiting || !shell || process.platform !== 'linux') return
  const killSet = openKillSet()
  const child: Started = spawn(
    shell,
    [
      '--norc',
      '--noprofile',
      '-c',
      `${JOIN}; IFS= read -r start && eval "$start"`,
      members(killSet),
    ],
    {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  )
  child.once('error', () => {})
  child.stdin?.on('error', () => {})
  child.once('exit', () => {
    if (waiting !== child) return
    waiting = undefined
    child.killSet?.remove()
  })
  child.killSet = killSet
  if (child.pid !== undefined) waiting = child
}

/** Ends the shell that waits, with all that was made for it. */
export const coolDown = async (): Promise<void> => {
  const child = waiting
  waiting = undefined
  if (child && child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await Promise.race([gone, delay(COOL_MS)])
  }
  child?.killSet?.remove()
  closeKillSets()
}

/** Starts a program in a process group of its own, with nothing on its standard input. */
export const startProgram = (start: Start): Started => {
  const { program, args, folder, cookie, environment = {} } = start
  const child = waiting
  waiting = undefined
  const words = [program, ...args].map(quote).join(' ')
  const marks = Object.entries({ ...environment, [COOKIE]: cookie })
    .map(([name, value]) => `${name}=${quote(value)}`)
    .join(' ')
  const line = `unset start; cd ${quote(folder)} && export ${marks} && exec ${words} </dev/null`
  const isReady = child && child.exitCode === null && child.signalCode === null
  if (!isReady || line.includes('\n')) {
    child?.stdin?.destroy()
    child?.killSet?.remove()
    return spawnProgram(start)
  }
  child.stdin?.end(`${line}\n`)
  return child
}

const spawnProgram = ({ program, args, folder, cookie, environment }: Start): Started => {
  const killSet = openKillSet()
  const words = [program, ...args]
  const [first = '', ...rest] = killSet
    ? ['/bin/sh', '-c', `${JOIN}; exec "$@"`, members(killSet), ...words]
    : words
  const child: Started = spawn(first, rest, {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment, [COOKIE]: cookie },
  })
  child.killSet = killSet
  return child
}
