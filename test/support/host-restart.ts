import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cookieOf, homeAt } from '../../runner/home.ts'
import { isAlive, type ProcessIdentity } from '../../runner/process/identity.ts'
import { killLeftovers, signal } from '../../runner/process/leftovers.ts'
import type { RunnerProcess } from './runner-process.ts'

const journalOf = ({ home }: RunnerProcess) => join(home, 'journal.jsonl')

/** The supervisors that the runner's journal has. */
export const supervisorsOf = (runner: RunnerProcess): ProcessIdentity[] =>
  readFileSync(journalOf(runner), 'utf8')
    .split('\n')
    .flatMap(line => {
      const entry = (line === '' ? {} : JSON.parse(line)) as { supervisor?: ProcessIdentity }
      return entry.supervisor ? [entry.supervisor] : []
    })

/** For what nobody tells of: a process that ends. */
export const becomesTrue = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 20))
}

/** All processes are gone, and the next start is one of a host that was started anew. */
export const restartHost = async (runner: RunnerProcess, attempt: string): Promise<void> => {
  await runner.kill()
  const supervisors = supervisorsOf(runner)
  for (const { pid } of supervisors) signal(pid, 'SIGKILL')
  killLeftovers(cookieOf(homeAt(runner.home), attempt))
  await becomesTrue(() => supervisors.every(one => !isAlive(one)))
  const text = readFileSync(journalOf(runner), 'utf8')
  writeFileSync(
    journalOf(runner),
    text.replaceAll(/"bootId":"[^"]+"/g, '"bootId":"of-an-earlier-start"'),
  )
  await runner.start()
}
