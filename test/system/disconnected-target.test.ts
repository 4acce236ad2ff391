import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, apiClient, type Json, rawLog, taskEnd } from '../support/api.ts'
import { type Product, startProduct } from '../support/product.ts'
import { enrolRunner, type RunnerProcess, startRunner } from '../support/runner.ts'

const S = '/api/Spaces-1'
/** Far more than it may take: two offers of 20 s each, and a loaded machine. */
const PATIENCE_MS = 110_000
const TO_CANCEL_MS = 10_000
const GRACE_MS = 10_000

let product: Product
let api: Api
let folder: string
const homes: string[] = []
const runners: RunnerProcess[] = []
const environments: Record<string, string> = {}
/** The tasks of deployments to targets that do not answer; they take their time in the background. */
const unheard: Record<string, string> = {}

/** Each target is alone in the environment of the same name. */
const wanted = (name: string) => ({
  name,
  tags: ['web'],
  environmentIds: [environments[name] ?? ''],
})

beforeAll(async () => {
  product = await startProduct()
  api = apiClient(product.url, product.apiKey)
  folder = await mkdtemp(join(tmpdir(), 'slipway-targets-'))
  for (const Name of ['stopped', 'never-started', 'without-runner', 'running'])
    environments[Name] = (await api.post(`${S}/environments`, { Name })).Id
  const lifecycle = await api.post(`${S}/lifecycles`, {
    Name: 'Anywhere',
    Phases: [{ Name: 'All', OptionalDeploymentTargets: Object.values(environments) }],
  })
  const [group] = await api.get(`${S}/projectgroups/all`)
  const project = await api.post(`${S}/projects`, {
    Name: 'Shop',
    LifecycleId: lifecycle.Id,
    ProjectGroupId: group.Id,
  })
  await saveScript(project.Id, 'echo "deployed"')
  await api.post(`${S}/releases/create/v1`, { ProjectName: 'Shop', ReleaseVersion: '1.0.0' })
  await saveScript(project.Id, `echo $$ > "${folder}/polite"; echo begun; exec sleep 600`)
  await api.post(`${S}/releases/create/v1`, { ProjectName: 'Shop', ReleaseVersion: '2.0.0' })
  const stubborn = `trap '' TERM INT HUP; echo $$ > "${folder}/stubborn"; echo begun; while :; do sleep 1; done`
  await saveScript(project.Id, stubborn)
  await api.post(`${S}/releases/create/v1`, { ProjectName: 'Shop', ReleaseVersion: '3.0.0' })

  const stopped = await startRunner(api, wanted('stopped'))
  await stopped.stop()
  homes.push(await enrolRunner(api, wanted('never-started')))
  await api.post(`${S}/machines`, {
    Name: 'without-runner',
    Roles: ['web'],
    EnvironmentIds: [environments['without-runner']],
  })
  runners.push(await startRunner(api, wanted('running')))
  for (const name of ['stopped', 'never-started', 'without-runner'])
    unheard[name] = await deploy(name)
})

afterAll(async () => {
  for (const runner of runners) await runner.stop()
  await product?.stop()
  for (const home of [...homes, folder]) await rm(home, { recursive: true, force: true })
})

const saveScript = async (projectId: string, script: string) => {
  const path = `${S}/projects/${projectId}/deploymentprocesses`
  const process = await api.get(path)
  await api.put(path, {
    ...process,
    Steps: [
      {
        Name: 'Deploy web',
        Properties: { 'Octopus.Action.TargetRoles': 'web' },
        Actions: [
          {
            Name: 'Deploy web',
            ActionType: 'Octopus.Script',
            Properties: {
              'Octopus.Action.Script.ScriptSource': 'Inline',
              'Octopus.Action.Script.Syntax': 'Bash',
              'Octopus.Action.Script.ScriptBody': script,
            },
          },
        ],
      },
    ],
  })
}

const deploy = async (environment: string, version = '1.0.0'): Promise<string> => {
  const { DeploymentServerTasks } = await api.post(`${S}/deployments/create/untenanted/v1`, {
    ProjectName: 'Shop',
    ReleaseVersion: version,
    EnvironmentNames: [environment],
  })
  return DeploymentServerTasks[0].ServerTaskId
}

const cancel = (taskId: string): Promise<Json> => api.post(`/api/tasks/${taskId}/cancel`)

describe('a deployment that is cancelled', () => {
  const begun = async (file: string): Promise<number> => {
    const deadline = Date.now() + PATIENCE_MS
    for (;;) {
      const pid = Number(await readFile(join(folder, file), 'utf8').catch(() => ''))
      if (pid > 0) return pid
      if (Date.now() > deadline) throw new Error(`the script never wrote ${file}`)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
  const isAlive = (pid: number) => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }

  it('ends at once while it waits, and with its script when it runs', async () => {
    const running = await deploy('running', '2.0.0')
    const pid = await begun('polite')
    const waiting = await deploy('running', '1.0.0')
    const behind = await api.get(`${S}/tasks/${waiting}/queued-behind`)
    expect(behind.Items.map((task: Json) => task.Id)).toEqual([running])

    expect(await cancel(waiting)).toMatchObject({
      State: 'Canceled',
      ErrorMessage: 'Canceled before it started.',
    })
    expect(['Cancelling', 'Canceled']).toContain((await cancel(running)).State)
    expect(await taskEnd(api, running, TO_CANCEL_MS)).toMatchObject({ State: 'Canceled' })
    expect(isAlive(pid)).toBe(false)
    expect(await cancel(running)).toMatchObject({ State: 'Canceled' })
  })

  it('ends though its script does not want to', async () => {
    const running = await deploy('running', '3.0.0')
    const pid = await begun('stubborn')
    await cancel(running)
    expect(await taskEnd(api, running, GRACE_MS + TO_CANCEL_MS)).toMatchObject({
      State: 'Canceled',
    })
    expect(isAlive(pid)).toBe(false)
    expect(await taskEnd(api, await deploy('running'), PATIENCE_MS)).toMatchObject({
      State: 'Success',
    })
  })
})

describe('a deployment to a target that nobody hears of', () => {
  it.each([
    [
      'stopped',
      /^Step 1 \(Deploy web\) failed on stopped: No connection to stopped: its runner was last seen \d{4}-\d\d-\d\dT.*Check that the runner is running/,
    ],
    [
      'never-started',
      /failed on never-started: No connection to never-started: its runner has never connected\. Check that the runner is running/,
    ],
    ['without-runner', /without-runner/],
  ])('fails and says which and why: %s', async (environment, says) => {
    const taskId = unheard[environment] ?? ''
    const task = await taskEnd(api, taskId, PATIENCE_MS)
    expect(task).toMatchObject({ State: 'Failed', FinishedSuccessfully: false })
    expect(task.ErrorMessage).toMatch(says)
    expect(await rawLog(api, taskId)).toMatch(new RegExp(environment))
    const { Items } = await api.get(`${S}/dashboard`)
    expect(Items.find((item: Json) => item.TaskId === taskId)).toMatchObject({ State: 'Failed' })
  })

  it('leaves the way free for the next one', async () => {
    const task = await taskEnd(api, await deploy('running'), PATIENCE_MS)
    expect(task).toMatchObject({ State: 'Success' })
  })

  it('can be cancelled in the meantime', async () => {
    const running = await deploy('stopped')
    await cancel(running)
    expect(await taskEnd(api, running, TO_CANCEL_MS)).toMatchObject({ State: 'Canceled' })
  })
})
