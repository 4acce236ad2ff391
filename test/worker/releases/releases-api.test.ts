import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessRoutes } from '../../../worker/access/api.ts'
import { packageRoutes } from '../../../worker/packages/api.ts'
import { identityOf } from '../../../worker/packages/package.ts'
import { insertPackage } from '../../../worker/packages/store.ts'
import { projectRoutes } from '../../../worker/projects/api.ts'
import { releaseRoutes } from '../../../worker/releases/api.ts'
import { type Answer, type TestServer, testServer } from '../../support/server.ts'

let server: TestServer
let project: Answer
const S = '/api/Spaces-1'

const addPackage = (packageId: string, version: string) =>
  insertPackage(server.db, {
    id: `Packages-${packageId}-${version}`,
    spaceId: 'Spaces-1',
    ...identityOf(packageId, version),
    extension: '.zip',
    sizeBytes: 100,
    sha256: `sha-${packageId}-${version}`,
    sha1: 'sha1',
    title: '',
    description: '',
    releaseNotes: '',
    publishedAt: 1,
    publishedBy: 'ada',
  }) as unknown as Promise<unknown>

const step = (Name: string, packages: string[]) => ({
  Id: '',
  Name,
  Actions: [
    {
      Id: '',
      Name,
      ActionType: 'Octopus.TentaclePackage',
      Packages: packages.map((PackageId, index) => ({
        Id: '',
        Name: index === 0 ? '' : PackageId,
        PackageId,
        FeedId: 'feeds-builtin',
        AcquisitionLocation: 'Server',
        Properties: {},
      })),
      Properties: {},
    },
  ],
})

const setSteps = async (steps: unknown[], of = project.Id) => {
  const path = `${S}/projects/${of}/deploymentprocesses`
  const process = await server.json('GET', path)
  await server.json('PUT', path, { body: { ...process, Steps: steps } })
}

const newProject = async (Name: string, more: object = {}) =>
  server.json('POST', `${S}/projects`, {
    body: { Name, ProjectGroupId: 'ProjectGroups-1', LifecycleId: 'Lifecycles-1', ...more },
  })

const create = (body: object, status = 201) =>
  server.json('POST', `${S}/releases/create/v1`, { body: { ProjectName: 'Shop', ...body }, status })

beforeAll(async () => {
  server = await testServer([...accessRoutes, ...projectRoutes, ...packageRoutes, ...releaseRoutes])
  for (const [index, name] of ['Staging', 'Production'].entries())
    await server.rows(
      `INSERT INTO environments (id, space_id, name, slug, sort_order, created_at)
       VALUES (?, 'Spaces-1', ?, ?, ?, 0)`,
      `Environments-${index + 1}`,
      name,
      name.toLowerCase(),
      index,
    )
  for (const version of ['1.0.0', '2.0.0', '2.1.0-beta.1']) await addPackage('Shop.Web', version)
  await addPackage('Shop.Api', '1.0.0')
  project = await newProject('Shop')
  await setSteps([step('Deploy web', ['Shop.Web', 'Shop.Api'])])
})
afterAll(() => server.stop())

const releases = () => server.rows('SELECT version FROM releases WHERE project_id = ?', project.Id)

