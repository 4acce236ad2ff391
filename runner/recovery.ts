import { readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Recovered } from './core/events.ts'
import { folderName, type Home } from './home.ts'
import type { JournalledAttempt } from './journal.ts'
import { addRecord } from './log/early-record.ts'
import { hostBootId, isAlive } from './process/identity.ts'
import { killLeftovers } from './process/leftovers.ts'
import { readResult, spoolFile } from './result.ts'
import { sizeOf } from './supervisor/adoption.ts'
import { cutToRecords, settleLost } from './supervisor/lost.ts'

/** Finds out, for each attempt in the journal, what became of it. One that may have run is never
 *  run again: it has a result, or its supervisor is found alive, or its outcome is unknown. */
export const recover = (attempts: readonly JournalledAttempt[], home: Home): Recovered[] => {
  const recovered = attempts.map(attempt => recoverOne(attempt, home))
  const running = recovered.filter(({ phase }) => phase === 'running')
  sweep(home.attempts, attempts)
  sweep(home.work, running)
  return recovered
}

const recoverOne = (journalled: JournalledAttempt, home: Home): Recovered => {
  const { attempt, fence, phase, supervisor } = journalled
  const folder = join(home.attempts, folderName(attempt))
  const common = { attempt, fence, ...(supervisor && { supervisor }) }
  if (phase === 'accepted') return taken(journalled, folder)
  const known = readResult(folder)
  if (!known && phase !== 'settled' && supervisor && isAlive(supervisor))
    return { ...common, phase: 'running', spooled: sizeOf(spoolFile(folder)) }
  const restarted = supervisor && supervisor.bootId !== hostBootId()
  if (!known && restarted && phase !== 'settled' && mayRestart(journalled))
    return restart(journalled, folder)
  const result = known ?? settleLost(folder, restarted ? 'host-restarted' : 'supervisor-lost')
  return {
    ...common,
    phase: phase === 'settled' ? 'settled' : 'finished',
    spooled: result.finalOffset,
    result,
  }
}

/** Not started, or not since the host was: it is claimed (again), and its log goes on where it ends. */
const taken = ({ attempt, fence, reboots }: JournalledAttempt, folder: string): Recovered => ({
  attempt,
  fence,
  phase: 'accepted',
  spooled: cutToRecords(spoolFile(folder)),
  ...(reboots && { reboots }),
})

const mayRestart = ({ reboots = 0, maximumReboots = 0 }: JournalledAttempt): boolean =>
  reboots < maximumReboots

/** The step said that its host would be restarted: it is run once more, and its log says so. */
const restart = (journalled: JournalledAttempt, folder: string): Recovered => {
  const { reboots = 0, maximumReboots = 0 } = journalled
  killLeftovers(resolve(folder))
  cutToRecords(spoolFile(folder))
  const count = `${reboots + 1} of at most ${maximumReboots}`
  const text = `The host restarted while this step ran; it is run again from its start (${count}).`
  addRecord(folder, { level: 'warning', at: Date.now(), text })
  return { ...taken({ ...journalled, reboots: reboots + 1 }, folder), isRestarted: true }
}

/** Removes folders that no attempt claims. */
const sweep = (folder: string, attempts: readonly { attempt: string }[]): void => {
  const kept = new Set(attempts.map(({ attempt }) => folderName(attempt)))
  for (const name of readdirSync(folder)) if (!kept.has(name)) remove(join(folder, name))
}

/** What cannot be removed now is tried again at the next start. */
const remove = (path: string): void => {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch {}
}
