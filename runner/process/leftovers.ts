import { readdirSync, readFileSync } from 'node:fs'
import { identify, isAlive, readText } from './identity.ts'

/** Every process of an attempt carries this in its environment, so that it is found again however
 *  often it forked. Its value is the attempt's own folder: an id is known to one server only, and
 *  a machine may have runners of several. A process that shall outlive its step drops it:
 *  `env -u SLIPWAY_ATTEMPT`. */
export const COOKIE = 'SLIPWAY_ATTEMPT'

export type Leftover = { pid: number; name: string }

/** A further range than this is cheaper to list than to try number by number. */
const MAX_TRIED = 500

/** The number of the newest process of this machine: whatever starts later has a higher one, until
 *  the numbers wrap. 0 where it is not known. */
export const newestProcess = (): number =>
  Number(readText('/proc/loadavg')?.trim().split(' ').at(-1)) || 0

/** Processes that carry this cookie. `since` is what {@link newestProcess} was before the
 *  first of them started; without it all processes are looked at. */
export const findLeftovers = (cookie: string, since = 0): Leftover[] => look(cookie, since).found

/** Kills until none is left; a process may fork while it is looked for. Answers what was found. */
export const killLeftovers = (cookie: string, since = 0): Leftover[] => {
  const killed = new Map<number, Leftover>()
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const { found, isUndecided } = look(cookie, since)
    if (found.length === 0 && !isUndecided) break
    for (const leftover of found) {
      killed.set(leftover.pid, leftover)
      signal(leftover.pid, 'SIGKILL')
    }
    if (isUndecided) Atomics.wait(PAUSE, 0, 0, 1)
  }
  return [...killed.values()]
}

const MAX_ROUNDS = 50
const PAUSE = new Int32Array(new SharedArrayBuffer(4))

/** A process that is just becoming another program shows no environment: whether it belongs to the
 *  attempt is seen a moment later. */
const look = (cookie: string, since: number): { found: Leftover[]; isUndecided: boolean } => {
  const needle = Buffer.from(`${COOKIE}=${cookie}\0`)
  const found: Leftover[] = []
  let isUndecided = false
  for (const pid of candidates(since)) {
    const environment = pid === process.pid ? undefined : environmentOf(pid)
    if (environment?.length === 0) isUndecided ||= isBecoming(pid)
    else if (environment?.includes(needle) && isAlive(identify(pid)))
      found.push({ pid, name: readText(`/proc/${pid}/comm`)?.trim() ?? '?' })
  }
  return { found, isUndecided }
}

/** Neither ended nor one of the kernel's own, which have no environment ever. */
const isBecoming = (pid: number): boolean => {
  const stat = readText(`/proc/${pid}/stat`)
  const [state, , , , , , flags] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? []
  const isKernelThread = (Number(flags) & 0x00200000) !== 0
  return state !== undefined && !['Z', 'X'].includes(state) && !isKernelThread
}

const candidates = (since: number): number[] => {
  const newest = newestProcess()
  const count = newest - since
  if (since === 0 || count < 0 || count > MAX_TRIED) return processNumbers()
  return Array.from({ length: count }, (_, index) => since + 1 + index)
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