describe('creating a release', () => {
  it('counts from 0.0.1 and takes the newest packages', async () => {
    const answer = await create({ Packages: [], GitResources: [], CustomFields: {} })
    expect(answer).toEqual({
      ReleaseId: expect.stringMatching(/^Releases-\d+$/),
      ReleaseVersion: '0.0.1',
    })
    const release = await server.json('GET', `${S}/releases/${answer.ReleaseId}`)
    expect(release).toMatchObject({
      Version: '0.0.1',
      ProjectId: project.Id,
      SelectedPackages: [
        { ActionName: 'Deploy web', PackageReferenceName: '', Version: '2.1.0-beta.1' },
        { ActionName: 'Deploy web', PackageReferenceName: 'Shop.Api', Version: '1.0.0' },
      ],
      VersionControlReference: null,
      ReleaseNotes: null,
    })
    expect(release.ProjectDeploymentProcessSnapshotId).toMatch(
      /^deploymentprocess-Projects-\d+-s-\d+-[0-9A-Z]+$/,
    )
    expect(release.ProjectVariableSetSnapshotId).toMatch(
      /^variableset-Projects-\d+-s-\d+-[0-9A-Z]+$/,
    )
    const [row] = await server.rows(
      'SELECT selected_packages FROM releases WHERE id = ?',
      answer.ReleaseId,
    )
    expect(JSON.parse(String(row?.selected_packages))[0]).toMatchObject({
      PackageId: 'Shop.Web',
      Sha256: 'sha-Shop.Web-2.1.0-beta.1',
      Extension: '.zip',
      SizeBytes: 100,
    })
  })

  it.each(['Shop', 'shop', 'SHOP', 'Projects-1'])('finds the project as %s', async ProjectName => {
    expect((await create({ ProjectName })).ReleaseVersion).toMatch(/^0\.0\.\d+$/)
  })

  it('takes the version that is given, and counts on from there', async () => {
    expect((await create({ ReleaseVersion: '5.0.0' })).ReleaseVersion).toBe('5.0.0')
    expect((await create({})).ReleaseVersion).toBe('5.0.1')
    expect((await create({ ReleaseVersion: 'DeleteMe5.0' })).ReleaseVersion).toBe('DeleteMe5.0')
    expect((await create({ ReleaseVersion: '6.0.i' })).ReleaseVersion).toBe('6.0.0')
  })

  it('refuses a version that exists, in any letter case', async () => {
    const before = await releases()
    await create({ ReleaseVersion: 'Twice-1' })
    const { ErrorMessage } = await create({ ReleaseVersion: 'twice-1' }, 409)
    expect(ErrorMessage).toContain('Release Twice-1 of Shop already exists.')
    expect(await releases()).toHaveLength(before.length + 1)
  })

  it('gives the one that exists when told to', async () => {
    const first = await create({ ReleaseVersion: '7.0.0' })
    expect(await create({ ReleaseVersion: '7.0.0', IgnoreIfAlreadyExists: true }, 200)).toEqual(
      first,
    )
  })

  it('counts on for each of several at once', async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => create({})))
    expect(new Set(answers.map(answer => answer.ReleaseVersion)).size).toBe(4)
  })

  it('takes the packages that are named', async () => {
    const { ReleaseId } = await create({ Packages: ['Shop.Web:1.0', 'Deploy web:Shop.Api:1.0.0'] })
    const { SelectedPackages } = await server.json('GET', `${S}/releases/${ReleaseId}`)
    expect(SelectedPackages[0].Version).toBe('1.0.0')
  })

  it.each([
    { what: 'an unknown project', body: { ProjectName: 'Nothing' }, status: 404 },
    { what: 'no project', body: { ProjectName: '' }, status: 400 },
    {
      what: 'an unknown channel',
      body: { ChannelName: 'Nothing' },
      status: 400,
      says: "There is no channel 'Nothing' in Shop. Known: Default.",
    },
    {
      what: 'a missing package',
      body: { Packages: ['Shop.Web:9.0.0'] },
      status: 400,
      says: 'Step Deploy web: package Shop.Web has no version 9.0.0',
    },
    {
      what: 'a stray package',
      body: { Packages: ['Nothing:1.0'] },
      status: 400,
      says: 'names no step or package',
    },
    {
      what: 'a path as version',
      body: { ReleaseVersion: '../1' },
      status: 400,
      says: 'is no release version',
    },
    { what: 'a version too long', body: { ReleaseVersion: 'a'.repeat(350) }, status: 400 },
    { what: 'a number as version', body: { ReleaseVersion: 5 }, status: 400 },
    { what: 'a Git reference', body: { GitRef: 'main' }, status: 400, says: 'GitRef' },
    { what: 'text as packages', body: { Packages: 'Shop.Web:1.0.0' }, status: 400 },
  ])('with $what is refused and stores nothing', async ({ body, status, says }) => {
    const before = await releases()
    const { ErrorMessage, Errors } = await create(body, status)
    expect(`${ErrorMessage} ${Errors ?? ''}`).toContain(says ?? '')
    expect(await releases()).toEqual(before)
  })

  it('needs the right to', async () => {
    const response = await server.send('POST', `${S}/releases/create/v1`, {
      key: null,
      body: { ProjectName: 'Shop' },
    })
    expect(response.status).toBe(401)
  })

  it('is not possible in a disabled project', async () => {
    await newProject('Closed', { IsDisabled: true })
    expect((await create({ ProjectName: 'Closed' }, 400)).ErrorMessage).toContain('is disabled')
  })

  it('works without any step', async () => {
    await newProject('Empty')
    expect(await create({ ProjectName: 'Empty' })).toMatchObject({ ReleaseVersion: '0.0.1' })
  })
})

