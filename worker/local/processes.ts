import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

export interface FoundProcess {
  readonly pid: number
  readonly command: readonly string[]
  /** In clock ticks since boot: together with the pid it names one process for good. */
  readonly startTime: string
}

const KILL_WAIT_MS = 5_000

/** Processes of this machine whose environment carries the mark. Empty where there is no `/proc`. */
export const findMarked = async (name: string, value: string): Promise<FoundProcess[]> => {
  const found: FoundProcess[] = []
  for (const entry of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue
    const environment = await read(`/proc/${entry}/environ`)
    if (!environment.split('\0').includes(`${name}=${value}`)) continue
    const startTime = await startTimeOf(Number(entry))
    if (startTime === undefined) continue
    const command = (await read(`/proc/${entry}/cmdline`)).split('\0').filter(part => part !== '')
    found.push({ pid: Number(entry), command, startTime })
  }
  return found
}

/** Ends exactly this process, not one that has taken over its pid, and waits until it is gone. */
export const end = async ({ pid, startTime }: FoundProcess): Promise<void> => {
  const deadline = Date.now() + KILL_WAIT_MS
  while ((await startTimeOf(pid)) === startTime) {
    if (Date.now() > deadline) throw new Error(`Process ${pid} of a former start does not end.`)
    signal(pid)
    await delay(20)
  }
}

const signal = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}

/** Undefined for a process that is gone or only waits to be reaped. */
const startTimeOf = async (pid: number): Promise<string | undefined> => {
  const stat = await read(`/proc/${pid}/stat`)
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return state === '' || state === 'Z' || state === 'X' ? undefined : fields[18]
}

const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')
