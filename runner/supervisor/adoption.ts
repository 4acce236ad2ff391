import { statSync } from 'node:fs'
import { isAlive, type ProcessIdentity } from '../process/identity.ts'
import { type Result, readResult, spoolFile } from '../result.ts'

const LOOK_MS = 100

export type AdoptionEvents = {
  onSpooled: (bytes: number) => void
  onEnded: (result: Result) => void
  onGone: () => void
}

/** Watches a supervisor that an earlier daemon started: its hints went with that daemon, so its
 *  files are looked at. Answers how to stop watching. */
export const watchSupervisor = (
  folder: string,
  supervisor: ProcessIdentity,
  events: AdoptionEvents,
): (() => void) => {
  let seen = 0
  const look = () => {
    // The order matters: alive is asked first, so that a result written in between is not missed.
    const alive = isAlive(supervisor)
    const result = readResult(folder)
    const size = sizeOf(spoolFile(folder))
    if (size > seen) {
      seen = size
      events.onSpooled(size)
    }
    if (result || !alive) clearInterval(timer)
    if (result) events.onEnded(result)
    else if (!alive) events.onGone()
  }
  const timer = setInterval(look, LOOK_MS)
  return () => clearInterval(timer)
}

export const sizeOf = (path: string): number => {
  try {
    return statSync(path).size
  } catch {
    return 0
  }
}
