import { readdirSync, readFileSync } from 'node:fs'
import { identify, isAlive, readText } from './identity.ts'

/** Every process of an attempt carries this in its environment, so that it is found again however
 *  often it forked. A process that shall outlive its step drops it: `env -u SLIPWAY_ATTEMPT`. */
export const COOKIE = 'SLIPWAY_ATTEMPT'

export type Leftover = { pid: number; name: string }

/** Processes that carry the attempt's cookie. Children are younger than `parent`, so only numbers
 *  above it are looked at, unless the numbers have wrapped since. */
export const findLeftovers = (attempt: string, parent = 0): Leftover[] => {
  const newest = Number(readText('/proc/loadavg')?.trim().split(' ').at(-1))
  const from = newest >= parent ? parent : 0
  const needle = Buffer.from(`${COOKIE}=${attempt}\0`)
  return processNumbers()
    .filter(pid => pid >= from && pid !== process.pid && environmentOf(pid)?.includes(needle))
    .map(pid => ({ pid, name: readText(`/proc/${pid}/comm`)?.trim() ?? '?' }))
    .filter(({ pid }) => isAlive(identify(pid)))
}

/** Kills until none is left; a process may fork while it is looked for. Answers what was found. */
export const killLeftovers = (attempt: string, parent = 0): Leftover[] => {
  const killed = new Map<number, Leftover>()
  for (let round = 0; round < 20; round++) {
    const found = findLeftovers(attempt, parent)
    if (found.length === 0) break
    for (const leftover of found) {
      killed.set(leftover.pid, leftover)
      signal(leftover.pid, 'SIGKILL')
    }
  }
  return [...killed.values()]
}

/** To a process, or with a negative number to its whole group; one that is gone is no error. */
export const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name)
  } catch {}
}

const processNumbers = (): number[] => {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}

const environmentOf = (pid: number): Buffer | undefined => {
  try {
    return readFileSync(`/proc/${pid}/environ`)
  } catch {
    return undefined
  }
}
