import { readdir, readFile } from 'node:fs/promises'

/** What a process and all it has started use, by the kernel's own books. */
export type Usage = {
  /** Resident bytes of each program by its name: `node`, `workerd`. */
  rssBytes: Record<string, number>
  /** Seconds of processor time so far, all together. */
  cpuSeconds: number
}

const TICKS_PER_SECOND = 100
const PAGE_BYTES = 4_096

type Stat = { pid: number; parent: number; name: string; cpuSeconds: number; rssBytes: number }

/** @see proc_pid_stat(5): the fields after the name, which may hold blanks and brackets */
const readStat = async (pid: string): Promise<Stat | undefined> => {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const number = (index: number) => Number(fields[index])
  return {
    pid: Number(pid),
    name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')),
    parent: number(1),
    cpuSeconds: (number(11) + number(12)) / TICKS_PER_SECOND,
    rssBytes: number(21) * PAGE_BYTES,
  }
}

export const usageOf = async (pid: number): Promise<Usage> => {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const all = (await Promise.all(pids.map(readStat))).filter(stat => stat !== undefined)
  const family = new Set([pid])
  for (let before = 0; before < family.size; ) {
    before = family.size
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid)
  }
  const usage: Usage = { rssBytes: {}, cpuSeconds: 0 }
  for (const { pid, name, cpuSeconds, rssBytes } of all) {
    if (!family.has(pid)) continue
    usage.rssBytes[name] = (usage.rssBytes[name] ?? 0) + rssBytes
    usage.cpuSeconds += cpuSeconds
  }
  return usage
}

export type Watch = {
  /** The most of each program since the last call. */
  peak(): Promise<Record<string, number>>
  stop(): void
}

/** Looks again and again, since a peak is over before anybody asks. */
export const watchMemory = (pid: number, everyMs = 200): Watch => {
  let peaks: Record<string, number> = {}
  const look = async () => {
    const { rssBytes } = await usageOf(pid)
    for (const [name, bytes] of Object.entries(rssBytes))
      peaks[name] = Math.max(peaks[name] ?? 0, bytes)
  }
  const timer = setInterval(() => void look(), everyMs)
  return {
    peak: async () => {
      await look()
      const found = peaks
      peaks = {}
      return found
    },
    stop: () => clearInterval(timer),
  }
}

export const megabytes = (bytes: number): number => bytes / 1_048_576