describe('channels', () => {
  let hotfix: Answer
  beforeAll(async () => {
    hotfix = await server.json('POST', `${S}/channels`, {
      body: {
        Name: 'Hotfix',
        ProjectId: project.Id,
        Rules: [
          {
            VersionRange: '[1.0,2.0)',
            Tag: '^$',
            ActionPackages: [{ DeploymentAction: 'Deploy web', PackageReference: '' }],
          },
        ],
      },
    })
  })

  it('choose among the versions they take', async () => {
    const { ReleaseId } = await create({ ChannelName: 'hotfix' })
    const release = await server.json('GET', `${S}/releases/${ReleaseId}`)
    expect(release.ChannelId).toBe(hotfix.Id)
    expect(release.SelectedPackages[0].Version).toBe('1.0.0')
    const list = await server.json('GET', `${S}/channels/${hotfix.Id}/releases`)
    expect(list.Items.map((item: Answer) => item.Id)).toEqual([ReleaseId])
    expect(
      await server.json('GET', `${S}/projects/Shop/channels/${hotfix.Id}/releases`),
    ).toMatchObject({ TotalResults: 1 })
  })

  it('refuse what they do not take, unless told to ignore the rules', async () => {
    const body = { ChannelName: 'Hotfix', Packages: ['Shop.Web:2.0.0'] }
    expect((await create(body, 400)).ErrorMessage).toContain(
      'Channel Hotfix takes versions in [1.0,2.0) with labels that match ^$ of package Shop.Web',
    )
    await create({ ...body, IgnoreChannelRules: true })
  })
})

describe('a release', () => {
  let release: Answer
  beforeAll(async () => {
    const { ReleaseId } = await create({ ReleaseVersion: '20.0.0', ReleaseNotes: 'First' })
    release = await server.json('GET', `${S}/releases/${ReleaseId}`)
  })

  it('is found by its version, and listed newest first', async () => {
    expect(await server.json('GET', `${S}/projects/Shop/releases/20.0.0`)).toEqual(release)
    expect(await server.json('GET', `${S}/projects/Shop/releases/${release.Id}`)).toEqual(release)
    const { Items } = await server.json('GET', `${S}/projects/shop/releases?take=2`)
    expect(Items[0].Id).toBe(release.Id)
    expect(
      await server.json('GET', `${S}/projects/Shop/releases?searchByVersion=20.`),
    ).toMatchObject({ TotalResults: 1 })
    expect(await server.json('GET', `${S}/releases?ids=${release.Id},Releases-999`)).toMatchObject({
      TotalResults: 1,
    })
  })

  it.each([
    '/releases/Releases-999',
    '/projects/Shop/releases/99',
    '/projects/Nothing/releases',
    '/channels/Channels-999/releases',
  ])('%s is not found', async path => {
    const answer = await server.json('GET', S + path, { status: 404 })
    expect(answer).not.toHaveProperty('Errors')
  })

  it('has its notes and version edited', async () => {
    const changed = await server.json('PUT', `${S}/releases/${release.Id}`, {
      body: { ...release, ReleaseNotes: 'Second', Version: '20.0.1' },
    })
    expect(changed).toMatchObject({ ReleaseNotes: 'Second', Version: '20.0.1', Id: release.Id })
    release = changed
  })

  it.each([
    { what: 'another channel', change: { ChannelId: 'Channels-99' }, status: 400 },
    {
      what: 'other packages',
      change: { SelectedPackages: [{ ActionName: 'Deploy web', Version: '1.0.0' }] },
      status: 400,
    },
    { what: 'a version that exists', change: { Version: '5.0.0' }, status: 409 },
    { what: 'a version that is none', change: { Version: 'a b' }, status: 400 },
  ])('is not given $what', async ({ change, status }) => {
    await server.json('PUT', `${S}/releases/${release.Id}`, {
      body: { ...release, ...change },
      status,
    })
    expect(await server.json('GET', `${S}/releases/${release.Id}`)).toEqual(release)
  })

  it('says where it may go', async () => {
    const progression = await server.json('GET', `${S}/releases/${release.Id}/progression`)
    expect(progression).toMatchObject({
      Phases: [
        {
          Name: 'Staging',
          Progress: 'Current',
          Blocked: false,
          Deployments: [],
          OptionalDeploymentTargets: ['Environments-1'],
        },
        { Name: 'Production', Progress: 'Pending', Blocked: true },
      ],
      NextDeployments: ['Environments-1'],
      NextDeploymentsMinimumRequired: 1,
    })
    expect(
      await server.json('GET', `${S}/releases/${release.Id}/deployments/template`),
    ).toMatchObject({
      PromoteTo: [{ Id: 'Environments-1', Name: 'Staging' }],
      TenantPromotions: [],
      IsDeploymentProcessModified: false,
      IsVariableSetModified: false,
    })
  })

  it('keeps its process when the project goes on', async () => {
    await setSteps([step('Deploy web', ['Shop.Web', 'Shop.Api']), step('Tell', [])])
    const template = await server.json('GET', `${S}/releases/${release.Id}/deployments/template`)
    expect(template.IsDeploymentProcessModified).toBe(true)
    const after = await server.json('GET', `${S}/releases/${release.Id}`)
    expect(after.ProjectDeploymentProcessSnapshotId).toBe(
      release.ProjectDeploymentProcessSnapshotId,
    )
    await setSteps([step('Deploy web', ['Shop.Web', 'Shop.Api'])])
  })

  it('takes new variables when asked to', async () => {
    await server.rows(
      `INSERT INTO variables (id, set_id, position, name, value) VALUES ('v1', ?, 0, 'Greeting', 'Hi')`,
      `variableset-${project.Id}`,
    )
    await server.rows(
      'UPDATE variable_sets SET version = version + 1 WHERE owner_id = ?',
      project.Id,
    )
    const changed = await server.json('POST', `${S}/releases/${release.Id}/snapshot-variables`, {
      status: 200,
    })
    expect(changed.ProjectVariableSetSnapshotId).not.toBe(release.ProjectVariableSetSnapshotId)
  })

  it('keeps its packages from being deleted', async () => {
    const answer = await server.json('DELETE', `${S}/packages/Shop.Api.1.0.0`, { status: 409 })
    expect(answer.ErrorMessage).toContain('Releases need what is to be deleted: Shop ')
    expect(await server.json('GET', `${S}/releases/${release.Id}/missingpackages`)).toEqual({
      Packages: [],
    })
  })

  it('shows what was told of the builds of its packages', async () => {
    await server.json('POST', `${S}/build-information`, {
      body: {
        PackageId: 'shop.api',
        Version: '1.0',
        OctopusBuildInformation: { BuildNumber: '42' },
      },
    })
    const { BuildInformation } = await server.json('GET', `${S}/releases/${release.Id}`)
    expect(BuildInformation).toMatchObject([{ BuildNumber: '42' }])
  })
})

