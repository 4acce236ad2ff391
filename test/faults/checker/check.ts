import type { DeploymentFacts, History, Violation } from './history.ts'
import { checkLogs } from './logs.ts'
import { checkRuns } from './runs.ts'

/** All that is wrong with a history; empty when I1 to I14 hold. What a fault allows is left out. */
export const check = (history: History): Violation[] =>
  [
    ...checkRuns(history),
    ...checkLogs(history),
    ...checkStates(history),
    ...checkProgress(history),
    ...checkFences(history),
    ...checkEntities(history),
    ...checkEvents(history),
    ...checkRemains(history),
    ...checkAnswers(history),
  ].filter(
    violation =>
      !history.allowed.some(
        ({ invariant, what }) =>
          invariant === violation.invariant && new RegExp(what).test(violation.what),
      ),
  )

const TERMINAL = new Set(['Success', 'Failed', 'Canceled', 'TimedOut'])
export const isTerminal = (state: string): boolean => TERMINAL.has(state)

/** I2 at the gate, and I4: terminal never changes. */
const checkStates = ({ states }: History): Violation[] => {
  const found: Violation[] = []
  const last = new Map<string, { state: string; key: string; holdsKey: boolean }>()
  for (const { task, key, state, holdsKey } of states) {
    const before = last.get(task)?.state
    if (before && isTerminal(before) && before !== state)
      found.push({ invariant: 'I4', what: `${task} went from ${before} to ${state}` })
    last.set(task, { state, key, holdsKey })
    const running = [...last].filter(
      ([, each]) =>
        each.key === key && each.holdsKey && ['Executing', 'Cancelling'].includes(each.state),
    )
    if (running.length > 1)
      found.push({
        invariant: 'I2',
        what: `${running.map(([id]) => id).join(' and ')} run at once for ${key}`,
      })
  }
  return found
}

const PROGRESS_MS = 60_000

/** I6: within a minute of healing all has ended or waits for a person. */
const checkProgress = ({ healedAt, settledAt, deployments }: History): Violation[] => {
  if (settledAt !== null && settledAt - healedAt <= PROGRESS_MS) return []
  const stuck = deployments.filter(
    ({ state, pendingInterruptions }) => !isTerminal(state) && pendingInterruptions === 0,
  )
  const names = stuck.map(({ id, state }) => `${id} (${state})`).join(', ')
  return [{ invariant: 'I6', what: `still under way a minute after healing: ${names || 'nobody'}` }]
}

/** I7: what a newer session or fence has overtaken changes nothing. */
const checkFences = ({ messages }: History): Violation[] => {
  const found: Violation[] = []
  const opened = messages.filter(({ kind, status }) => kind === 'session' && status === 200)
  const newest = new Map<string, { epoch: number; at: number }[]>()
  for (const { runner, epoch, answeredAt } of opened)
    newest.set(runner, [...(newest.get(runner) ?? []), { epoch: epoch ?? 0, at: answeredAt }])
  const fences = new Map<string, number>()
  for (const message of messages) {
    if (message.kind === 'session' || message.status !== 200) continue
    const newer = (newest.get(message.runner) ?? []).find(
      ({ epoch, at }) => epoch > (message.epoch ?? Number.POSITIVE_INFINITY) && at < message.at,
    )
    if (newer)
      found.push({
        invariant: 'I7',
        what: `a ${message.kind} of ${message.runner} in epoch ${message.epoch} was taken after epoch ${newer.epoch} had begun`,
      })
    if (!message.attempt || message.fence === null) continue
    const claimed = fences.get(message.attempt)
    if (message.kind === 'claim') fences.set(message.attempt, message.fence)
    else if (claimed !== undefined && claimed !== message.fence)
      found.push({
        invariant: 'I7',
        what: `a ${message.kind} of ${message.attempt} with fence ${message.fence} was taken; ${claimed} holds`,
      })
  }
  return found
}

/** I8: one accepted create is one entity. */
const checkEntities = ({ creates, deployments }: History): Violation[] => {
  const found: Violation[] = []
  const byKey = new Map<string, Set<string>>()
  for (const { key, deployment } of creates) {
    if (key === null || deployment === null) continue
    byKey.set(key, (byKey.get(key) ?? new Set()).add(deployment))
  }
  for (const [key, made] of byKey)
    if (made.size > 1)
      found.push({ invariant: 'I8', what: `${key} made ${[...made].sort().join(' and ')}` })
  const told = new Set(creates.flatMap(({ deployment }) => (deployment ? [deployment] : [])))
  const unkeyed = creates.filter(({ key }) => key === null)
  const doubled = unkeyed
    .map(({ deployment }) => deployment)
    .filter((id, at, all) => id !== null && all.indexOf(id) !== at)
  for (const id of doubled)
    found.push({ invariant: 'I8', what: `two creates were answered with ${id}` })
  for (const id of told)
    if (!deployments.some(deployment => deployment.id === id))
      found.push({ invariant: 'I8', what: `${id} was accepted and does not exist` })
  const lost = creates.filter(({ deployment }) => deployment === null).length
  const untold = deployments.filter(({ id }) => !told.has(id))
  if (untold.length > lost)
    found.push({
      invariant: 'I8',
      what: `${untold.map(({ id }) => id).join(', ')} exist though nobody was told, with ${lost} answers lost`,
    })
  return found
}

