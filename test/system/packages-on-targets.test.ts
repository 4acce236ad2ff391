import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { listFiles } from '../../runner/workspace/files.ts'
import { type Api, apiClient, rawLog, taskEnd } from '../support/api.ts'
import { rawTar, rawZip } from '../support/hostile-archives.ts'
import { type Product, startProduct } from '../support/product.ts'
import { type RunnerProcess, startRunner } from '../support/runner.ts'

const S = '/api/Spaces-1'
let product: Product
let api: Api
let runner: RunnerProcess
let folder: string
let lifecycleId: string
let groupId: string

beforeAll(async () => {
  product = await startProduct()
  api = apiClient(product.url, product.apiKey)
  folder = await mkdtemp(join(tmpdir(), 'slipway-targets-'))
  const staging = await api.post(`${S}/environments`, { Name: 'Staging' })
  lifecycleId = (await api.get(`${S}/lifecycles/all`))[0].Id
  groupId = (await api.get(`${S}/projectgroups/all`))[0].Id
  runner = await startRunner(api, { name: 'web-1', tags: ['web'], environmentIds: [staging.Id] })
})

afterAll(async () => {
  await runner?.stop()
  await product?.stop()
  await rm(folder, { recursive: true, force: true })
})

type Properties = Record<string, string>
type Reference = { Name: string; PackageId: string; Extract?: boolean }

const FEED = 'feeds-builtin'

/** A project of one step that carries these packages. */
const makeProject = async (
  name: string,
  actionType: string,
  packages: Reference[],
  properties: Properties,
): Promise<string> => {
  const project = await api.post(`${S}/projects`, {
    Name: name,
    LifecycleId: lifecycleId,
    ProjectGroupId: groupId,
  })
  const path = `${S}/projects/${project.Id}/deploymentprocesses`
  const main = packages.find(one => one.Name === '')
  await api.put(path, {
    ...(await api.get(path)),
    Steps: [
      {
        Name: 'Deploy',
        Properties: { 'Octopus.Action.TargetRoles': 'web' },
        Actions: [
          {
            Name: 'Deploy',
            ActionType: actionType,
            Packages: packages.map(({ Extract = true, ...one }) => ({
              ...one,
              FeedId: FEED,
              AcquisitionLocation: 'Server',
              Properties: { Extract: Extract ? 'True' : 'False' },
            })),
            Properties: {
              ...(main && {
                'Octopus.Action.Package.PackageId': main.PackageId,
                'Octopus.Action.Package.FeedId': FEED,
              }),
              ...properties,
            },
          },
        ],
      },
    ],
  })
  return name
}

/** Releases with the newest packages and deploys that to Staging; answers the task and its log. */
const deploy = async (project: string, version: string) => {
  await api.post(`${S}/releases/create/v1`, { ProjectName: project, ReleaseVersion: version })
  const { DeploymentServerTasks } = await api.post(`${S}/deployments/create/untenanted/v1`, {
    ProjectName: project,
    ReleaseVersion: version,
    EnvironmentNames: ['Staging'],
  })
  const [{ ServerTaskId }] = DeploymentServerTasks
  const task = await taskEnd(api, ServerTaskId)
  return { state: task.State, error: task.ErrorMessage, log: await rawLog(api, ServerTaskId) }
}

const bzip2 = (bytes: Buffer) => execFileSync('bzip2', ['-c'], { input: bytes })
const installed = () => join(runner.home, 'applications/Staging')

it('every kind of archive goes from the repository onto its target', async () => {
  const files = (kind: string) => [
    { name: 'site/index.html', body: `${kind} for #{Octopus.Environment.Name}` },
    { name: 'Deploy.sh', body: 'echo "in $(pwd)"; cat site/index.html; echo' },
  ]
  const kinds = [
    ['zip', (kind: string) => rawZip(files(kind))],
    ['jar', (kind: string) => rawZip(files(kind))],
    ['tar', (kind: string) => rawTar(files(kind))],
    ['tar.gz', (kind: string) => gzipSync(rawTar(files(kind)))],
    ['tgz', (kind: string) => gzipSync(rawTar(files(kind)))],
    ['tar.bz2', (kind: string) => bzip2(rawTar(files(kind)))],
  ] as const
  const project = await makeProject(
    'Kinds',
    'Octopus.TentaclePackage',
    [{ Name: '', PackageId: 'Shop.Kinds' }],
    {
      'Octopus.Action.EnabledFeatures': 'Octopus.Features.SubstituteInFiles',
      'Octopus.Action.SubstituteInFiles.TargetFiles': 'site/*.html',
    },
  )
  for (const [index, [kind, make]] of kinds.entries()) {
    await api.upload(`Shop.Kinds.1.0.${index}.${kind}`, make(kind))
    const { state, log } = await deploy(project, `1.0.${index}`)
    expect(state).toBe('Success')
    expect(log).toContain(`${kind} for Staging`)
  }
  expect(listFiles(join(installed(), 'Shop.Kinds'))).toEqual(
    kinds.map((_, index) => `1.0.${index}/site/index.html`),
  )
})

