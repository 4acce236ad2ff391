import { readFileSync } from 'node:fs'

/** A process for good: its number alone is reused, after a restart of the host even soon. */
export type ProcessIdentity = { pid: number; startTime: string; bootId: string }

let bootId: string | undefined

/** Changes with every start of the host. */
export const hostBootId = (): string => {
  bootId ??= readText('/proc/sys/kernel/random/boot_id')?.trim() ?? 'unknown'
  return bootId
}

/** Where `/proc` is missing the number alone has to do. */
export const identify = (pid: number): ProcessIdentity => ({
  pid,
  startTime: startTimeOf(pid) ?? 'unknown',
  bootId: hostBootId(),
})

export const isAlive = (process_: ProcessIdentity): boolean => {
  if (process_.bootId !== hostBootId()) return false
  if (process_.startTime !== 'unknown') return startTimeOf(process_.pid) === process_.startTime
  try {
    process.kill(process_.pid, 0)
    return true
  } catch {
    return false
  }
}

/** Field 22 of `/proc/<pid>/stat`; the name in field 2 may hold blanks and brackets. A zombie has
 *  ended: it counts as gone. */
const startTimeOf = (pid: number): string | undefined => {
  const stat = readText(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
}

export const readText = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
