import type { History, LedgerEntry, Violation } from './history.ts'

/** I1, I2 on the target, and I5: what ran, against what is said of it. */
export const checkRuns = (history: History): Violation[] => [
  ...checkStarts(history),
  ...checkOverlaps(history),
  ...checkOutcomes(history),
]

const startsOf = ({ ledger }: History) => ledger.filter(({ kind }) => kind === 'START')

/** I1: a step that is not retry-safe starts at most once on a target. An attempt never does twice. */
const checkStarts = (history: History): Violation[] => {
  const found: Violation[] = []
  const byAttempt = new Map<string, number>()
  const byPlace = new Map<string, string[]>()
  for (const { attempt, step, target } of startsOf(history)) {
    byAttempt.set(attempt, (byAttempt.get(attempt) ?? 0) + 1)
    const place = `${attempt.split('_')[0]} ${step} on ${target}`
    byPlace.set(place, [...(byPlace.get(place) ?? []), attempt])
  }
  for (const [attempt, count] of byAttempt)
    if (count > 1) found.push({ invariant: 'I1', what: `${attempt} was started ${count} times` })
  for (const [place, attempts] of byPlace) {
    if (attempts.length < 2) continue
    const facts = history.deployments.flatMap(each => each.attempts)
    const isFree = attempts.slice(0, -1).every(id => {
      const attempt = facts.find(each => each.id === id)
      return attempt?.retrySafe || attempt?.answered || attempt?.state === 'Failed'
    })
    if (!isFree)
      found.push({ invariant: 'I1', what: `${place} was started by ${attempts.join(' and ')}` })
  }
  return found
}

type Run = { attempt: string; target: string; from: number; to: number }

/** I2: two deployments never work on one target at once. */
const checkOverlaps = ({ ledger }: History): Violation[] => {
  const found: Violation[] = []
  const targets = Map.groupBy(ledger, ({ target }) => target)
  for (const [target, entries] of targets) {
    const runs = runsOf(entries, target).sort((left, right) => left.from - right.from)
    for (const [at, run] of runs.entries()) {
      const other = runs
        .slice(at + 1)
        .find(each => each.from < run.to && deploymentOf(each) !== deploymentOf(run))
      if (other)
        found.push({
          invariant: 'I2',
          what: `${run.attempt} and ${other.attempt} ran on ${target} at once`,
        })
    }
  }
  return found
}

const deploymentOf = ({ attempt }: Run) => attempt.split('_')[0]

/** One that never reached its end is counted as an instant: it was killed at a time nobody wrote. */
const runsOf = (entries: LedgerEntry[], target: string): Run[] =>
  entries
    .filter(({ kind }) => kind === 'START')
    .map(({ attempt, at }) => {
      const end = entries.find(
        each => each.kind === 'END' && each.attempt === attempt && each.at >= at,
      )
      return { attempt, target, from: at, to: end?.at ?? at }
    })

/** I5: a success is one on the target as well; the exit code that is told is the true one. */
const checkOutcomes = (history: History): Violation[] => {
  const found: Violation[] = []
  const ends = history.ledger.filter(({ kind }) => kind === 'END')
  const endOf = (id: string) => ends.find(({ attempt }) => attempt === id)
  const started = new Set(startsOf(history).map(({ attempt }) => attempt))
  for (const { id, state, attempts } of history.deployments) {
    for (const attempt of attempts) {
      const end = endOf(attempt.id)
      if (attempt.state === 'Succeeded' && started.has(attempt.id) && end?.exit !== 0)
        found.push({
          invariant: 'I5',
          what: `${attempt.id} is called succeeded, its end was ${end?.exit ?? 'never reached'}`,
        })
      if (attempt.state === 'Failed' && end?.exit === 0 && attempt.exitCode === 0)
        found.push({ invariant: 'I5', what: `${attempt.id} is called failed and exited with 0` })
      if (attempt.exitCode !== null && end && end.exit !== attempt.exitCode)
        found.push({
          invariant: 'I5',
          what: `${attempt.id} exited with ${end.exit}, ${attempt.exitCode} is told`,
        })
    }
    const newest = new Map(attempts.map(each => [`${each.step} ${each.target}`, each]))
    for (const attempt of newest.values())
      if (state === 'Success' && attempt.state === 'Unknown' && !attempt.answered)
        found.push({ invariant: 'I5', what: `${id} is a success with ${attempt.id} unknown` })
  }
  return found
}