const END_OF: Record<string, string> = {
  Success: 'DeploymentSucceeded',
  Failed: 'DeploymentFailed',
  Canceled: 'DeploymentCanceled',
  TimedOut: 'DeploymentTimedOut',
}

/** I9: each deed stands in the record once, no number of the record is there twice, and each row
 *  follows from the one before it. */
const checkEvents = ({ events, chain, deployments, cancels }: History): Violation[] => {
  const found: Violation[] = chain.map(what => ({ invariant: 'I9', what }))
  const ids = new Set<string>()
  for (const { id } of events) {
    if (ids.has(id)) found.push({ invariant: 'I9', what: `${id} stands in the record twice` })
    ids.add(id)
  }
  const about = (category: string, { id, task }: DeploymentFacts) =>
    events.filter(
      event =>
        event.category === category &&
        (event.documents.includes(id) || event.documents.includes(task)),
    ).length
  for (const deployment of deployments) {
    const queued = about('DeploymentQueued', deployment)
    if (queued !== 1)
      found.push({
        invariant: 'I9',
        what: `${deployment.id} was recorded as queued ${queued} times`,
      })
    const started = about('DeploymentStarted', deployment)
    if (started > 1 || (started === 0 && deployment.attempts.length > 0))
      found.push({
        invariant: 'I9',
        what: `${deployment.id} was recorded as started ${started} times`,
      })
    const ends = Object.entries(END_OF).map(([state, category]) => ({
      state,
      count: about(category, deployment),
    }))
    for (const { state, count } of ends) {
      // One that was cancelled before it began has the cancellation for its end.
      const isDue = state === deployment.state && (started > 0 || state !== 'Canceled')
      if (count > 1 || (isDue && count === 0) || (count > 0 && state !== deployment.state))
        found.push({
          invariant: 'I9',
          what: `${deployment.id} is ${deployment.state} and was recorded as ${state} ${count} times`,
        })
    }
    const canceled = about('TaskCanceled', deployment)
    const isCancelled = cancels.includes(deployment.task)
    if (canceled > 1 || (isCancelled && canceled === 0))
      found.push({
        invariant: 'I9',
        what: `the cancellation of ${deployment.task} was recorded ${canceled} times`,
      })
  }
  return found
}

/** I10 to I13: what is left behind. */
const checkRemains = (history: History): Violation[] => {
  const { canaries, leftovers, deployments, locks, atWork, spools, integrity } = history
  const attempts = new Map(
    deployments.flatMap(each => each.attempts.map(attempt => [attempt.id, attempt.state])),
  )
  return [
    ...canaries.map(place => ({ invariant: 'I10' as const, what: `the secret is in ${place}` })),
    ...leftovers.map(({ pid, attempt, command }) => ({
      invariant: 'I11' as const,
      what: `${pid} (${command.slice(0, 80)}) of ${attempt} is alive after its end`,
    })),
    ...locks
      .filter(({ attempt }) => attempt === null || attempts.get(folderOf(attempt)) !== 'Unknown')
      .filter(({ deployment }) => {
        const state = deployments.find(({ id }) => id === deployment)?.state ?? 'Success'
        return isTerminal(state)
      })
      .map(({ target, deployment }) => ({
        invariant: 'I12' as const,
        what: `${target} is held by ${deployment}, which has ended`,
      })),
    ...atWork
      .filter(id => isTerminal(deployments.find(each => each.id === id)?.state ?? 'Success'))
      .map(id => ({ invariant: 'I12' as const, what: `${id} counts as at work after its end` })),
    ...spools.map(attempt => ({
      invariant: 'I12' as const,
      what: `the spool of ${attempt} was never collected`,
    })),
    ...['libsql/', 'state/']
      .filter(folder => !integrity.some(({ file }) => file.startsWith(folder)))
      .map(folder => ({
        invariant: 'I13' as const,
        what: `nothing under ${folder} was looked at`,
      })),
    ...integrity
      .filter(({ result }) => result !== 'ok')
      .map(({ file, result }) => ({ invariant: 'I13' as const, what: `${file}: ${result}` })),
  ]
}

const folderOf = (attempt: string) => attempt.replace(':', '_')

/** I14: no 5xx outside the time of harm. */
const checkAnswers = ({ answers, windows }: History): Violation[] =>
  answers
    .filter(({ status, at }) => status >= 500 && !windows.some(w => at >= w.from && at <= w.to))
    .map(({ status, method, path }) => ({
      invariant: 'I14',
      what: `${method} ${path.split('?')[0]} answered ${status}`,
    }))
