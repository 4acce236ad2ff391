import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { findProgram } from '../facts.ts'
import { quote } from '../scripts/quote.ts'
import { COOKIE } from './leftovers.ts'

/** A program with its output as streams. */
export type Started = ChildProcessByStdio<Writable | null, Readable, Readable>

export type Start = {
  program: string
  args: readonly string[]
  folder: string
  /** Marks it and all it starts; see `leftovers.ts`. */
  cookie: string
}

let waiting: Started | undefined

/**
 * Has a shell at hand that waits for what it shall become. To start a process out of a runtime with
 * a large memory takes milliseconds, most of what a short step takes; so it is done while there is
 * nothing else to do, and the shell replaces itself by the program when the time has come.
 */
export const warmUp = (): void => {
  const shell = findProgram('bash')
  if (waiting || !shell || process.platform !== 'linux') return
  const child = spawn(
    shell,
    ['--norc', '--noprofile', '-c', 'IFS= read -r start && eval "$start"'],
    {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  )
  child.once('error', () => {})
  child.stdin.on('error', () => {})
  child.once('exit', () => {
    if (waiting === child) waiting = undefined
  })
  if (child.pid !== undefined) waiting = child
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
    return spawnProgram(start)
  }
  child.stdin?.end(`${line}\n`)
  return child
}

const spawnProgram = ({ program, args, folder, cookie }: Start): Started =>
  spawn(program, args, {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, [COOKIE]: cookie },
  })
