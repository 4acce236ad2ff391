import { type Api, apiClient, type Json, rawLog, taskEnd } from '../support/api.ts'
import { type Product, startProduct } from '../support/product.ts'
import { type RunnerProcess, startRunner } from '../support/runner.ts'

/** One figure of a benchmark; `samples` are kept so that a median can be questioned. */
export type Figure = { name: string; value: number; unit: string; samples?: number[] }

export type Bench = {
  api: Api
  product: Product
  environmentId: string
  /** Makes a project with these actions, and its first release. */
  project: (name: string, steps: Step[]) => Promise<Json>
  /** Deploys it once: when the request left, and the task at its end. */
  deploy: (project: Json) => Promise<Deployed>
  stop: () => Promise<void>
}

export type Deployed = { askedAt: number; endedAt: number; task: Json; log: string }
export type Step = {
  name: string
  actionType: string
  properties: Record<string, string>
  tags: string[]
  packageId?: string
}

export const script = (name: string, body: string, tags = ['bench']): Step => ({
  name,
  actionType: 'Octopus.Script',
  tags,
  properties: {
    'Octopus.Action.Script.ScriptSource': 'Inline',
    'Octopus.Action.Script.Syntax': 'Bash',
    'Octopus.Action.Script.ScriptBody': body,
  },
})

/** Epoch milliseconds with microseconds behind the point: what Bash calls EPOCHREALTIME. */
export const preciseNow = () => performance.timeOrigin + performance.now()

/** The product as users start it, with so many real runners behind one environment. */
export const startBench = async (runners: number): Promise<Bench> => {
  const product = await startProduct({ sample: false, runner: false })
  const api = apiClient(product.url, product.apiKey)
  const environment = await api.post('/api/Spaces-1/environments', { Name: 'Bench' })
  const group = (await api.get('/api/Spaces-1/projectgroups?take=1')).Items[0]
  const lifecycle = (await api.get('/api/Spaces-1/lifecycles?take=1')).Items[0]
  const started: RunnerProcess[] = []
  for (let index = 1; index <= runners; index++)
    started.push(
      await startRunner(api, {
        name: `bench-${index}`,
        environmentIds: [environment.Id],
        tags: ['bench', `bench-${index}`],
      }),
    )
  return {
    api,
    product,
    environmentId: environment.Id,
    project: async (name, steps) => {
      const project = await api.post('/api/Spaces-1/projects', {
        Name: name,
        ProjectGroupId: group.Id,
        LifecycleId: lifecycle.Id,
      })
      const path = `/api/Spaces-1/projects/${project.Id}/deploymentprocesses`
      const process = await api.get(path)
      await api.put(path, { ...process, Steps: steps.map(wireStep) })
      const release = await api.post('/api/Spaces-1/releases/create/v1', { ProjectName: name })
      return { ...project, release }
    },
    deploy: async project => {
      const askedAt = preciseNow()
      const { DeploymentServerTasks } = await api.post(
        '/api/Spaces-1/deployments/create/untenanted/v1',
        {
          ProjectName: project.Name,
          ReleaseVersion: project.release.ReleaseVersion,
          EnvironmentNames: ['Bench'],
        },
      )
      const taskId = DeploymentServerTasks[0].ServerTaskId
      const task = await taskEnd(api, taskId, 120_000)
      const log = await rawLog(api, taskId)
      if (task.State !== 'Success') throw new Error(`${taskId} ended ${task.State}:\n${log}`)
      return { askedAt, endedAt: Date.parse(task.CompletedTime), task, log }
    },
    stop: async () => {
      await Promise.all(started.map(runner => runner.stop()))
      await product.stop()
    },
  }
}

const wireStep = (step: Step) => ({
  Name: step.name,
  Properties: { 'Octopus.Action.TargetRoles': step.tags.join(',') },
  Actions: [
    {
      Name: step.name,
      ActionType: step.actionType,
      Properties: step.properties,
      Packages: step.packageId
        ? [{ Name: '', PackageId: step.packageId, FeedId: 'feeds-builtin', Properties: {} }]
        : [],
    },
  ],
})

/** The instants that scripts printed with `echo "at $EPOCHREALTIME"`, in epoch milliseconds. */
export const instants = (log: string): number[] =>
  [...log.matchAll(/\bat (\d{10})[.,](\d{6})\b/g)].map(
    ([, seconds, micros]) => Number(seconds) * 1000 + Number(micros) / 1000,
  )

export const percentile = (samples: number[], p: number): number => {
  const sorted = [...samples].sort((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor((p / 100) * sorted.length))] ?? Number.NaN
}
export const median = (samples: number[]): number => percentile(samples, 50)
