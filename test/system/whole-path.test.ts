import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  Client,
  DeploymentProcessRepository,
  DeploymentRepository,
  EnvironmentRepository,
  LifecycleRepository,
  NewProject,
  PackageRepository,
  ProjectGroupRepository,
  ProjectRepository,
  ReleaseRepository,
  ServerTaskWaiter,
} from '@octopusdeploy/api-client'
import { zipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, apiClient, type Json, rawLog } from '../support/api.ts'
import { type Product, startProduct } from '../support/product.ts'
import { type RunnerProcess, startRunner } from '../support/runner.ts'

const HTMX = fileURLToPath(new URL('../../node_modules/htmx.org/dist', import.meta.url))
const SECRET = 'correct-horse-battery-staple'
const ENVIRONMENTS = ['Development', 'Test', 'Production'] as const
type Environment = (typeof ENVIRONMENTS)[number]

const INDEX = '<!doctype html>\n<title>#{Title}</title>\n<script src="htmx.min.js"></script>\n'
const SETTINGS = '{\n  "title": "#{Title}",\n  "api": "#{Api.Url}",\n  "kept": "##{literal}"\n}\n'

/** What a newcomer does once, with a published library as the package and the published client. */
describe('a web library goes from a package to production', () => {
  let product: Product
  let api: Api
  let client: Client
  let work: string
  let sites: string
  let library: Record<string, Uint8Array>
  let project: Json
  const runners: RunnerProcess[] = []
  const environmentIds = {} as Record<Environment, string>
  const outcomes: Partial<Record<Environment, { taskId: string; log: string }>> = {}

  const deploy = async (environment: Environment) => {
    const deployments = new DeploymentRepository(client, 'Default')
    const { DeploymentServerTasks } = await deployments.create({
      spaceName: 'Default',
      ProjectName: 'Website',
      ReleaseVersion: '1.0.0',
      EnvironmentNames: [environment],
    })
    const taskId = DeploymentServerTasks[0]?.ServerTaskId ?? ''
    const waiter = new ServerTaskWaiter(client, 'Default')
    const task = await waiter.waitForServerTaskToComplete(taskId, 100, 60_000)
    const log = await rawLog(api, taskId)
    outcomes[environment] = { taskId, log }
    return { task, taskId, log }
  }

  beforeAll(async () => {
    product = await startProduct({ sample: false, runner: false })
    api = apiClient(product.url, product.apiKey)
    work = await mkdtemp(join(tmpdir(), 'slipway-whole-path-'))
    sites = join(work, 'sites')
    client = await Client.create({
      instanceURL: product.url,
      apiKey: product.apiKey,
      userAgentApp: 'whole-path',
    })

    const environments = new EnvironmentRepository(client, 'Default')
    for (const name of ENVIRONMENTS)
      environmentIds[name] = (await environments.create({ Name: name })).Id
    const lifecycles = new LifecycleRepository(client, 'Default')
    const lifecycle = await lifecycles.create({
      Name: 'Careful',
      Phases: ENVIRONMENTS.map(name => ({
        Name: name,
        OptionalDeploymentTargets: [environmentIds[name]],
        AutomaticDeploymentTargets: [],
        MinimumEnvironmentsBeforePromotion: 0,
        IsOptionalPhase: false,
      })),
    } as never)
    const group = (await new ProjectGroupRepository(client, 'Default').list({ take: 1 })).Items[0]
    if (!group) throw new Error('the default project group is missing')
    project = await new ProjectRepository(client, 'Default').create(
      NewProject('Website', group, lifecycle),
    )

    const names = await readdir(HTMX)
    library = Object.fromEntries(
      await Promise.all(
        names
          .filter(name => name.endsWith('.js'))
          .map(async name => [name, new Uint8Array(await readFile(join(HTMX, name)))] as const),
      ),
    )
    const file = join(work, 'Website.2.0.11.zip')
    await writeFile(
      file,
      zipSync({
        ...library,
        'index.html': new TextEncoder().encode(INDEX),
        'settings.json': new TextEncoder().encode(SETTINGS),
      }),
    )
    await new PackageRepository(client, 'Default').push([file])

    const processes = new DeploymentProcessRepository(client, 'Default')
    const process = await processes.get(project)
    process.Steps = [packageStep(sites), scriptStep()] as never
    await processes.update(project, process)
    await saveVariables(api, project, environmentIds)

    runners.push(
      await startRunner(api, target('web-dev', ['web'], [environmentIds.Development])),
      await startRunner(api, target('web-test', ['web', 'canary'], [environmentIds.Test])),
      await startRunner(api, target('web-prod', ['web', 'edge'], [environmentIds.Production])),
    )
    const release = await new ReleaseRepository(client, 'Default').create({
      spaceName: 'Default',
      ProjectName: 'Website',
      ReleaseVersion: '1.0.0',
    })
    expect(release.ReleaseVersion).toBe('1.0.0')
  })

  afterAll(async () => {
    for (const runner of runners) await runner.stop()
    await product?.stop()
    await rm(work, { recursive: true, force: true })
  })

  it('refuses to skip a phase of the lifecycle, and stores nothing', async () => {
    const before = (await api.get('/api/Spaces-1/deployments')).TotalResults
    await expect(deploy('Production')).rejects.toMatchObject({
      ErrorMessage: expect.stringContaining('cannot be deployed to Production'),
    })
    expect((await api.get('/api/Spaces-1/deployments')).TotalResults).toBe(before)
  })

  it.each(ENVIRONMENTS)('is promoted to %s with that environment’s settings', async environment => {
    const { task } = await deploy(environment)
    expect(task.State).toBe('Success')
    const site = join(sites, environment)
    for (const [name, bytes] of Object.entries(library))
      expect(Buffer.compare(await readFile(join(site, name)), bytes), name).toBe(0)
    const title = { Development: 'Shop (dev)', Test: 'Shop (test)', Production: 'Shop' }[
      environment
    ]
    const url = `https://${environment.toLowerCase()}.example.com/api`
    expect(await readFile(join(site, 'settings.json'), 'utf8')).toBe(
      `{\n  "title": "${title}",\n  "api": "${url}",\n  "kept": "#{literal}"\n}\n`,
    )
    expect(await readFile(join(site, 'index.html'), 'utf8')).toBe(INDEX)
  })

  it('logs each step in order on the target of the environment', () => {
    const targets = { Development: 'web-dev', Test: 'web-test', Production: 'web-prod' }
    for (const environment of ENVIRONMENTS) {
      const log = outcomes[environment]?.log ?? ''
      const lines = log.split('\n')
      const at = (text: string) => lines.findIndex(line => line.includes(text))
      expect(at('Install the site')).toBeGreaterThanOrEqual(0)
      expect(at(targets[environment])).toBeGreaterThanOrEqual(0)
      expect(at('Announce')).toBeGreaterThan(at('Install the site'))
      expect(at(`Announcing Website 1.0.0 in ${environment}`)).toBeGreaterThan(at('Announce'))
      for (const other of ENVIRONMENTS.filter(each => each !== environment))
        expect(log).not.toContain(targets[other])
      const counted = lines.map(line => /counting (\d+)$/.exec(line)?.[1]).filter(Boolean)
      expect(counted).toEqual(Array.from({ length: 200 }, (_, index) => String(index + 1)))
    }
  })

  it('never shows the sensitive value, in no log and no answer of the API', async () => {
    const paths = [
      `/api/Spaces-1/variables/variableset-${project.Id}`,
      `/api/Spaces-1/projects/${project.Id}`,
      '/api/Spaces-1/releases',
      '/api/Spaces-1/deployments',
      '/api/Spaces-1/events',
      `/api/Spaces-1/variables/preview?project=${project.Id}&environment=${environmentIds.Production}`,
      ...Object.values(outcomes).map(({ taskId }) => `/api/tasks/${taskId}/details?verbose=true`),
    ]
    for (const path of paths) {
      const response = await api.send('GET', path)
      expect(response.status, path).toBe(200)
      expect(await response.text(), path).not.toContain(SECRET)
    }
    for (const { log } of Object.values(outcomes)) {
      expect(log).not.toContain(SECRET)
      expect(log).toContain('The password is ********')
    }
  })

  it('has recorded it all, in a chain that is whole', async () => {
    const { TotalResults } = await api.get('/api/events')
    const verified = await api.get('/api/audit/verify')
    expect(verified).toMatchObject({ State: 'Verified', FirstBad: null, MissingGuards: [] })
    expect(verified.RowsVerified).toBeGreaterThanOrEqual(TotalResults)
    expect(verified.VerifiedUpTo).toBe(verified.RowsVerified)
  })

  it('shows on the dashboard that the release is everywhere', async () => {
    const { Items } = await api.get('/api/Spaces-1/dashboard')
    const shown = Items.map((item: Json) => [item.EnvironmentId, item.ReleaseVersion, item.State])
    for (const environment of ENVIRONMENTS)
      expect(shown).toContainEqual([environmentIds[environment], '1.0.0', 'Success'])
  })
})

