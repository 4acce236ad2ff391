// Stands in for runner/process/leftovers.ts: processes are found by their cookie and killed.
import { hostHere } from '../here.ts'

export * from '../../../runner/process/leftovers.ts'

export const COOKIE = 'SLIPWAY_ATTEMPT'
export const newestProcess = (): number => 0
export const findLeftovers = (cookie: string) => hostHere().leftovers(cookie)
export const killLeftovers = (cookie: string) => {
  const host = hostHere()
  const found = host.leftovers(cookie)
  for (const { pid } of found) host.signal(pid, 'SIGKILL')
  return found
}
export const signal = (pid: number, name: string): void => hostHere().signal(Math.abs(pid), name)
