import { DRAIN_MS } from '../protocol/limits.ts'
import { findLeftovers, killLeftovers, newestProcess, signal } from './leftovers.ts'
import { type Start, startProgram } from './warm-shell.ts'

export type Command = Start & {
  /** Told once; the process gets `graceMs` to end itself. */
  stop: AbortSignal
  graceMs: number
  onOutput: (stream: 'stdout' | 'stderr', chunk: Buffer) => void
  drainMs?: number
}

export type Exit = {
  exitCode: number | null
  signal: string | null
  /** Processes it left behind, which have been ended. */
  leftovers: string[]
}

/** Runs a program in a process group of its own until it and what it started are gone. The step's
 *  end is the end of the program itself; what still holds its pipes is drained for a while, then
 *  ended. Rejects when the program cannot be started. */
export const runCommand = (command: Command): Promise<Exit> =>
  new Promise((resolve, reject) => {
    const since = newestProcess()
    const child = startProgram(command)
    child.stdout.on('data', (chunk: Buffer) => command.onOutput('stdout', chunk))
    child.stderr.on('data', (chunk: Buffer) => command.onOutput('stderr', chunk))
    const pid = child.pid
    if (pid === undefined) {
      child.once('error', reject)
      return
    }
    child.once('error', () => {})

    let graceTimer: NodeJS.Timeout | undefined
    const stop = () => {
      signal(-pid, 'SIGTERM')
      for (const number of child.killSet?.processes() ?? []) signal(number, 'SIGTERM')
      for (const leftover of findLeftovers(command.cookie, since)) signal(leftover.pid, 'SIGTERM')
      graceTimer = setTimeout(() => {
        signal(-pid, 'SIGKILL')
        child.killSet?.kill()
        killLeftovers(command.cookie, since)
      }, command.graceMs)
    }
    if (command.stop.aborted) stop()
    else command.stop.addEventListener('abort', stop, { once: true })

    let drainTimer: NodeJS.Timeout | undefined
    const leftovers = new Map<number, string>()
    const endLeftovers = () => {
      for (const { pid: number, name } of killLeftovers(command.cookie, since))
        leftovers.set(number, `${number} (${name})`)
    }
    child.once('exit', () => {
      const drain = command.stop.aborted ? 0 : (command.drainMs ?? DRAIN_MS)
      drainTimer = setTimeout(() => {
        signal(-pid, 'SIGKILL')
        endLeftovers()
        child.stdout.destroy()
        child.stderr.destroy()
      }, drain)
    })
    child.once('close', (exitCode, signalName) => {
      clearTimeout(graceTimer)
      clearTimeout(drainTimer)
      command.stop.removeEventListener('abort', stop)
      endLeftovers()
      // Whoever dropped the cookie is to outlive a step that ended by itself, but not a stopped one.
      if (command.stop.aborted) child.killSet?.kill()
      child.killSet?.remove()
      resolve({ exitCode, signal: signalName, leftovers: [...leftovers.values()] })
    })
  })
