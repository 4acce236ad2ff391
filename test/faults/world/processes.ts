import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

export type Seen = { pid: number; state: string; command: string; environment: string }

/** Every process of this machine that can be looked at. */
export const processes = (): Seen[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      const stat = read(`/proc/${name}/stat`)
      if (stat === '') return []
      return [
        {
          pid: Number(name),
          state: stat.slice(stat.lastIndexOf(')') + 2)[0] ?? '',
          command: read(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim(),
          environment: read(`/proc/${name}/environ`),
        },
      ]
    })

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** To a process that may be gone already. */
export const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name)
  } catch {}
}

export const isAlive = (pid: number): boolean => {
  const stat = read(`/proc/${pid}/stat`)
  return stat !== '' && !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
}

export const gone = async (pid: number, withinMs = 5_000): Promise<void> => {
  for (const until = Date.now() + withinMs; isAlive(pid); await delay(10))
    if (Date.now() > until) throw new Error(`process ${pid} does not end`)
}

/** Resident memory in bytes; 0 for one that is gone. */
export const memoryOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024

/** Looks until it finds something, every few milliseconds. @throws Error with what was looked for */
export const until = async <T>(
  what: string,
  look: () => T | undefined | false | null | Promise<T | undefined | false | null>,
  withinMs = 60_000,
  everyMs = 25,
): Promise<T> => {
  for (const limit = Date.now() + withinMs; ; await delay(everyMs)) {
    const found = await look()
    if (found !== undefined && found !== false && found !== null) return found
    if (Date.now() > limit) throw new Error(`${what}: not within ${withinMs / 1000} s`)
  }
}

export const parentOf = (pid: number): number => {
  const stat = read(`/proc/${pid}/stat`)
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0)
}
