import type { Offering } from '../deployments/event.ts'
import type { Holder, LockRequest } from './locks.ts'

/** What a deployment wants to be offered, all of it: what it does not name is taken back. */
export type DispatchRequest = LockRequest & {
  planHash: string
  /** `runners`: who may do it; the hub chooses among several. `given`: what it answered before. */
  wants: {
    attempt: string
    number: number
    runners: string[]
    given?: { runner: string; fence: number }
  }[]
}
export type DispatchReply =
  | { type: 'locked'; holders: string; held: Holder[] }
  | { type: 'offered'; offerings: Offering[] }

type Candidates = {
  isWilling: (runner: string) => boolean
  isConnected: (runner: string) => boolean
  /** How many offers it has that it has not taken. */
  loadOf: (runner: string) => number
}

/** Of several who may do it: one that takes work, is connected, and has the least to do. */
export const chooseRunner = (runners: string[], about: Candidates): string | undefined => {
  const first = (candidates: string[], is: (runner: string) => boolean) => {
    const good = candidates.filter(is)
    return good.length > 0 ? good : candidates
  }
  const candidates = first(first(runners, about.isWilling), about.isConnected)
  const loads = candidates.map(runner => ({ runner, load: about.loadOf(runner) }))
  return loads.sort((left, right) => left.load - right.load)[0]?.runner
}