const target = (name: string, tags: string[], environmentIds: string[]) => ({
  name,
  tags,
  environmentIds,
})

const packageStep = (sites: string) => ({
  Name: 'Install the site',
  Condition: 'Success',
  StartTrigger: 'StartAfterPrevious',
  PackageRequirement: 'LetOctopusDecide',
  Properties: { 'Octopus.Action.TargetRoles': 'web' },
  Actions: [
    {
      Name: 'Install the site',
      ActionType: 'Octopus.TentaclePackage',
      Packages: [
        {
          Name: '',
          PackageId: 'Website',
          FeedId: 'feeds-builtin',
          AcquisitionLocation: 'Server',
          Properties: {},
        },
      ],
      Properties: {
        'Octopus.Action.EnabledFeatures':
          'Octopus.Features.CustomDirectory,Octopus.Features.SubstituteInFiles',
        'Octopus.Action.Package.PackageId': 'Website',
        'Octopus.Action.Package.FeedId': 'feeds-builtin',
        'Octopus.Action.Package.CustomInstallationDirectory': `${sites}/#{Octopus.Environment.Name}`,
        'Octopus.Action.Package.CustomInstallationDirectoryShouldBePurgedBeforeDeployment': 'True',
        'Octopus.Action.SubstituteInFiles.Enabled': 'True',
        'Octopus.Action.SubstituteInFiles.TargetFiles': 'settings.json',
      },
    },
  ],
})

