import { readdirSync, readFileSync } from 'node:fs'
import { identify, isAlive, readText } from './identity.ts'

/** Every process of an attempt carries this in its environment, so that it is found again however
 *  often it forked. A process that shall outlive its step drops it: `env -u SLIPWAY_ATTEMPT`. */
export const COOKIE = 'SLIPWAY_ATTEMPT'

export type Leftover = { pid: number; name: string }

/** A further range than this is cheaper to list than to try number by number. */
const MAX_TRIED = 500

/** The number of the newest process of this machine: whatever starts later has a higher one, until
 *  the numbers wrap. 0 where it is not known. */
export const newestProcess = (): number =>
  Number(readText('/proc/loadavg')?.trim().split(' ').at(-1)) || 0

/** Processes that carry the attempt's cookie. `since` is what {@link newestProcess} was before the
 *  first of them started; without it all processes are looked at. */
export const findLeftovers = (attempt: string, since = 0): Leftover[] => {
  const needle = Buffer.from(`${COOKIE}=${attempt}\0`)
  return candidates(since)
    .filter(pid => pid !== process.pid && environmentOf(pid)?.includes(needle))
    .map(pid => ({ pid, name: readText(`/proc/${pid}/comm`)?.trim() ?? '?' }))
    .filter(({ pid }) => isAlive(identify(pid)))
}

const candidates = (since: number): number[] => {
  const newest = newestProcess()
  const count = newest - since
  if (since === 0 || count < 0 || count > MAX_TRIED) return processNumbers()
  return Array.from({ length: count }, (_, index) => since + 1 + index)
}

/** Kills until none is left; a process may fork while it is looked for. Answers what was found. */
export const killLeftovers = (attempt: string, since = 0): Leftover[] => {
  const killed = new Map<number, Leftover>()
  for (let round = 0; round < 20; round++) {
    const found = findLeftovers(attempt, since)
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