describe('deployments of a release', () => {
  const deploy = async (
    number: number,
    releaseId: string,
    environmentId: string,
    state: string,
  ) => {
    const { rows } = server
    await rows(
      `INSERT INTO tasks (id, space_id, number, name, description, state, concurrency_key, deployment_id,
        queued_at, eligible_at, updated_at, completed_at, queued_by)
       VALUES (?, 'Spaces-1', ?, 'Deploy', 'x', ?, ?, ?, 1, 1, 1, 5, 'ada')`,
      `ServerTasks-${number}`,
      number,
      state,
      `k${number}`,
      `Deployments-${number}`,
    )
    await rows(
      `INSERT INTO deployments (id, space_id, number, project_id, release_id, channel_id, environment_id,
        task_id, name, created_at, deployed_by, variable_snapshot_id)
       VALUES (?, 'Spaces-1', ?, ?, ?, 'Channels-1', ?, ?, 'Deploy', 1, 'ada', 'x')`,
      `Deployments-${number}`,
      number,
      project.Id,
      releaseId,
      environmentId,
      `ServerTasks-${number}`,
    )
    const success =
      state === 'Success' ? [`Deployments-${number}`, releaseId, 'v', 5] : [null, null, null, null]
    await rows(
      `INSERT INTO dashboard (project_id, environment_id, space_id, deployment_id, release_id, release_version,
        channel_id, task_id, state, queued_at, success_deployment_id, success_release_id, success_version, success_at)
       VALUES (?, ?, 'Spaces-1', ?, ?, 'v', 'Channels-1', ?, ?, 1, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET deployment_id = excluded.deployment_id, release_id = excluded.release_id,
        task_id = excluded.task_id, state = excluded.state,
        success_deployment_id = coalesce(excluded.success_deployment_id, success_deployment_id),
        success_release_id = coalesce(excluded.success_release_id, success_release_id)`,
      project.Id,
      environmentId,
      `Deployments-${number}`,
      releaseId,
      `ServerTasks-${number}`,
      state,
      ...success,
    )
  }
  const cells = () =>
    server.rows(
      'SELECT environment_id, deployment_id, success_deployment_id FROM dashboard ORDER BY environment_id',
    )

  it('open the next phase, and go with it when it is deleted', async () => {
    const first = await create({ ReleaseVersion: '30.0.0' })
    const second = await create({ ReleaseVersion: '30.0.1' })
    await deploy(1, first.ReleaseId, 'Environments-1', 'Success')
    await deploy(2, second.ReleaseId, 'Environments-1', 'Success')
    await deploy(3, second.ReleaseId, 'Environments-2', 'Failed')
    const path = `${S}/releases/${second.ReleaseId}`
    expect(await server.json('GET', `${path}/progression`)).toMatchObject({
      Phases: [
        {
          Progress: 'Complete',
          Deployments: [{ Deployment: { Id: 'Deployments-2' }, Task: { State: 'Success' } }],
        },
        { Progress: 'Current', Blocked: false, Deployments: [{ Task: { State: 'Failed' } }] },
      ],
      NextDeployments: ['Environments-2'],
    })
    expect(await cells()).toMatchObject([
      { environment_id: 'Environments-1', deployment_id: 'Deployments-2' },
      { environment_id: 'Environments-2', deployment_id: 'Deployments-3' },
    ])
    await server.json('DELETE', path)
    await server.json('GET', path, { status: 404 })
    expect(await cells()).toEqual([
      {
        environment_id: 'Environments-1',
        deployment_id: 'Deployments-1',
        success_deployment_id: 'Deployments-1',
      },
    ])
    expect(await server.rows('SELECT id FROM tasks')).toEqual([{ id: 'ServerTasks-1' }])
  })

  it('that run keep it from being deleted', async () => {
    const { ReleaseId } = await create({ ReleaseVersion: '31.0.0' })
    await deploy(11, ReleaseId, 'Environments-1', 'Executing')
    const answer = await server.json('DELETE', `${S}/releases/${ReleaseId}`, { status: 409 })
    expect(answer.ErrorMessage).toContain('waits or runs; cancel its task first')
    await server.json('GET', `${S}/releases/${ReleaseId}`)
  })
})