const scriptStep = () => ({
  Name: 'Announce',
  Condition: 'Success',
  StartTrigger: 'StartAfterPrevious',
  PackageRequirement: 'LetOctopusDecide',
  Properties: { 'Octopus.Action.TargetRoles': 'web' },
  Actions: [
    {
      Name: 'Announce',
      ActionType: 'Octopus.Script',
      Properties: {
        'Octopus.Action.Script.ScriptSource': 'Inline',
        'Octopus.Action.Script.Syntax': 'Bash',
        'Octopus.Action.Script.ScriptBody': [
          'echo "Announcing #{Octopus.Project.Name} #{Octopus.Release.Number} in #{Octopus.Environment.Name}"',
          'echo "The password is $(get_octopusvariable Password)"',
          'for n in $(seq 1 200); do echo "counting $n"; done',
        ].join('\n'),
      },
    },
  ],
})

const saveVariables = async (
  api: Api,
  project: Json,
  environments: Record<Environment, string>,
): Promise<void> => {
  const path = `/api/Spaces-1/variables/variableset-${project.Id}`
  const set = await api.get(path)
  const value = (Name: string, Value: string, Scope = {}, IsSensitive = false) => ({
    Name,
    Value,
    Scope,
    IsSensitive,
    Type: IsSensitive ? 'Sensitive' : 'String',
  })
  await api.put(path, {
    ...set,
    Variables: [
      value('Title', 'Shop'),
      value('Title', 'Shop (dev)', { Environment: [environments.Development] }),
      value('Title', 'Shop (test)', { Environment: [environments.Test] }),
      value('Api.Url', 'https://#{Octopus.Environment.Name | ToLower}.example.com/api'),
      value('Password', SECRET, {}, true),
    ],
  })
}
