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

interface Activity {
  readonly Id: string
  readonly Name: string
  readonly LogElements?: readonly { readonly Category: string; readonly MessageText: string }[]
  readonly Children?: readonly Activity[]
}
interface Details {
  readonly Task: { readonly IsCompleted: boolean; readonly State: string }
  readonly ActivityLogs: readonly Activity[]
}

/** Follows the task's log to its end. */
const tail = async (api: Api, taskId: string, say: (line: string) => void): Promise<string> => {
  const said = new Map<string, number>()
  const deadline = Date.now() + DEPLOYMENT_WAIT_MS
  while (Date.now() < deadline) {
    const details = (await api.get(`/tasks/${taskId}/details`)) as Details
    for (const activity of details.ActivityLogs) sayNew(activity, 0, said, say)
    if (details.Task.IsCompleted) return details.Task.State
    await delay(POLL_MS)
  }
  throw new Error(`The deployment did not end within ${DEPLOYMENT_WAIT_MS / 1000} s.`)
}

const sayNew = (
  activity: Activity,
  depth: number,
  said: Map<string, number>,
  say: (line: string) => void,
): void => {
  const indent = '  '.repeat(depth)
  const elements = activity.LogElements ?? []
  const before = said.get(activity.Id)
  if (before === undefined) say(`${indent}${activity.Name}`)
  for (const { Category, MessageText } of elements.slice(before ?? 0)) {
    if (Category !== 'Verbose' && Category !== 'Trace') say(`${indent}  ${MessageText}`)
  }
  said.set(activity.Id, elements.length)
  for (const child of activity.Children ?? []) sayNew(child, depth + 1, said, say)
}
