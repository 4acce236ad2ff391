// Stands in for runner/process/identity.ts: the machine's table of processes.
import { hostHere } from '../here.ts'

export * from '../../../runner/process/identity.ts'

export type ProcessIdentity = { pid: number; startTime: string; bootId: string }

export const hostBootId = (): string => hostHere().bootId
export const identify = (pid: number): ProcessIdentity => ({
  pid,
  startTime: hostHere().startTimeOf(pid) ?? 'unknown',
  bootId: hostBootId(),
})
export const isAlive = ({ pid, startTime, bootId }: ProcessIdentity): boolean =>
  bootId === hostBootId() && hostHere().startTimeOf(pid) === startTime
export const readText = (): undefined => undefined
