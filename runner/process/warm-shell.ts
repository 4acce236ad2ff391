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
}

/** So long at most is waited for the shell's end, in milliseconds. */
const COOL_MS = 500

let waiting: Started | undefined

/**
 * Has a shell at hand that waits for what it shall become. To start a process out of a runtime with
 * a large memory takes milliseconds, most of what a short step takes; so it is done while there is
 * nothing else to do, and the shell replaces itself by the program when the time has come.
 */
export const warmUp = (): void => {
  const shell = findProgram('bash')
  if (waiting || !shell || process.platform !== 'linux') return
  const child: Started = spawn(
    shell,
    ['--norc', '--noprofile', '-c', 'IFS= read -r start && eval "$start"'],
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
  if (child.pid === undefined) return
  // To join takes the kernel a while, so it is done now.
  child.killSet = openKillSet(child.pid)
  waiting = child
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
  const { program, args, folder, cookie } = start
  const child = waiting
  waiting = undefined
  const words = [program, ...args].map(quote).join(' ')
  const line = `unset start; cd ${quote(folder)} && export ${COOKIE}=${quote(cookie)} && exec ${words} </dev/null`
  const isReady = child && child.exitCode === null && child.signalCode === null
  if (!isReady || line.includes('\n')) {
    child?.stdin?.destroy()
    child?.killSet?.remove()
    return spawnProgram(start)
  }
  child.stdin?.end(`${line}\n`)
  return child
}

const spawnProgram = ({ program, args, folder, cookie }: Start): Started => {
  const child: Started = spawn(program, args, {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, [COOKIE]: cookie },
  })
  if (child.pid !== undefined) child.killSet = openKillSet(child.pid)
  return child
}
