import { setTimeout as delay } from 'node:timers/promises'
import type { Api } from './api.ts'
import { PROJECT, type Sample } from './configuration.ts'

const POLL_MS = 200
const RUNNER_WAIT_MS = 60_000
const DEPLOYMENT_WAIT_MS = 300_000

/** Waits until the sample's target has a runner that is there. */
export const awaitTarget = async (api: Api, { environmentIds }: Sample): Promise<void> => {
  const path = `/machines?environmentIds=${environmentIds.join(',')}&take=100`
  const deadline = Date.now() + RUNNER_WAIT_MS
  while (Date.now() < deadline) {
    const page = (await api.get(path)) as { Items?: { HealthStatus?: string }[] }
    if (page.Items?.some(({ HealthStatus }) => HealthStatus === 'Healthy')) return
    await delay(POLL_MS)
  }
  throw new Error(`The local runner was not seen within ${RUNNER_WAIT_MS / 1000} s.`)
}

/** Creates the first release, deploys it to Development, and says each line of its log as it comes.
 *  Answers the task's final state. */
export const deploySample = async (api: Api, say: (line: string) => void): Promise<string> => {
  const release = (await api.post('/releases/create/v1', {
    ProjectName: PROJECT,
    ReleaseVersion: '1.0.0',
    Packages: [],
    GitResources: [],
    IgnoreIfAlreadyExists: true,
  })) as { ReleaseVersion: string }
  const deployment = (await api.post('/deployments/create/untenanted/v1', {
    ProjectName: PROJECT,
    ReleaseVersion: release.ReleaseVersion,
    EnvironmentNames: ['Development'],
  })) as { DeploymentServerTasks: { ServerTaskId: string }[] }
  const taskId = deployment.DeploymentServerTasks[0]?.ServerTaskId
  if (taskId === undefined) throw new Error('Expected the deployment to have a task')
  return tail(api, taskId, say)
}

interface LogElement {
  readonly Category: string
  readonly MessageText: string
  readonly OccurredAt: string
}
interface Activity {
  readonly Id: string
  readonly Name: string
  readonly LogElements?: readonly LogElement[]
  readonly Children?: readonly Activity[]
}
interface Details {
  readonly Task: { readonly IsCompleted: boolean; readonly State: string }
  readonly ActivityLogs: readonly Activity[]
}

/** Follows the task's log to its end, saying each new line once, under the place in the tree it belongs to. */
const tail = async (api: Api, taskId: string, say: (line: string) => void): Promise<string> => {
  const said = new Map<string, number>()
  const deadline = Date.now() + DEPLOYMENT_WAIT_MS
  let lastPlace = ''
  while (Date.now() < deadline) {
    const details = (await api.get(`/tasks/${taskId}/details`)) as Details
    const fresh = flatten(details.ActivityLogs, []).flatMap(({ id, place, elements }) => {
      const before = said.get(id) ?? 0
      said.set(id, elements.length)
      return elements.slice(before).map(element => ({ place, ...element }))
    })
    for (const { place, Category, MessageText } of fresh.sort(byTime)) {
      if (UNSAID.has(Category)) continue
      if (place !== lastPlace) say(place)
      lastPlace = place
      say(`  ${MessageText}`)
    }
    if (details.Task.IsCompleted) return details.Task.State
    await delay(POLL_MS)
  }
  throw new Error(`The deployment did not end within ${DEPLOYMENT_WAIT_MS / 1000} s.`)
}

const UNSAID = new Set(['Verbose', 'Trace'])

const byTime = (one: LogElement, other: LogElement): number =>
  Date.parse(one.OccurredAt) - Date.parse(other.OccurredAt)

const flatten = (
  activities: readonly Activity[],
  above: readonly string[],
): { id: string; place: string; elements: readonly LogElement[] }[] =>
  activities.flatMap(({ Id, Name, LogElements = [], Children = [] }) => {
    const names = [...above, Name]
    const place = names.length > 1 ? names.slice(1).join(' › ') : Name
    return [{ id: Id, place, elements: LogElements }, ...flatten(Children, names)]
  })