it('a custom folder is purged, and an installed version is not deployed twice', async () => {
  const www = join(folder, 'www')
  mkdirSync(join(www, 'uploads'), { recursive: true })
  writeFileSync(join(www, 'old.html'), '')
  writeFileSync(join(www, 'uploads/photo.jpg'), '')
  const prefix = 'Octopus.Action.Package'
  const project = await makeProject(
    'Custom',
    'Octopus.TentaclePackage',
    [{ Name: '', PackageId: 'Shop.Custom' }],
    {
      'Octopus.Action.EnabledFeatures': 'Octopus.Features.CustomDirectory',
      [`${prefix}.CustomInstallationDirectory`]: www,
      [`${prefix}.CustomInstallationDirectoryShouldBePurgedBeforeDeployment`]: 'True',
      [`${prefix}.CustomInstallationDirectoryPurgeExclusions`]: 'uploads/**',
      [`${prefix}.SkipIfAlreadyInstalled`]: 'True',
    },
  )
  await api.upload('Shop.Custom.1.0.0.zip', rawZip([{ name: 'index.html', body: 'new' }]))
  expect(await deploy(project, '1.0.0')).toMatchObject({ state: 'Success' })
  expect(listFiles(www)).toEqual(['index.html', 'uploads/photo.jpg'])
  const again = await deploy(project, '1.0.1')
  expect(again.state).toBe('Success')
  expect(again.log).toContain(`Shop.Custom 1.0.0 is installed in ${www} already.`)
})

it('retention keeps the versions it is told to, and DeployFailed cleans up what failed', async () => {
  const project = await makeProject(
    'Kept',
    'Octopus.TentaclePackage',
    [{ Name: '', PackageId: 'Shop.Kept' }],
    { OctopusRetentionPolicyItemsToKeep: '1' },
  )
  const upload = (version: string, more: { name: string; body: string }[] = []) =>
    api.upload(`Shop.Kept.${version}.zip`, rawZip([{ name: 'index.html', body: version }, ...more]))
  for (const version of ['1.0.0', '1.1.0', '1.2.0']) {
    await upload(version)
    expect(await deploy(project, version)).toMatchObject({ state: 'Success' })
  }
  expect(listFiles(join(installed(), 'Shop.Kept'))).toEqual([
    '1.1.0/index.html',
    '1.2.0/index.html',
  ])
  await upload('1.3.0', [
    { name: 'PostDeploy.sh', body: 'fail_step "The shop does not answer."' },
    { name: 'DeployFailed.sh', body: `echo "cleaning up"; touch ${folder}/cleaned` },
  ])
  const failed = await deploy(project, '1.3.0')
  expect(failed).toMatchObject({ state: 'Failed' })
  expect(failed.error).toContain('The shop does not answer.')
  expect(failed.log).toContain('cleaning up')
  expect(existsSync(join(folder, 'cleaned'))).toBe(true)
  expect(readFileSync(join(installed(), 'Shop.Kept/1.2.0/index.html'), 'utf8')).toBe('1.2.0')
})

it('a script comes in a package, with further packages where it runs', async () => {
  await api.upload(
    'Shop.Scripts.1.0.0.tar.gz',
    gzipSync(
      rawTar([
        {
          name: 'run/go.sh',
          body: 'cat tools/tool.txt; ls; echo "$1 of #{Octopus.Environment.Name}"; get_octopusvariable "Octopus.Action.Package[raw].PackageFileName"; echo\n',
        },
      ]),
    ),
  )
  await api.upload('Shop.Tools.2.0.0.zip', rawZip([{ name: 'tool.txt', body: 'a tool\n' }]))
  const project = await makeProject(
    'Scripts',
    'Octopus.Script',
    [
      { Name: '', PackageId: 'Shop.Scripts' },
      { Name: 'tools', PackageId: 'Shop.Tools' },
      { Name: 'raw', PackageId: 'Shop.Tools', Extract: false },
    ],
    {
      'Octopus.Action.Script.ScriptSource': 'Package',
      'Octopus.Action.Script.ScriptFileName': 'run/go.sh',
      'Octopus.Action.Script.ScriptParameters': '"the shop"',
    },
  )
  const { state, log } = await deploy(project, '1.0.0')
  expect(state).toBe('Success')
  for (const line of ['a tool', 'raw.zip', 'tools', 'the shop of Staging'])
    expect(log).toContain(line)
})