describe('clients that send whole resources', () => {
  it('create a release from ids', async () => {
    const release = await server.json('POST', `${S}/releases?ignoreChannelRules=true`, {
      body: {
        ProjectId: project.Id,
        ChannelId: null,
        Version: '40.0.0',
        ReleaseNotes: null,
        SelectedPackages: [
          { ActionName: 'Deploy web', PackageReferenceName: '', Version: '2.0.0' },
          { StepName: 'Deploy web', PackageReferenceName: 'Shop.Api', Version: '1.0.0' },
        ],
      },
    })
    expect(release).toMatchObject({ Version: '40.0.0', IgnoreChannelRules: true })
    expect(release.SelectedPackages[0].Version).toBe('2.0.0')
    expect(release.Links.Self).toBe(`${S}/releases/${release.Id}`)
  })
})

describe('projects with their own numbering', () => {
  it('take the version of the donor package', async () => {
    const donor = await newProject('Donated', {
      VersioningStrategy: {
        Template: null,
        DonorPackage: { DeploymentAction: 'Deploy', PackageReference: '' },
      },
    })
    await setSteps([step('Deploy', ['Shop.Web'])], donor.Id)
    const body = { ProjectName: 'Donated', Packages: ['Shop.Web:2.0.0'] }
    expect((await create(body)).ReleaseVersion).toBe('2.0.0')
    await create(body, 409)
    expect((await create({ ...body, IgnoreIfAlreadyExists: true }, 200)).ReleaseVersion).toBe(
      '2.0.0',
    )
  })

  it('fill in their template for the notes', async () => {
    const noted = await newProject('Noted', {
      ReleaseNotesTemplate:
        '#{Octopus.Release.Number}: #{each p in Octopus.Release.Package}#{p.PackageId} #{p.Version} (#{p.BuildNumber})#{/each}',
    })
    await setSteps([step('Deploy', ['Shop.Api'])], noted.Id)
    const { ReleaseId } = await create({ ProjectName: 'Noted' })
    const release = await server.json('GET', `${S}/releases/${ReleaseId}`)
    expect(release.ReleaseNotes).toBe('0.0.1: Shop.Api 1.0.0 (42)')
  })
})
