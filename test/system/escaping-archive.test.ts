import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Api, apiClient, rawLog, taskEnd } from '../support/api.ts'
import { type Product, startProduct } from '../support/product.ts'
import { type RunnerProcess, startRunner } from '../support/runner.ts'
import { tarGzOf } from '../worker/packages/archives.ts'

const S = '/api/Spaces-1'
let product: Product
let api: Api
let runner: RunnerProcess
let folder: string

beforeAll(async () => {
  product = await startProduct()
  api = apiClient(product.url, product.apiKey)
  folder = await mkdtemp(join(tmpdir(), 'slipway-escape-'))
  const staging = await api.post(`${S}/environments`, { Name: 'Staging' })
  const [lifecycle] = await api.get(`${S}/lifecycles/all`)
  const [group] = await api.get(`${S}/projectgroups/all`)
  const project = await api.post(`${S}/projects`, {
    Name: 'Shop',
    LifecycleId: lifecycle.Id,
    ProjectGroupId: group.Id,
  })
  const path = `${S}/projects/${project.Id}/deploymentprocesses`
  await api.put(path, { ...(await api.get(path)), Steps: [packageStep(join(folder, 'site'))] })
  runner = await startRunner(api, {
    name: 'web-1',
    tags: ['web'],
    environmentIds: [staging.Id],
  })
})

afterAll(async () => {
  await runner?.stop()
  await product?.stop()
  await rm(folder, { recursive: true, force: true })
})

const packageStep = (site: string) => ({
  Name: 'Deploy web',
  Properties: { 'Octopus.Action.TargetRoles': 'web' },
  Actions: [
    {
      Name: 'Deploy web',
      ActionType: 'Octopus.TentaclePackage',
      Packages: [{ Name: '', PackageId: 'Shop.Web', FeedId: 'feeds-builtin' }],
      Properties: {
        'Octopus.Action.EnabledFeatures': 'Octopus.Features.CustomDirectory',
        'Octopus.Action.Package.PackageId': 'Shop.Web',
        'Octopus.Action.Package.FeedId': 'feeds-builtin',
        'Octopus.Action.Package.CustomInstallationDirectory': site,
      },
    },
  ],
})

// The server reads the directory of a zip, but does not unpack what has none.
it.each([
  ['climbs', '1.0.0', '../../../../../../../../../../tmp/slipway-was-here'],
  ['is absolute', '1.0.1', '/tmp/slipway-was-here'],
])(
  'a tar whose entry %s fails its deployment, and nothing is left of it',
  async (_, version, entry) => {
    await api.upload(`Shop.Web.${version}.tar.gz`, tarGzOf(entry, 'gotcha'))
    await api.post(`${S}/releases/create/v1`, { ProjectName: 'Shop', ReleaseVersion: version })
    const { DeploymentServerTasks } = await api.post(`${S}/deployments/create/untenanted/v1`, {
      ProjectName: 'Shop',
      ReleaseVersion: version,
      EnvironmentNames: ['Staging'],
    })
    const [{ ServerTaskId }] = DeploymentServerTasks
    const task = await taskEnd(api, ServerTaskId)
    expect(task).toMatchObject({ State: 'Failed' })
    expect(task.ErrorMessage).toMatch(/^Step 1 \(Deploy web\) failed on web-1: /)
    expect(await rawLog(api, ServerTaskId)).toContain(
      `The entry "${entry}" would leave its folder: nothing is extracted.`,
    )
    expect(existsSync('/tmp/slipway-was-here')).toBe(false)
    expect(await readdir(folder, { recursive: true })).not.toContain('slipway-was-here')
  },
)
