import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findMarked } from '../../../worker/local/processes.ts'
import { apiClient } from '../../support/api.ts'
import { type Product, startProduct } from '../../support/product.ts'

const TICKS = 12
const SCRIPT = `for i in $(seq 1 ${TICKS}); do echo "tick $i"; sleep 0.25; done`
let dataDir: string
let product: Product

beforeAll(async () => {
  dataDir = await realpath(await mkdtemp(join(tmpdir(), 'slipway-survival-')))
  product = await startProduct({ dataDir, sample: true, runner: true })
  const process = await api().get('/api/Spaces-1/projects/Projects-1/deploymentprocesses')
  process.Steps[0].Actions[0].Properties['Octopus.Action.Script.ScriptBody'] = SCRIPT
  await api().put('/api/Spaces-1/projects/Projects-1/deploymentprocesses', process)
})
afterAll(async () => {
  await product.stop()
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
})

const api = () => apiClient(product.url, product.apiKey)

const deploy = async (version: string): Promise<string> => {
  await api().post('/api/Spaces-1/releases/create/v1', {
    ProjectName: 'Storefront',
    ReleaseVersion: version,
    Packages: [],
    GitResources: [],
  })
  const deployment = await api().post('/api/Spaces-1/deployments/create/untenanted/v1', {
    ProjectName: 'Storefront',
    ReleaseVersion: version,
    EnvironmentNames: ['Development'],
  })
  return deployment.DeploymentServerTasks[0].ServerTaskId
}

const logOf = async (task: string): Promise<string> => {
  const response = await api().send('GET', `/api/tasks/${task}/raw`)
  return response.ok ? response.text() : ''
}

/** Polls with a bound: 200 times 150 ms. The server may be away in between. */
const until = async (is: () => Promise<boolean>): Promise<void> => {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (await is().catch(() => false)) return
    await delay(150)
  }
  throw new Error(`It did not come to that:\n${product.output()}`)
}

const kill = async (mark: string, command: string): Promise<void> => {
  const found = (await findMarked(mark, dataDir)).find(process => process.command[2] === command)
  process.kill(found?.pid ?? 0, 'SIGKILL')
}
const startAgain = async (): Promise<void> => {
  const port = Number(new URL(product.url).port)
  product = await startProduct({ dataDir, port, sample: true, runner: true })
}

describe('a deployment under way goes on to its end, its log whole', () => {
  it.each([
    {
      after: 'workerd was killed',
      version: '2.0.0',
      fault: async () => {
        const [workerd] = await findMarked('SLIPWAY_RUNTIME_OF', dataDir)
        process.kill(workerd?.pid ?? 0, 'SIGKILL')
      },
    },
    {
      after: 'the runner was killed',
      version: '3.0.0',
      fault: () => kill('SLIPWAY_RUNNER_OF', 'run'),
    },
    {
      after: 'the host was killed and started again',
      version: '4.0.0',
      fault: async () => {
        await product.kill()
        await startAgain()
      },
    },
    {
      after: 'everything was stopped and started again',
      version: '5.0.0',
      fault: async () => {
        await product.stop()
        await startAgain()
      },
    },
  ])('after $after', async ({ version, fault }) => {
    const task = await deploy(version)
    await until(async () => (await logOf(task)).includes('tick 3'))
    await fault()
    await until(async () => (await api().get(`/api/Spaces-1/tasks/${task}`)).IsCompleted)
    expect((await api().get(`/api/Spaces-1/tasks/${task}`)).State).toBe('Success')
    const ticks = [...(await logOf(task)).matchAll(/tick (\d+)/g)].map(([, tick]) => Number(tick))
    expect(ticks).toEqual(Array.from({ length: TICKS }, (_, index) => index + 1))
  })

  it('and leaves no process behind when it is stopped', async () => {
    await product.stop()
    expect(await findMarked('SLIPWAY_RUNNER_OF', dataDir)).toEqual([])
    expect(await findMarked('SLIPWAY_RUNTIME_OF', dataDir)).toEqual([])
    await startAgain()
  })
})
